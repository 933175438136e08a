/** Which connections a flush means, and removing them a few at a time. The rules are Open vSwitch's (lib/ct-dpif.c): see FlushFilter. */

import * as C from '../record/conn.js';
import { isIcmp, ORIGINAL, REPLY } from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from '../record/packet-key.js';
import { type CtTuple, entry, tupleOf } from './dump.js';
import type { ConnWalk, WalkCursor } from './walk.js';

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

/** The handle of the connection that the filter names; null if it describes any number of them. */
export function namedByFlush(table: ConnTable, now: number, filter: FlushFilter): number | null | 'not-found' {
  const { orig, reply, mark, labels } = filter;
  if (orig === undefined || reply !== undefined || mark !== undefined || labels !== undefined) return null;
  if (!isComplete(orig)) return null;
  const node = table.find(toKey(orig, filter.zone ?? 0), now);
  return node < 0 ? 'not-found' : node >> 1;
}

/** A flush under way. What the filter selects when it begins is gone when it is done; what is born meanwhile stays. */
export class FlushWalk {
  /** Connections removed so far. */
  count = 0;

  constructor(
    private readonly table: ConnTable,
    private readonly walk: ConnWalk,
    private readonly filter: FlushFilter,
    private readonly named: number | null,
    private readonly remove: (handle: number, now: number) => void,
  ) {}

  /** Where it goes on; null when it is done. */
  get cursor(): WalkCursor | null {
    return this.named === null ? this.walk.cursor : null;
  }

  /** Removes some; true if it is done. The first step must follow before any packet. */
  step(now: number): boolean {
    const { table, walk, filter, named } = this;
    if (named !== null) {
      this.removeAndCount(named, now);
      return true;
    }
    const met = walk.step(now);
    for (let i = 0; i < met; i++) {
      if (isSelected(table, walk.handles[i], now, filter)) this.removeAndCount(walk.handles[i], now);
    }
    return walk.isDone;
  }

  private removeAndCount(handle: number, now: number): void {
    this.remove(handle, now);
    this.count++;
  }
}

function isComplete(t: PartialTuple): boolean {
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
