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
