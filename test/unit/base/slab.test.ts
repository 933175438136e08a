/** Slabs: handles are reused, records come all zero, growing leaves everything where it was, the limit holds. */
import { expect, test } from 'vitest';
import { SLAB_SHIFT, Slab } from '../../../datapath/base/slab.js';

test('records_are_zero_when_allocated_and_after_reuse', () => {
  const slab = new Slab(3, 10);
  const [a, b] = [slab.allocate(), slab.allocate()];
  slab.chunks[0].fill(7, slab.at(a), slab.at(a) + 3);
  slab.free(a);
  slab.free(b);
  expect([slab.allocate(), slab.allocate(), slab.allocate()]).toEqual([b, a, 2]);
  expect([...slab.chunks[0].subarray(0, 9)]).toEqual(new Array(9).fill(0));
});

test('the_limit_refuses_and_may_change', () => {
  const slab = new Slab(1, 2);
  expect([slab.allocate(), slab.allocate(), slab.allocate()]).toEqual([0, 1, -1]);
  slab.limit = 3;
  expect(slab.allocate()).toBe(2);
  slab.free(1);
  expect(slab.count).toBe(2);
});

test('growing_adds_chunks_and_moves_nothing', () => {
  const slab = new Slab(2, Number.MAX_SAFE_INTEGER);
  const count = 3 << SLAB_SHIFT;
  for (let i = 0; i < count; i++) {
    const handle = slab.allocate();
    slab.chunks[handle >>> SLAB_SHIFT][slab.at(handle) + 1] = handle;
  }
  expect(slab.chunks.length).toBe(3);
  for (let i = 0; i < count; i++) expect(slab.chunks[i >>> SLAB_SHIFT][slab.at(i) + 1]).toBe(i);
});
