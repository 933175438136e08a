/** Where time comes from. Nothing below the loop and the switch reads a clock: `now` is handed down as an argument. */

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall-clock milliseconds since 1970, for logs and start times only. */
  wall(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};

/** A clock that moves only when told to: tests, `time/stop` and `time/warp`. */
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

  advance(ms: number): void {
    this.ms += ms;
  }
}
