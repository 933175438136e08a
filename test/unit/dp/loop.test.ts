/** The loop: takes what comes, sleeps when nothing does, wakes up for packets, timers and calls. */
import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { ManualClock, systemClock } from '../../../datapath/base/clock.js';
import { read } from '../../../datapath/base/counters.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import { Loop, type Poller } from '../../../datapath/dp/loop.js';
import { DummyPort } from '../../../datapath/ports/dummy.js';

/** A poller for ports in memory: sleeps for as long as it is told to, or until woken. */
class SleepPoller implements Poller {
  sleeps = 0;
  private end: (() => void) | null = null;

  wait(_fds: readonly number[], timeoutMs: number): Promise<void> {
    this.sleeps++;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.end?.();
  }
}

function switchOfTwo(): { datapath: Datapath; ports: DummyPort[] } {
  const datapath = new Datapath({ name: 'test' });
  const ports = [new DummyPort('p1'), new DummyPort('p2')];
  for (const port of ports) datapath.addPort(port);
  const program = new ProgramBuilder().output(2).build();
  datapath.setUpcall(() => ({ program }));
  return { datapath, ports };
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('step_takes_what_is_at_hand', () => {
  const { datapath, ports } = switchOfTwo();
  const ticks: number[] = [];
  const clock = new ManualClock(5000);
  const loop = new Loop({
    datapath,
    clock,
    stopwatch: clock,
    poller: new SleepPoller(),
    onTick: (now) => {
      ticks.push(now);
      return 100;
    },
  });
  for (let i = 0; i < 100; i++) ports[0].inject(new Uint8Array(60));
  expect(loop.step()).toBe(100);
  expect(ports[1].sent.length).toBe(100);
  expect(loop.step()).toBe(0);
  clock.advance(99.5);
  loop.step();
  clock.advance(0.5);
  loop.step();
  expect(ticks).toEqual([5000, 5100]);
});

test('running_loop_forwards_sleeps_and_stops', async () => {
  const { datapath, ports } = switchOfTwo();
  const poller = new SleepPoller();
  const loop = new Loop({ datapath, clock: systemClock, poller });
  loop.start();
  while (poller.sleeps === 0) await eventLoopTurn();
  ports[0].inject(new Uint8Array(60));
  loop.wake();
  while (ports[1].sent.length === 0) await eventLoopTurn();
  await loop.stop();
  ports[0].inject(new Uint8Array(60));
  await eventLoopTurn();
  expect(ports[0].pending()).toBe(true);
});

test('running_loop_ticks_when_the_tick_wants_it', async () => {
  const { datapath } = switchOfTwo();
  const clock = new ManualClock(5000);
  const asked: number[] = [];
  const ticks: number[] = [];
  const done = new Promise<void>((resolve) => {
    const loop = new Loop({
      datapath,
      clock,
      // Time passes by as much as the loop sleeps.
      poller: {
        wait: async (_fds, timeoutMs) => {
          asked.push(timeoutMs);
          clock.advance(timeoutMs);
          await eventLoopTurn();
        },
        wake: () => {},
      },
      onTick: (now) => {
        if (ticks.push(now) === 5) resolve(loop.stop());
        return 10 * ticks.length;
      },
    });
    loop.start();
  });
  await done;
  for (let turn = 0; turn < 10; turn++) await eventLoopTurn();
  expect(ticks).toEqual([5000, 5010, 5030, 5060, 5100]);
  expect(asked.slice(0, 4)).toEqual([10, 20, 30, 40]);
});

test('pauses_while_packets_flow_are_measured_and_sleep_is_none', async () => {
  const { datapath, ports } = switchOfTwo();
  const poller = new SleepPoller();
  // Without time passing the loop looks for packets a thousand times before it sleeps.
  const stopwatch = new ManualClock();
  const loop = new Loop({ datapath, clock: new ManualClock(), stopwatch, poller });
  loop.start();
  while (poller.sleeps === 0) await eventLoopTurn();
  stopwatch.advance(300);
  loop.wake();
  while (poller.sleeps === 1) await eventLoopTurn();
  expect(datapath.pauses.longestMs).toBe(0);
  const before = read('datapath_long_pause') ?? 0;
  for (let turn = 0; turn < 3; turn++) {
    ports[0].inject(new Uint8Array(60));
    loop.wake();
    while (ports[0].pending()) await eventLoopTurn();
    // While it waits for its turn of the event loop, not asleep.
    stopwatch.advance(20);
  }
  await loop.stop();
  expect(datapath.pauses.longestMs).toBeGreaterThanOrEqual(20);
  expect(read('datapath_long_pause')).toBeGreaterThan(before);
  expect(datapath.pauses.takeRecentMs()).toBe(datapath.pauses.longestMs);
  expect(datapath.pauses.takeRecentMs()).toBe(0);
});
