/**
 * What the datapath counts. At rest, everything that came in has gone somewhere:
 * received + injected + multiplied = transmitted + toUserspace + held + all drops.
 */
import { DROP_REASON_NAMES, type DropReason } from '../actions/drop-reasons.js';

/** Counters since the datapath was made. */
export class DatapathStats {
  /** Packets from ports, and packets given to `execute`. */
  received = 0;
  injected = 0;
  /** By how much packets have become more, because an action sent them to several places. */
  multiplied = 0;
  /** Packets queued at ports; what a port then cannot send is in its own statistics. */
  transmitted = 0;
  toUserspace = 0;
  /** Packets that the tracker has kept. */
  held = 0;
  /** Lookups that a cached flow answered (`cacheHits`: of these, by the first cache), and those that went up. */
  hits = 0;
  cacheHits = 0;
  misses = 0;
  /** Misses that nobody took. */
  lost = 0;
  /** By id of the reason. */
  readonly drops = new Float64Array(DROP_REASON_NAMES.length);

  /** Reasons for which anything has been dropped, with how much. */
  dropsByReason(): { reason: DropReason; packets: number }[] {
    return DROP_REASON_NAMES.map((reason, id) => ({ reason, packets: this.drops[id] })).filter((d) => d.packets > 0);
  }

  /** Packets that came in and have not gone anywhere yet: those waiting to be looked up again. */
  get inFlight(): number {
    const out = this.drops.reduce((sum, count) => sum + count, this.transmitted + this.toUserspace + this.held);
    return this.received + this.injected + this.multiplied - out;
  }
}
