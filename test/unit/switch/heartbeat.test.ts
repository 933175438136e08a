/** Time in which the process did not run does not count, and is told of once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock, RunningClock } from '../../../datapath/base/clock.js';
import { log } from '../../../datapath/base/log.js';
import { Heartbeat, suspensions } from '../../../src/switch/heartbeat.js';

let base: ManualClock;
let clock: RunningClock;
let lines: string[];
let machineMs: number;
let beats: Heartbeat;
let cpuUs: number;

beforeEach(() => {
  base = new ManualClock(1000);
  clock = new RunningClock(base);
  machineMs = 0;
  cpuUs = 0;
  lines = [];
  log.setSink('file', ({ level, module, message }) => lines.push(`${module}|${level}|${message}`));
  beats = new Heartbeat(clock, {
    uptimeMs: () => base.now() + machineMs,
    runMs: () => base.now(),
    cpu: () => ({ user: cpuUs, system: 0 }),
  });
});
afterEach(() => {
  beats.stop();
  log.setSink('file', null);
});

/** The process runs. */
function live(ms: number): void {
  for (let i = 0; i < ms; i += 500) {
    base.advance(500);
    beats.beat();
  }
}

test('as long as it runs, time passes', () => {
  live(60_000);
  expect(clock.now()).toBe(61_000);
  expect(clock.stops.count).toBe(0);
  expect(lines).toEqual([]);
});

test('a stop does not count, whoever looks first, and is one line', () => {
  live(1000);
  base.advance(3_600_000);
  expect(clock.now()).toBe(2000);
  cpuUs = 3000;
  live(1000);
  expect(clock.now()).toBe(3000);
  expect(clock.stops).toEqual({ count: 1, totalMs: 3_600_000, longestMs: 3_600_000 });
  expect(lines).toEqual([
    'timeval|warn|Unreasonably long 3600000ms poll interval (3ms user, 0ms system): ' +
      'the process was stopped or had no processor; that time does not count for timeouts',
  ]);
});

describe('what is no stop', () => {
  test('work that takes long', () => {
    base.advance(1900);
    expect(clock.now()).toBe(2900);
    beats.beat();
    expect(lines).toEqual([]);
  });

  test('a clock that nobody watches', () => {
    const lonely = new RunningClock(base);
    lonely.now();
    base.advance(100_000);
    expect(lonely.now()).toBe(101_000);
  });
});

test('a suspension of the machine is told of; the clock has stood still by itself', () => {
  const { count } = suspensions;
  live(1000);
  machineMs += 7_200_000;
  live(1000);
  expect(clock.now()).toBe(3000);
  expect(suspensions.count).toBe(count + 1);
  expect(lines).toEqual([
    'timeval|warn|the machine was suspended for 7200000ms; that time does not count for timeouts',
  ]);
});
