/** The timing wheel against a list: nothing is visited early, nothing more than two ticks late, nothing twice or never. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { DONE, TimingWheel } from '../../datapath/base/timing-wheel.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const TICK_MS = 1024;

test.each([0, 5_000_000, 2 ** 31 - 100_000, 2 ** 32 - 100_000])(`from %i ms, seed ${SEED}`, (start) => {
  const rng = new SeededRng(SEED);
  const wheel = new TimingWheel(start);
  const due = new Map<number, number>();
  let now = start;
  let nextHandle = 0;
  const visit = (handle: number): number => {
    const time = due.get(handle);
    expect(time).toBeDefined();
    if (time! > now) return time!;
    expect(now - time!).toBeLessThan(latest);
    due.delete(handle);
    return DONE;
  };
  let latest = 0;
  for (let step = 0; step < 4000; step++) {
    for (let i = rng.below(4); i > 0; i--) {
      const time = now + rng.below([2_000, 300_000, 90_000_000, 2_000_000_000][rng.below(4)]);
      due.set(nextHandle, time);
      wheel.add(nextHandle++, time);
    }
    const some = due.keys().next().value;
    if (some !== undefined && rng.below(4) === 0) {
      wheel.remove(some);
      due.delete(some);
    }
    const passed = [500, 5_000, 400_000, 100_000_000][rng.below(4) * (rng.below(10) === 0 ? 1 : 0)];
    now += rng.below(passed) + 1;
    latest = passed + 2 * TICK_MS + 1;
    while (wheel.advance(now, 7, visit));
    expect(wheel.count).toBe(due.size);
    if (step % 100 === 0) expect(Math.min(...due.values(), now)).toBeGreaterThan(now - 2 * TICK_MS);
  }
});

test('a timer that moves later is asked for its time, one that moves sooner is told', () => {
  const wheel = new TimingWheel(0);
  const visits: number[] = [];
  wheel.add(1, 5_000);
  wheel.add(2, 90_000_000);
  wheel.remove(2);
  wheel.add(2, 3_000);
  let again = 60_000;
  const visit = (handle: number): number => {
    visits.push(handle);
    if (handle === 2) return DONE;
    const next = again;
    again = DONE;
    return next;
  };
  wheel.advance(10_000, 100, visit);
  expect(visits).toEqual([2, 1]);
  expect(wheel.nextIn(10_000, 1_000_000)).toBeGreaterThan(40_000);
  wheel.advance(70_000, 100, visit);
  expect(visits).toEqual([2, 1, 1]);
  expect(wheel.count).toBe(0);
});
