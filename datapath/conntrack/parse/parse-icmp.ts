/**
 * ICMP and ICMPv6 for the tracker: queries are keyed by their id and type, errors by the packet inside them. @hot
 * (RFC 792, RFC 4443; which types count is as in Open vSwitch, lib/conntrack.c)
 */

import * as icmp from '../../wire/icmp.js';
import { IP_PROTO_ICMP, IP_PROTO_ICMPV6 } from '../../wire/numbers.js';
import { isIcmp, metaFamily } from '../record/conn.js';
import {
  KEY_DST_ADDR,
  KEY_L4,
  KEY_META,
  KEY_SRC_ADDR,
  KEY_WORDS,
  type PacketKey,
  reverseKey,
} from '../record/packet-key.js';
import * as R from '../record/reasons.js';
import { parseIpv4, parseIpv6 } from './parse-l3.js';
import { extractPorts } from './parse-l4.js';

/** How much of the inner packet's L4 header an error must hold (RFC 792). */
const INNER_L4_SIZE = 8;

const QUERY = 1;
const ERROR = 2;

/** Kind of each type, IPv4 and IPv6; 0 is not tracked. */
const KINDS4 = makeKinds([0, 8, 13, 14, 15, 16], [3, 4, 5, 11, 12]);
const KINDS6 = makeKinds([128, 129], [1, 2, 3, 4]);

function makeKinds(queries: readonly number[], errors: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const type of queries) table[type] = QUERY;
  for (const type of errors) table[type] = ERROR;
  return table;
}

/** The key of the error message itself while `error` works on the inner one. */
const BEFORE = new Int32Array(KEY_WORDS);

const kindOf = (meta: number, type: number): number => (metaFamily(meta) === 4 ? KINDS4 : KINDS6)[type];

/** The message at `key.l4`, whose eight bytes have been checked to be there. */
export function parseIcmp(key: PacketKey): number {
  const { bytes, l4 } = key;
  key.detail[0] = icmp.type(bytes, l4);
  key.detail[1] = icmp.code(bytes, l4);
  const kind = kindOf(key.words[KEY_META], icmp.type(bytes, l4));
  if (kind === QUERY) return query(key, l4);
  return kind === ERROR ? error(key) : R.ICMP_TYPE_UNTRACKED;
}

function query(key: PacketKey, l4: number): number {
  if (icmp.code(key.bytes, l4) !== 0) return R.ICMP_CODE_BAD;
  key.words[KEY_L4] = (icmp.id(key.bytes, l4) << 16) | (icmp.type(key.bytes, l4) << 8);
  return R.REASON_NONE;
}

/** Leaves the reversed key of the inner packet in `key`, and l3 and l4 as they were. */
function error(key: PacketKey): number {
  const { words, l3, l4, l4Size } = key;
  for (let i = 0; i < KEY_WORDS; i++) BEFORE[i] = words[i];
  const innerSize = l4Size - icmp.HEADER_SIZE;
  key.innerL3 = l4 + icmp.HEADER_SIZE;
  key.l3 = key.innerL3;
  let bad = metaFamily(words[KEY_META]) === 4 ? parseIpv4(key, innerSize, true) : parseIpv6(key, innerSize);
  key.innerL4 = key.l4;
  key.l3 = l3;
  key.l4 = l4;
  if (bad !== R.REASON_NONE) return innerBad(key, bad);
  if (!isForInnerSource(words)) return R.ICMP_ERROR_NOT_OURS;
  bad = innerTransport(key, key.innerL3 + innerSize - key.innerL4);
  if (bad !== R.REASON_NONE) return innerBad(key, bad);
  reverseKey(words);
  key.isRelated = true;
  return R.REASON_NONE;
}

function innerBad(key: PacketKey, reason: number): number {
  key.detail[0] = icmp.type(key.bytes, key.l4);
  key.detail[1] = icmp.code(key.bytes, key.l4);
  key.detail[2] = reason;
  return R.ICMP_ERROR_INNER_BAD;
}

/** An error must be addressed to whom it tells about. */
function isForInnerSource(words: Int32Array): boolean {
  const count = metaFamily(words[KEY_META]) === 4 ? 1 : 4;
  for (let i = 0; i < count; i++) if (words[KEY_SRC_ADDR + i] !== BEFORE[KEY_DST_ADDR + i]) return false;
  return true;
}

function innerTransport(key: PacketKey, size: number): number {
  const { bytes, words, innerL4 } = key;
  const meta = words[KEY_META];
  const proto = (meta >>> 8) & 0xff;
  words[KEY_L4] = 0;
  const isKeyed = proto === 6 || proto === 17 || proto === 132 || isIcmp(meta);
  if (isKeyed && size < INNER_L4_SIZE) return R.L4_TRUNCATED;
  if (proto !== IP_PROTO_ICMP && proto !== IP_PROTO_ICMPV6) return extractPorts(key, innerL4);
  if (!isIcmp(meta)) return R.REASON_NONE;
  // An error about an error is no packet of any connection.
  return kindOf(meta, icmp.type(bytes, innerL4)) === QUERY ? query(key, innerL4) : R.ICMP_TYPE_UNTRACKED;
}
