/** The hash table against a Map with keys as text; keys are drawn so that hashes crowd and the table grows and shrinks. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { ABSENT, WordTable } from '../../datapath/base/word-table.js';

const OFFSET = 3;

for (const keyWords of [0, 1, 2, 5, 13]) {
  const seed = 7000 + keyWords;
  test(`word_table_agrees_with_a_map ${keyWords} words seed ${seed}`, () => {
    const rng = new SeededRng(seed);
    const fast = new WordTable(keyWords, rng.next());
    const slow = new Map<string, number>();
    const key = new Int32Array(OFFSET + keyWords);
    for (let step = 0; step < 40_000; step++) {
      for (let i = 0; i < keyWords; i++) key[OFFSET + i] = rng.below(keyWords === 1 ? 3000 : 7) * 0x40000000;
      if (keyWords === 1) key[OFFSET] = rng.below(3000);
      const text = key.subarray(OFFSET).join();
      expect(fast.lookup(key, OFFSET)).toBe(slow.get(text) ?? ABSENT);
      const growing = Math.floor(step / 8000) % 2 === 0;
      if (rng.below(100) < (growing ? 70 : 25)) {
        fast.set(key, OFFSET, step);
        slow.set(text, step);
      } else {
        expect(fast.remove(key, OFFSET)).toBe(slow.delete(text));
      }
      if (step % 4000 === 0) fast.selfCheck();
    }
    fast.selfCheck();
    expect(fast.size).toBe(slow.size);
    const rows = Array.from({ length: fast.size }, (_, row) => {
      fast.keyAt(row, key, OFFSET);
      return [key.subarray(OFFSET).join(), fast.valueAt(row)];
    });
    expect(new Map(rows as [string, number][])).toEqual(slow);
  });
}

test('add_to_counts_and_forgets_zero', () => {
  const table = new WordTable(1);
  const key = Int32Array.of(5);
  expect([table.addTo(key, 0, 1), table.addTo(key, 0, 1), table.size]).toEqual([1, 2, 1]);
  expect([table.addTo(key, 0, -1), table.addTo(key, 0, -1), table.size]).toEqual([1, 0, 0]);
});
