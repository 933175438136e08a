/** ofp_match of OpenFlow 1.0: 40 bytes, every field exact or wild, IPv4 addresses by prefix. */

import { ETH_TYPE_IPV6 } from '../../datapath/wire/numbers.js';
import { PCP_MASK, VID_MASK } from '../../datapath/wire/vlan.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { VLAN_PRESENT } from '../match/key.js';
import { Match } from '../match/match.js';
import { l3Fields, numberIn, readPorts, wildcardsOf } from './match-fixed.js';
import { loadBig, type Reader } from './reader.js';
import type { Writer } from './writer.js';

export const MATCH10_SIZE = 40;

const WILD = {
  inPort: 1,
  vlan: 2,
  ethSrc: 4,
  ethDst: 8,
  ethType: 0x10,
  proto: 0x20,
  tpSrc: 0x40,
  tpDst: 0x80,
  vlanPcp: 1 << 20,
  tos: 1 << 21,
} as const;
const SRC_SHIFT = 8;
const DST_SHIFT = 14;
/** Bits of the wildcards that mean something. */
export const WILD_ALL = (1 << 22) - 1;
const ADDRESS_BITS = 0x3f;

const VLAN_NONE = 0xffff;

/** Offsets in the structure. */
const AT = {
  inPort: 4,
  ethSrc: 6,
  ethDst: 12,
  vlan: 18,
  vlanPcp: 20,
  ethType: 22,
  tos: 24,
  proto: 25,
  src: 28,
  dst: 32,
  tpSrc: 36,
} as const;

export interface Match10 {
  match: Match;
  /** Nothing is wild: such flows have the highest priority. */
  isExact: boolean;
}

/** Fields whose prerequisites the match lacks do not count. */
export function readMatch10(r: Reader): Match10 {
  r.need(MATCH10_SIZE);
  const at = r.pos;
  const { view } = r;
  const wild = view.getUint32(at);
  const match = new Match();
  if (!(wild & WILD.inPort)) match.set('in_port', BigInt(view.getUint16(at + AT.inPort)));
  if (!(wild & WILD.ethSrc)) match.set('eth_src', loadBig(view, at + AT.ethSrc, 6));
  if (!(wild & WILD.ethDst)) match.set('eth_dst', loadBig(view, at + AT.ethDst, 6));
  if (!(wild & WILD.ethType)) match.set('eth_type', BigInt(view.getUint16(at + AT.ethType)));
  readVlan(match, wild, view, at);
  readL3(match, wild, view, at);
  r.pos = at + MATCH10_SIZE;
  return { match, isExact: (wild & WILD_ALL) === 0 };
}

function readVlan(match: Match, wild: number, view: DataView, at: number): void {
  const vid = view.getUint16(at + AT.vlan);
  if (!(wild & WILD.vlan) && vid === VLAN_NONE) {
    match.set('vlan_tci', 0n);
    return;
  }
  const mask = (wild & WILD.vlan ? 0 : VID_MASK | VLAN_PRESENT) | (wild & WILD.vlanPcp ? 0 : PCP_MASK | VLAN_PRESENT);
  if (mask === 0) return;
  const tci = (vid & VID_MASK) | VLAN_PRESENT | ((view.getUint8(at + AT.vlanPcp) << 13) & PCP_MASK);
  match.set('vlan_tci', BigInt(tci & mask), BigInt(mask));
}

function readL3(match: Match, wild: number, view: DataView, at: number): void {
  const type = wild & WILD.ethType ? 0 : view.getUint16(at + AT.ethType);
  const l3 = l3Fields(type, true);
  if (l3 === null) return;
  const proto = wild & WILD.proto ? 0 : view.getUint8(at + AT.proto);
  if (!(wild & WILD.proto)) match.set(l3.proto, BigInt(proto));
  if (l3.src !== null) readAddress(match, l3.src, view.getUint32(at + AT.src), wild >>> SRC_SHIFT);
  if (l3.dst !== null) readAddress(match, l3.dst, view.getUint32(at + AT.dst), wild >>> DST_SHIFT);
  if (!l3.isIp) return;
  if (!(wild & WILD.tos)) match.set('nw_tos', BigInt(view.getUint8(at + AT.tos) & 0xfc));
  readPorts(match, { type, proto }, [(wild & WILD.tpSrc) !== 0, (wild & WILD.tpDst) !== 0], view, at + AT.tpSrc);
}

/** `wildBits`: how many low bits do not matter, in its lowest six bits; 32 and more is all. */
function readAddress(match: Match, field: FieldName, value: number, wildBits: number): void {
  const bits = wildBits & ADDRESS_BITS;
  if (bits >= 32) return;
  const mask = (0xffffffff << bits) >>> 0;
  match.set(field, BigInt((value & mask) >>> 0), BigInt(mask));
}

const WILD_ROWS: readonly (readonly [FieldName, number])[] = [
  ['in_port', WILD.inPort],
  ['eth_src', WILD.ethSrc],
  ['eth_dst', WILD.ethDst],
  ['eth_type', WILD.ethType],
  ['nw_proto', WILD.proto],
  ['nw_tos', WILD.tos],
  ['tcp_src', WILD.tpSrc],
  ['tcp_dst', WILD.tpDst],
];

export function writeMatch10(w: Writer, match: Match): void {
  const number = numberIn(match);
  const vlan = vlan10(match);
  const wild =
    wildcardsOf(match, WILD_ROWS) |
    vlan.wild |
    (wildBits(match, 'ip_src') << SRC_SHIFT) |
    (wildBits(match, 'ip_dst') << DST_SHIFT);
  w.u32(wild >>> 0);
  w.u16(number('in_port'));
  w.big(match.get('eth_src').value, 6);
  w.big(match.get('eth_dst').value, 6);
  w.u16(vlan.vid);
  w.u8(vlan.pcp);
  w.zeros(1);
  w.u16(number('eth_type'));
  w.u8(number('nw_tos'));
  w.u8(number('nw_proto'));
  w.zeros(2);
  w.u32(number('ip_src'));
  w.u32(number('ip_dst'));
  w.u16(number('tcp_src'));
  w.u16(number('tcp_dst'));
}

function vlan10(match: Match): { wild: number; vid: number; pcp: number } {
  const mask = Number(match.get('vlan_tci').mask);
  const tci = Number(match.get('vlan_tci').value);
  if (mask === 0) return { wild: WILD.vlan | WILD.vlanPcp, vid: 0, pcp: 0 };
  if (mask & VLAN_PRESENT && !(tci & VLAN_PRESENT)) return { wild: 0, vid: VLAN_NONE, pcp: 0 };
  return {
    wild: (mask & VID_MASK ? 0 : WILD.vlan) | (mask & PCP_MASK ? 0 : WILD.vlanPcp),
    vid: mask & VID_MASK ? tci & VID_MASK : 0,
    pcp: mask & PCP_MASK ? tci >>> 13 : 0,
  };
}

/** Low bits of an address that do not matter, as far as a prefix can say. */
function wildBits(match: Match, field: FieldName): number {
  const mask = Number(match.get(field).mask);
  if (mask === 0) return 32;
  return 31 - Math.clz32(mask & -mask);
}

/** True if the structure can say all of the match. What is in an IPv6 packet is left to NXM, as in Open vSwitch. */
export function fitsMatch10(match: Match): boolean {
  const isV6 = match.get('eth_type').value === BigInt(ETH_TYPE_IPV6);
  return match.fields().every((field) => {
    if (isV6 && INSIDE_IP.has(field)) return false;
    const support = FIELDS[field].of10;
    if (field === 'vlan_tci') return fitsVlan10(match);
    if (support === 'exact') return match.isExact(field);
    return support === 'cidr' && isPrefix(Number(match.get(field).mask));
  });
}

/** Ports need a protocol. */
const INSIDE_IP: ReadonlySet<FieldName> = new Set<FieldName>(['nw_proto', 'nw_tos']);

function isPrefix(mask: number): boolean {
  const inverse = ~mask >>> 0;
  return (inverse & (inverse + 1)) === 0;
}

function fitsVlan10(match: Match): boolean {
  const { value, mask } = match.get('vlan_tci');
  if (mask === 0xffffn && value === 0n) return true;
  if ((Number(value & mask) & VLAN_PRESENT) === 0) return false;
  const vid = Number(mask) & VID_MASK;
  const pcp = Number(mask) & PCP_MASK;
  return (vid === 0 || vid === VID_MASK) && (pcp === 0 || pcp === PCP_MASK) && (vid | pcp) !== 0;
}
