/** The "standard" match of OpenFlow 1.1: 88 bytes; 1-bits of its masks are wild. */

import { ETH_TYPE_MPLS, ETH_TYPE_MPLS_MCAST } from '../../datapath/wire/numbers.js';
import { PCP_MASK, VID_MASK } from '../../datapath/wire/vlan.js';
import type { FieldName } from '../match/fields.js';
import { VLAN_PRESENT, VLAN_PRESENT_VALUE } from '../match/key.js';
import { Match } from '../match/match.js';
import { OpenFlowError } from './errors.js';
import { l3Fields, numberIn, readPorts, wildcardsOf } from './match-fixed.js';
import { loadBig, type Reader } from './reader.js';
import { portFrom32, portTo32 } from './struct.js';
import type { Writer } from './writer.js';

const SIZE = 88;

const WILD = {
  inPort: 1,
  vlan: 2,
  vlanPcp: 4,
  ethType: 8,
  tos: 0x10,
  proto: 0x20,
  tpSrc: 0x40,
  tpDst: 0x80,
  mplsLabel: 0x100,
  mplsTc: 0x200,
} as const;

const AT = {
  inPort: 4,
  wild: 8,
  ethSrc: 12,
  ethDst: 24,
  vlan: 36,
  vlanPcp: 38,
  ethType: 40,
  tos: 42,
  proto: 43,
  src: 44,
  dst: 52,
  tpSrc: 60,
  mplsLabel: 64,
  mplsTc: 68,
  metadata: 72,
} as const;

const VID_ANY = 0xfffe;
const VID_NONE = 0xffff;
const ETH_MPLS = [ETH_TYPE_MPLS, ETH_TYPE_MPLS_MCAST];

/** `size` is that of the structure's own header. */
export function readStandardMatch(r: Reader, size: number): Match {
  if (size !== SIZE || r.remaining < SIZE) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const at = r.pos;
  const { view } = r;
  const wild = view.getUint32(at + AT.wild);
  const match = new Match();
  if (!(wild & WILD.inPort)) match.set('in_port', BigInt(portFrom32(view.getUint32(at + AT.inPort))));
  readMasked(match, 'eth_src', view, at + AT.ethSrc, 6);
  readMasked(match, 'eth_dst', view, at + AT.ethDst, 6);
  if (!(wild & WILD.vlan)) readVlan(match, wild, view, at);
  if (!(wild & WILD.ethType)) match.set('eth_type', BigInt(view.getUint16(at + AT.ethType)));
  readL3(match, wild, view, at);
  readMasked(match, 'metadata', view, at + AT.metadata, 8);
  r.pos = at + SIZE;
  return match;
}

function readMasked(match: Match, field: FieldName, view: DataView, at: number, size: number): void {
  const mask = ~loadBig(view, at + size, size) & ((1n << BigInt(size * 8)) - 1n);
  if (mask !== 0n) match.set(field, loadBig(view, at, size) & mask, mask);
}

function readVlan(match: Match, wild: number, view: DataView, at: number): void {
  const vid = view.getUint16(at + AT.vlan);
  if (vid === VID_NONE) {
    match.set('vlan_tci', 0n);
    return;
  }
  if (vid === VID_ANY) match.set('vlan_vid', VLAN_PRESENT_VALUE, VLAN_PRESENT_VALUE);
  else if (vid > VID_MASK) throw new OpenFlowError('OFPBMC_BAD_VALUE', 'VLAN id');
  else match.set('vlan_vid', BigInt(vid) | VLAN_PRESENT_VALUE);
  if (wild & WILD.vlanPcp) return;
  const pcp = view.getUint8(at + AT.vlanPcp);
  if (pcp > 7) throw new OpenFlowError('OFPBMC_BAD_VALUE', 'VLAN priority');
  match.set('vlan_pcp', BigInt(pcp));
}

function readL3(match: Match, wild: number, view: DataView, at: number): void {
  const type = wild & WILD.ethType ? 0 : view.getUint16(at + AT.ethType);
  if (ETH_MPLS.includes(type)) return readMpls(match, wild, view, at);
  const l3 = l3Fields(type, false);
  if (l3 === null) return;
  if (l3.isIp && !(wild & WILD.tos)) {
    const tos = view.getUint8(at + AT.tos);
    if ((tos & 3) !== 0) throw new OpenFlowError('OFPBMC_BAD_VALUE', 'TOS');
    match.set('nw_tos', BigInt(tos));
  }
  const proto = view.getUint8(at + AT.proto);
  if (!(wild & WILD.proto)) match.set(l3.proto, BigInt(proto));
  if (l3.src !== null) readMasked(match, l3.src, view, at + AT.src, 4);
  if (l3.dst !== null) readMasked(match, l3.dst, view, at + AT.dst, 4);
  if (!l3.isIp || wild & WILD.proto) return;
  readPorts(match, { type, proto }, [(wild & WILD.tpSrc) !== 0, (wild & WILD.tpDst) !== 0], view, at + AT.tpSrc);
}

function readMpls(match: Match, wild: number, view: DataView, at: number): void {
  if (!(wild & WILD.mplsLabel)) match.set('mpls_label', BigInt(view.getUint32(at + AT.mplsLabel) & 0xfffff));
  if (!(wild & WILD.mplsTc)) match.set('mpls_tc', BigInt(view.getUint8(at + AT.mplsTc) & 7));
}

const WILD_ROWS: readonly (readonly [FieldName, number])[] = [
  ['in_port', WILD.inPort],
  ['eth_type', WILD.ethType],
  ['nw_tos', WILD.tos],
  ['nw_proto', WILD.proto],
  ['tcp_src', WILD.tpSrc],
  ['tcp_dst', WILD.tpDst],
  ['mpls_label', WILD.mplsLabel],
  ['mpls_tc', WILD.mplsTc],
];

export function writeStandardMatch(w: Writer, match: Match): void {
  const number = numberIn(match);
  const vlan = vlan11(match);
  w.u16(0);
  w.u16(SIZE);
  w.u32(portTo32(number('in_port')));
  w.u32(wildcardsOf(match, WILD_ROWS) | vlan.wild);
  writeMasked(w, match, 'eth_src', 6);
  writeMasked(w, match, 'eth_dst', 6);
  w.u16(vlan.vid);
  w.u8(vlan.pcp);
  w.zeros(1);
  w.u16(number('eth_type'));
  w.u8(number('nw_tos'));
  w.u8(number('nw_proto'));
  writeMasked(w, match, 'ip_src', 4);
  writeMasked(w, match, 'ip_dst', 4);
  w.u16(number('tcp_src'));
  w.u16(number('tcp_dst'));
  w.u32(number('mpls_label'));
  w.u8(number('mpls_tc'));
  w.zeros(3);
  writeMasked(w, match, 'metadata', 8);
}

function writeMasked(w: Writer, match: Match, field: FieldName, size: number): void {
  const { value, mask } = match.get(field);
  w.big(value, size);
  w.big(~mask & ((1n << BigInt(size * 8)) - 1n), size);
}

function vlan11(match: Match): { wild: number; vid: number; pcp: number } {
  const mask = Number(match.get('vlan_tci').mask);
  const tci = Number(match.get('vlan_tci').value);
  if (mask === 0) return { wild: WILD.vlan | WILD.vlanPcp, vid: 0, pcp: 0 };
  if (mask & VLAN_PRESENT && !(tci & VLAN_PRESENT)) return { wild: WILD.vlanPcp, vid: VID_NONE, pcp: 0 };
  const vid = mask & VID_MASK ? tci & VID_MASK : VID_ANY;
  const hasPcp = (mask & PCP_MASK) !== 0;
  return { wild: hasPcp ? 0 : WILD.vlanPcp, vid, pcp: hasPcp ? tci >>> 13 : 0 };
}
