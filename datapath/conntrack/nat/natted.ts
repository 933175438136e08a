/** Packets and translation: finding the connection of a packet that may have been translated already, and translating it. @hot */
import { CT_DST_NAT, CT_SRC_NAT } from '../../packet/ct-state.js';
import type { Packet } from '../../packet/packet.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { readKey } from '../record/metadata.js';
import { KEY_META, KEY_WORDS, type PacketKey, reverseKey } from '../record/packet-key.js';
import { NAT_DST, NAT_SRC, translate } from './nat-rewrite.js';

/** State bits of a packet that has been translated in its zone. */
export const NATTED = CT_SRC_NAT | CT_DST_NAT;

const OTHER_KEY = new Int32Array(KEY_WORDS);

/**
 * The node (handle * 2 + direction) of a packet that has been translated in this zone, -1 if there is no connection. `hasNat` says
 * that the action has nat.
 */
export function findTranslated(table: ConnTable, p: Packet, key: PacketKey, hasNat: boolean, now: number): number {
  // What it is now is the mirror of the other direction's key.
  reverseKey(key.words);
  const node = table.find(key.words, now);
  if (node >= 0) {
    table.loadKey(node >> 1, (node & 1) ^ 1, key.words);
    return node ^ 1;
  }
  reverseKey(key.words);
  return hasNat ? -1 : lookUpOriginal(table, p, key, now);
}

/** A translated packet whose headers have been changed since: found by the tuple that it carries beside it. */
function lookUpOriginal(table: ConnTable, p: Packet, key: PacketKey, now: number): number {
  if (p.ctProto === 0 || p.ctFamily !== C.metaFamily(key.words[KEY_META])) return -1;
  readKey(p, OTHER_KEY, key.words);
  return table.find(OTHER_KEY, now);
}

/** Applies the connection's translation, if it has one, to the packet just parsed. */
export function applyNat(table: ConnTable, p: Packet, key: PacketKey, node: number): void {
  const handle = node >> 1;
  const flags = table.words(handle)[table.at(handle) + C.CONN_FLAGS];
  if ((flags & (C.F_NAT_SRC | C.F_NAT_DST)) === 0) return;
  const isReply = (node & 1) === C.REPLY;
  const src = (flags & (isReply ? C.F_NAT_DST : C.F_NAT_SRC)) !== 0;
  const dst = (flags & (isReply ? C.F_NAT_SRC : C.F_NAT_DST)) !== 0;
  p.ctState = (p.ctState & ~NATTED) | (src ? CT_SRC_NAT : 0) | (dst ? CT_DST_NAT : 0);
  table.loadKey(handle, (node & 1) ^ 1, OTHER_KEY);
  translate(p, key, OTHER_KEY, (src ? NAT_SRC : 0) | (dst ? NAT_DST : 0));
}
