/**
 * How long packets had to wait for the next poll of the ports: the longest such pause, and how often there was a long one. What happens
 * while the loop sleeps, when no packets flow, is not seen here.
 */
import { add, counter } from '../base/counters.js';

/** What nothing the switch does should take: a TCP stream of a gigabit fills the receive ring meanwhile. */
const LONG_MS = 10;

/** Times that packets waited for more than ten milliseconds for their turn. */
const longPauses = counter('datapath_long_pause');

/** The pauses of one loop. */
export class Pauses {
  longestMs = 0;
  private recentMs = 0;

  /** Records the time between two polls. */
  note(ms: number): void {
    if (ms > this.longestMs) this.longestMs = ms;
    if (ms > this.recentMs) this.recentMs = ms;
    if (ms > LONG_MS) add(longPauses);
  }

  /** The longest since this was asked last. */
  takeRecentMs(): number {
    const ms = this.recentMs;
    this.recentMs = 0;
    return ms;
  }
}
