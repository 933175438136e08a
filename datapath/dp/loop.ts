/**
 * The main loop of a running switch: poll the ports, process, send; let the event loop serve sockets and timers; sleep when
 * there is nothing to do. The only file of the packet path that knows time passes.
 *
 * While packets flow, the loop polls for up to SLICE_MS and then gives the event loop one turn. When
 * nothing has come for a while it waits in the poller, off the event loop, until a descriptor is readable, a timer is due
 * or somebody calls `wake`. Between the two it goes on looking for SPIN_MS, since waking up from a poll costs more than that.
 * A packet that ends a wait is taken in the poller's callback: the turns of promises until the loop itself goes on would be a tenth of
 * an idle ping (20 of 200 us, AMD EPYC, 2026-11-21).
 */
import { type Clock, systemClock } from '../base/clock.js';
import { guard, reportFailure } from '../base/guard.js';
import type { Datapath } from './datapath.js';

/** Waits for descriptors off the event loop; datapath/ports/sys/poll.ts has the one for Linux. */
export interface Poller {
  /**
   * Resolves when one of the descriptors is readable, `timeoutMs` are over, or `wake` is called. The array is another one
   * whenever a port has come or gone. If it is a descriptor, `onReadable` is called first, at once.
   */
  wait(fds: readonly number[], timeoutMs: number, onReadable: () => void): Promise<void>;
  /** Ends the wait under way, if there is one. */
  wake(): void;
}

/** What a loop drives, and with what. */
export interface LoopOptions {
  datapath: Datapath;
  clock: Clock;
  /** By which pauses and the prices of misses are measured, whatever becomes of `clock`; the system's unless said. */
  stopwatch?: Clock;
  poller: Poller;
  /**
   * Called before packets are taken, with no event in between: where the owner lets what has changed meanwhile hold for the next packet.
   * Has to be cheap.
   */
  beforePoll?: () => void;
  /** Housekeeping of the owner between batches; returns in how many milliseconds it wants to be called again. */
  onTick?: (now: number) => number;
}

const SLICE_MS = 1;
const SPIN_MS = 0.2;
/** The same for a clock that has been stopped, far more turns than fit into SPIN_MS. */
const MAX_SPINS = 1000;
/** Longest sleep: ports without descriptors are asked at least this often. */
const MAX_SLEEP_MS = 500;
/** When timed work, or the loop itself, is tried again after it has failed: with others' turns in between. */
const RETRY_MS = 1000;
const PAUSE_MS = 10;

/** Drives one datapath in this thread: polls its ports, runs its timers, sleeps when there is nothing to do. */
export class Loop {
  private isRunning = false;
  private nextSweepMs = 0;
  private nextTickMs = 0;
  private stopped: Promise<void> = Promise.resolve();
  /** When packets came last, and how often nothing has come since. */
  private idleSinceMs = 0;
  private spins = 0;

  private readonly stopwatch: Clock;

  constructor(private readonly options: LoopOptions) {
    this.stopwatch = options.stopwatch ?? systemClock;
    options.datapath.limitMisses(() => this.stopwatch.now());
  }

  /** Begins to poll; does nothing if it has begun. */
  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.stopped = this.run();
  }

  /** Resolves when the poll under way is over. */
  stop(): Promise<void> {
    this.isRunning = false;
    this.options.poller.wake();
    return this.stopped;
  }

  /** Something has changed that no descriptor tells: a packet given to a port in memory, a timer to be set earlier. */
  wake(): void {
    this.nextTickMs = 0;
    this.options.poller.wake();
  }

  /** One poll and what is due, for tests and for who drives the loop by hand. Returns the number of packets taken. */
  step(): number {
    const now = Math.floor(this.options.clock.now());
    this.options.beforePoll?.();
    const taken = this.options.datapath.poll(now);
    this.runTimers(now);
    return taken;
  }

  private async run(): Promise<void> {
    const { stopwatch } = this;
    const { clock, datapath } = this.options;
    this.idleSinceMs = clock.now();
    let lastPollMs = stopwatch.now();
    while (this.isRunning) {
      const pollMs = stopwatch.now();
      datapath.pauses.note(pollMs - lastPollMs);
      lastPollMs = pollMs;
      this.pollOnce();
      if (!this.isRunning) break;
      if (clock.now() - this.idleSinceMs < SPIN_MS && this.spins++ < MAX_SPINS) await eventLoopTurn();
      else {
        await this.sleepOrPause();
        lastPollMs = stopwatch.now();
      }
    }
  }

  private async sleepOrPause(): Promise<void> {
    try {
      await this.sleep();
    } catch (error) {
      reportFailure('waiting for packets', error);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Polls until nothing comes or the slice is over. */
  private readonly pollOnce = (): void => {
    if (!this.isRunning) return;
    try {
      this.pollForSlice();
    } catch (error) {
      reportFailure('forwarding packets', error);
    }
  };

  private pollForSlice(): void {
    const { datapath, clock, beforePoll } = this.options;
    const startMs = clock.now();
    let nowMs = startMs;
    beforePoll?.();
    while (datapath.poll(Math.floor(nowMs)) > 0) {
      nowMs = this.idleSinceMs = clock.now();
      this.spins = 0;
      if (nowMs - startMs >= SLICE_MS) break;
    }
    this.runTimers(Math.floor(nowMs));
  }

  private runTimers(now: number): void {
    const { datapath, onTick } = this.options;
    if (now >= this.nextSweepMs)
      this.nextSweepMs = guard('expiring connections', now + RETRY_MS, () => datapath.conntrack.sweep(now));
    if (now >= this.nextTickMs)
      this.nextTickMs =
        onTick === undefined ? Number.POSITIVE_INFINITY : now + guard('housekeeping', RETRY_MS, () => onTick(now));
  }

  private async sleep(): Promise<void> {
    const { datapath, clock, poller } = this.options;
    const isPending = datapath.ports().some(({ port }) => port.fds.length === 0 && port.pending());
    const dueMs = Math.min(this.nextSweepMs, this.nextTickMs) - clock.now();
    const timeoutMs = Math.min(MAX_SLEEP_MS, Math.ceil(dueMs));
    if (isPending || timeoutMs <= 0) return eventLoopTurn();
    await poller.wait(datapath.fds, timeoutMs, this.pollOnce);
  }
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
