/** Which protocol is tracked by whom. @hot */
import * as numbers from '../../wire/numbers.js';
import * as C from '../record/conn.js';
import { isIcmp, metaProto } from '../record/conn.js';
import type { PacketKey } from '../record/packet-key.js';
import { icmpTracker } from './icmp.js';
import type { L4Tracker } from './l4-tracker.js';
import { otherTracker, updateOther } from './other.js';
import { tcpTracker, updateTcp } from './tcp.js';

const { IP_PROTO_TCP } = numbers;
const { CONN_META } = C;

export function trackerFor(meta: number): L4Tracker {
  if (metaProto(meta) === IP_PROTO_TCP) return tcpTracker;
  return isIcmp(meta) ? icmpTracker : otherTracker;
}

/** `trackerFor(...).update`, as direct calls: what every packet of a known connection goes through. */
export function update(
  words: Int32Array,
  at: number,
  key: PacketKey,
  direction: number,
  checkSequence: boolean,
): number {
  const meta = words[at + CONN_META];
  if (metaProto(meta) === IP_PROTO_TCP) return updateTcp(words, at, key, direction, checkSequence);
  if (isIcmp(meta)) return icmpTracker.update(words, at, key, direction, checkSequence);
  return updateOther(words, at, key, direction);
}
