/**
 * Notices that the process or the whole machine stood still, and says so once. Neither makes timeouts run out: a stop of the process does
 * not count (RunningClock), and the monotonic clock stands still while the machine is suspended.
 */
import { uptime } from 'node:os';
import { noStops, noteStop, type RunningClock, type Stops } from '../../datapath/base/clock.js';
import { guard } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';

const log = logger('timeval');
const limit = new RateLimit(10, 10);

const BEAT_MS = 500;
/** How much further the machine's clock, which counts suspensions, has to get at once than ours. */
const SUSPENDED_MS = 2000;

/** What the operating system tells, as functions. */
export interface MachineTimes {
  /** Milliseconds since the machine was started, suspensions included. */
  uptimeMs(): number;
  /** Monotonic milliseconds without suspensions. */
  runMs(): number;
  /** Microseconds of the process so far. */
  cpu(): { user: number; system: number };
}

const SYSTEM: MachineTimes = {
  uptimeMs: () => uptime() * 1000,
  runMs: () => performance.now(),
  cpu: () => process.cpuUsage(),
};

/** Of the machine; those of the process are the clock's. */
export const suspensions: Stops = noStops();

export class Heartbeat {
  private readonly timer: NodeJS.Timeout;
  private seenStopMs: number;
  private aheadMs: number;
  private cpu: { user: number; system: number };

  constructor(
    private readonly clock: RunningClock,
    private readonly times: MachineTimes = SYSTEM,
  ) {
    clock.watch();
    this.seenStopMs = clock.stops.totalMs;
    this.aheadMs = times.uptimeMs() - times.runMs();
    this.cpu = times.cpu();
    this.timer = setInterval(() => guard('looking at the clocks', undefined, () => this.beat()), BEAT_MS);
    this.timer.unref();
  }

  beat(): void {
    this.clock.now();
    this.noticeStop();
    this.noticeSuspension();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** In Open vSwitch's words, which who reads logs knows. */
  private noticeStop(): void {
    const ms = this.clock.stops.totalMs - this.seenStopMs;
    const cpu = this.times.cpu();
    const spentMs = (key: 'user' | 'system'): number => Math.round((cpu[key] - this.cpu[key]) / 1000);
    if (ms > 0)
      log.warn(
        `Unreasonably long ${Math.round(ms)}ms poll interval (${spentMs('user')}ms user, ${spentMs('system')}ms system): ` +
          'the process was stopped or had no processor; that time does not count for timeouts',
        limit,
      );
    this.seenStopMs += ms;
    this.cpu = cpu;
  }

  private noticeSuspension(): void {
    const aheadMs = this.times.uptimeMs() - this.times.runMs();
    const ms = aheadMs - this.aheadMs;
    this.aheadMs = aheadMs;
    if (ms < SUSPENDED_MS) return;
    noteStop(suspensions, ms);
    log.warn(`the machine was suspended for ${Math.round(ms)}ms; that time does not count for timeouts`, limit);
  }
}
