/** How many flows may be cached, by how long sweeps take, and how long unused ones stay. */
import { expect, test } from 'vitest';
import { Datapath } from '../../../datapath/dp/datapath.js';
import { InProcessDpif } from '../../../src/dpif/in-process.js';
import { FlowLimit } from '../../../src/flow-setup/flow-limit.js';

function limitOf(most: number): { dpif: InProcessDpif; limit: FlowLimit } {
  const dpif = new InProcessDpif(new Datapath({ name: 'test' }));
  const limit = new FlowLimit(dpif);
  limit.most = most;
  return { dpif, limit };
}

test.each([
  { took: 2500, after: 16_000 },
  { took: 2001, after: 19_990 },
  { took: 1500, after: 30_000 },
  { took: 1300, after: 40_000 },
  { took: 1000, after: 40_000 },
  { took: 100_000, after: 1000 },
])('a sweep of $took ms leaves a limit of $after of 40000', ({ took, after }) => {
  const { dpif, limit } = limitOf(40_000);
  limit.swept(30_000, took);
  expect(dpif.flowLimit).toBe(after);
});

test('sweeps that are quick enough let the limit grow again, up to what is allowed', () => {
  const { dpif, limit } = limitOf(12_500);
  limit.swept(12_000, 4000);
  expect(dpif.flowLimit).toBe(3125);
  const seen: number[] = [];
  for (let sweep = 0; sweep < 11; sweep++) {
    limit.swept(3000, 100);
    seen.push(dpif.flowLimit);
  }
  expect(seen).toEqual([4125, 5125, 6125, 7125, 8125, 9125, 10_125, 11_125, 12_125, 12_500, 12_500]);
  // So few flows in so long a time: more would be too many.
  limit.swept(12_000, 4000);
  limit.swept(1000, 900);
  expect(dpif.flowLimit).toBe(3125);
});

test('what the user allows holds at once, below the least, too', () => {
  const { dpif, limit } = limitOf(5);
  expect(dpif.flowLimit).toBe(5);
  limit.swept(5, 1);
  expect(dpif.flowLimit).toBe(5);
});
