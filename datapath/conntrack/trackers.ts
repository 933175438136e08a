/** Which protocol is tracked by whom. @hot */
import { IP_PROTO_TCP } from '../wire/numbers.js';
import { isIcmp, metaProto } from './conn.js';
import { icmpTracker } from './icmp.js';
import type { L4Tracker } from './l4-tracker.js';
import { otherTracker } from './other.js';
import { tcpTracker } from './tcp.js';

export function trackerFor(meta: number): L4Tracker {
  if (metaProto(meta) === IP_PROTO_TCP) return tcpTracker;
  return isIcmp(meta) ? icmpTracker : otherTracker;
}
