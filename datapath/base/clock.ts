/**
 * Where time comes from. What forwards, tracks, translates or expires is given `now` as an argument; the loop and the switch read the
 * clock for it.
 */

/** A source of time. Everything that waits or counts time asks one, so that a test can stand in for it. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall-clock milliseconds since 1970, for logs and start times only. */
  wall(): number;
}

/** Times that something stood still. */
export interface Stops {
  count: number;
  totalMs: number;
  longestMs: number;
}

/** Counters that have counted nothing. */
export const noStops = (): Stops => ({ count: 0, totalMs: 0, longestMs: 0 });

/** Counts one stop of so many milliseconds. */
export function noteStop(stops: Stops, ms: number): void {
  stops.count++;
  stops.totalMs += ms;
  stops.longestMs = Math.max(stops.longestMs, ms);
}

/** Who watches a clock reads it far more often than that; so when nobody has, the process did not run. */
const STOP_MS = 2000;

/**
 * The time that the process has been able to act in. While it is stopped - a signal, a debugger, no processor - timeouts cannot be kept and
 * nobody's silence is heard; if that time counted, all of them would be over in the moment when the process goes on. So once somebody
 * watches, a gap between two readings that is a stop does not count.
 */
export class RunningClock implements Clock {
  readonly stops = noStops();
  private isWatched = false;
  private seenMs = 0;
  private heldMs = 0;

  constructor(private readonly base: Clock) {}

  /** From now on the clock is read at least twice in STOP_MS as long as the process runs. */
  watch(): void {
    this.isWatched = true;
    this.seenMs = this.base.now();
  }

  now(): number {
    const ms = this.base.now();
    if (this.isWatched && ms - this.seenMs > STOP_MS) this.stoppedFor(ms - this.seenMs);
    this.seenMs = ms;
    return ms - this.heldMs;
  }

  wall(): number {
    return this.base.wall();
  }

  private stoppedFor(ms: number): void {
    this.heldMs += ms;
    noteStop(this.stops, ms);
  }
}

/** The clock of this process; a stop of the process (SIGSTOP, no processor) does not count, see RunningClock. */
export const systemClock = new RunningClock({ now: () => performance.now(), wall: () => Date.now() });

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  private ms: number;

  constructor(startMs = 1_000_000) {
    this.ms = startMs;
  }

  now(): number {
    return this.ms;
  }

  wall(): number {
    return this.ms;
  }

  /** Moves both times on. */
  advance(ms: number): void {
    this.ms += ms;
  }
}

/** Another clock's time, until it is stopped or moved on by hand: `time/stop` and `time/warp` of a running switch. */
export class AdjustableClock implements Clock {
  private aheadMs = 0;
  private stoppedAt: number | null = null;

  constructor(private readonly base: Clock) {}

  now(): number {
    return (this.stoppedAt ?? this.base.now()) + this.aheadMs;
  }

  wall(): number {
    return this.base.wall() + this.now() - this.base.now();
  }

  stop(): void {
    this.stoppedAt ??= this.base.now();
  }

  warp(ms: number): void {
    this.aheadMs += ms;
  }
}
