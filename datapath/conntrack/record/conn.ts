/**
 * The connection record: words of a slab, read as `words[at + CONN_*]`. @hot
 *
 * Two keys, original and reply, each l4 | src | dst; the zone, protocol and family are common to both (CONN_META). Both are as on
 * the wire *before* translation in their direction, so the reply key of a NATed connection is not the mirror of the original one.
 * In `l4` stand two ports (16 | 16), or for ICMP the id, type and code (16 | 8 | 8). An IPv4 address stands in the word
 * itself; for IPv6 the word CONN_KEYS + KEY_SRC of the original key is the handle of a record of 16 words in the side table
 * `addresses` (original src, dst, reply src, dst), and the other three address words are unused.
 *
 * Rare things (labels, helpers, parents) are records of side tables, named here by handle + 1, 0 for none.
 */

/** Hash chain links, one for each key: node + 1, where node = handle * 2 + direction. */
export const CONN_CHAIN = 0;
/** zone 16 | protocol 8 | family 8 (4 or 6). */
export const CONN_META = 2;
/** Two keys of three words. */
export const CONN_KEYS = 3;
/** When it expires: ms modulo 2^32. */
export const CONN_EXPIRES = 9;
export const CONN_MARK = 10;
export const CONN_FLAGS = 11;
/** Handle + 1 in the table of labels. */
export const CONN_LABEL = 12;
/** Handle + 1 in the table of what connections with helpers and their children need. */
export const CONN_EXTRA = 13;
/** When it was committed: ms modulo 2^32. */
export const CONN_START = 14;
/** Number for `-m` and observers; not reused before 2^32 others. */
export const CONN_ID = 15;
/** State of the protocol tracker: two TCP peers, or one word for the others. */
export const CONN_L4 = 16;
/** What has been counted in each direction (traffic.ts). */
export const CONN_TRAFFIC = 22;
export const CONN_WORDS = 28;

/** Inside a key. */
export const KEY_PORTS = 0;
export const KEY_SRC = 1;
export const KEY_DST = 2;
export const KEY_WORDS_STORED = 3;

/** Directions. */
export const ORIGINAL = 0;
export const REPLY = 1;

/** Bits of CONN_FLAGS. The record is in use. */
export const F_LIVE = 1;
/** Nodes linked into the hash: the original key always, the reply key when it is not the mirror. */
export const F_TWO_NODES = 2;
/** It was closed before its timeout and waits for the sweep; the cause stands in the bits at CAUSE_SHIFT. */
export const F_DYING = 4;
/** It was expected by a helper: mark and label are its parent's and stay so. */
export const F_EXPECTED = 8;
/** The source, the destination of the original direction is translated. */
export const F_NAT_SRC = 16;
export const F_NAT_DST = 32;
export const CAUSE_SHIFT = 8;
export const CAUSE_MASK = 0xf;
/** The upper bits are the id of the timeout policy, 0 for the default one: ids go to 65536. */
export const POLICY_SHIFT = 12;

/** Low halves of CONN_META. */
const ICMP4 = (1 << 8) | 4;
const ICMP6 = (58 << 8) | 6;

export const metaProto = (meta: number): number => (meta >>> 8) & 0xff;
export const metaFamily = (meta: number): number => meta & 0xff;
export const metaZone = (meta: number): number => meta >>> 16;

export function isIcmp(meta: number): boolean {
  const low = meta & 0xffff;
  return low === ICMP4 || low === ICMP6;
}

/** ICMP types in pairs of request and reply; the type itself if it has no partner. */
export function reverseIcmpType(meta: number, type: number): number {
  if ((meta & 0xff) === 6) return type === 128 ? 129 : type === 129 ? 128 : type;
  if (type === 8 || type === 0) return 8 - type;
  return type >= 13 && type <= 16 ? ((type - 13) ^ 1) + 13 : type;
}

/** The l4 word of the opposite direction. */
export function reverseL4(meta: number, l4: number): number {
  if (!isIcmp(meta)) return (l4 << 16) | (l4 >>> 16);
  return (l4 & 0xffff00ff) | (reverseIcmpType(meta, (l4 >>> 8) & 0xff) << 8);
}
