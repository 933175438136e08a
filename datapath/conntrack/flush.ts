/** Which connections a flush means. The rules are Open vSwitch's (lib/ct-dpif.c): see FlushFilter. */

import * as C from './conn.js';
import { isIcmp, ORIGINAL, REPLY } from './conn.js';
import type { ConnTable } from './conn-table.js';
import { type CtTuple, entry, tupleOf } from './dump.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from './packet-key.js';

/** A tuple of which each part may be missing; a part that is missing or zero matches everything. */
export type PartialTuple = Partial<CtTuple>;

/**
 * Everything given must fit. A whole original tuple alone (both addresses, and both ports or all of ICMP) names one connection,
 * by either of its directions, in the zone given or in zone 0. Otherwise all zones are searched unless one is given.
 */
export interface FlushFilter {
  zone?: number;
  mark?: { value: number; mask: number };
  labels?: { value: bigint; mask: bigint };
  orig?: PartialTuple;
  reply?: PartialTuple;
}

/** Handles to remove; null if the filter names one connection and it is not there. */
export function selectForFlush(table: ConnTable, now: number, filter: FlushFilter): number[] | null {
  const { orig, reply, mark, labels } = filter;
  if (orig !== undefined && reply === undefined && mark === undefined && labels === undefined && isWhole(orig)) {
    const node = table.find(toKey(orig, filter.zone ?? 0), now);
    return node < 0 ? null : [node >> 1];
  }
  const handles: number[] = [];
  for (let handle = 0; handle < table.records.top; handle++) {
    if (table.isLive(handle) && isSelected(table, handle, now, filter)) handles.push(handle);
  }
  return handles;
}

function isWhole(t: PartialTuple): boolean {
  if (!t.src || !t.dst || !t.proto || t.family === undefined) return false;
  if (isIcmp((t.proto << 8) | t.family)) {
    return t.icmpId !== undefined && t.icmpType !== undefined && t.icmpCode !== undefined;
  }
  return !!t.srcPort && !!t.dstPort;
}

function toKey(t: PartialTuple, zone: number): Int32Array {
  const key = new Int32Array(KEY_WORDS);
  const family = t.family ?? 4;
  const meta = ((t.proto ?? 0) << 8) | family;
  key[KEY_META] = meta | (zone << 16);
  const icmp = isIcmp(meta);
  key[KEY_L4] = icmp
    ? ((t.icmpId ?? 0) << 16) | ((t.icmpType ?? 0) << 8) | (t.icmpCode ?? 0)
    : ((t.srcPort ?? 0) << 16) | (t.dstPort ?? 0);
  storeAddress(key, KEY_SRC_ADDR, family, t.src ?? 0n);
  storeAddress(key, KEY_DST_ADDR, family, t.dst ?? 0n);
  return key;
}

function storeAddress(key: Int32Array, at: number, family: number, address: bigint): void {
  const size = family === 4 ? 1 : 4;
  for (let i = 0; i < size; i++) key[at + i] = Number(BigInt.asIntN(32, address >> BigInt(32 * (size - 1 - i))));
}

function isSelected(table: ConnTable, handle: number, now: number, filter: FlushFilter): boolean {
  const words = table.words(handle);
  const at = table.at(handle);
  if (filter.zone !== undefined && words[at + C.CONN_META] >>> 16 !== filter.zone) return false;
  const { mark, labels, orig, reply } = filter;
  if (mark !== undefined && ((words[at + C.CONN_MARK] ^ mark.value) & mark.mask) !== 0) return false;
  if (labels !== undefined && ((entry(table, handle, now).labels ^ labels.value) & labels.mask) !== 0n) return false;
  if (orig !== undefined && !fits(tupleOf(table, handle, ORIGINAL), orig)) return false;
  return reply === undefined || fits(tupleOf(table, handle, REPLY), reply);
}

/** True if each part given, and not zero, is the connection's. */
function fits(own: CtTuple, wanted: PartialTuple): boolean {
  for (const part of Object.keys(wanted) as (keyof CtTuple)[]) {
    const value = wanted[part];
    if (value !== undefined && Number(value) !== 0 && value !== own[part]) return false;
  }
  return true;
}
