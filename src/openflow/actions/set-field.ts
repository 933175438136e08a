/**
 * Actions that set any field, written in the way that each version has for it (set-field-wire.ts), or by OpenFlow 1.0's own actions
 * for the few fields it knows.
 */

import { ETH_TYPE_VLAN } from '../../../datapath/wire/numbers.js';
import { NXM_VERSION } from '../../match/field-ids.js';
import { FIELDS, type FieldName } from '../../match/fields.js';
import { VLAN_PRESENT_VALUE } from '../../match/key.js';
import type { ActionOf } from '../action-types.js';
import { encodingOfField, headerSize } from '../oxm.js';
import { OF10, OF12, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import {
  SET_ETH_DST,
  SET_ETH_SRC,
  SET_IP_DSCP,
  SET_IP_ECN,
  SET_IPV4_DST,
  SET_IPV4_SRC,
  SET_L4_DST_PORT,
  SET_L4_SRC_PORT,
} from './header.js';
import { doc, REWRITE, type Rows, send, sendFirst } from './row.js';
import { putLoad, putLoad2, putSetField, REG_LOAD, REG_LOAD2, SET_FIELD } from './set-field-wire.js';
import { PUSH_VLAN, SET_VLAN_PCP, SET_VLAN_VID, STRIP_VLAN } from './vlan.js';
import type { EncodeContext } from './wire.js';

/** Bits that one NXAST_REG_LOAD can set. */
const LOAD_BITS = 64;

function encodeSetField(w: Writer, action: ActionOf<'set_field'>, context: EncodeContext): void {
  const { field, value, mask } = action;
  const { version } = context;
  const { allowed, ones } = encodingOfField(field);
  const isWhole = version < OF12 ? (mask & allowed) === allowed : mask === ones;
  if (version < OF15 && action.load2) putLoad2(w, field, value, mask, context);
  else if (version >= OF15 || (version >= OF12 && isWhole)) putSetField(w, field, value, mask, context);
  else if (version >= OF12 || !isWhole || !putOld(w, field, value, context)) {
    putLoads(w, field, value, mask, context);
  }
  if (field === 'vlan_tci') context.hasVlan = (value & mask & VLAN_PRESENT_VALUE) !== 0n;
}

function encodeLoad(w: Writer, action: ActionOf<'load'>, context: EncodeContext): void {
  const { dst, value } = action;
  if (context.version < OF15) return putLoad(w, dst, value, context);
  const shift = BigInt(dst.start);
  const mask = ((1n << BigInt(dst.bits)) - 1n) << shift;
  // A set_field of vlan_vid must be of the tag's "present" bit too (OpenFlow 1.5, 7.2.6.6), which bits of it need not be.
  const field = dst.field === 'vlan_vid' ? 'vlan_tci' : dst.field;
  // Bits that the key has no room for (of an ARP opcode, the upper eight) may be loaded and not be set: they are lost either way.
  putSetField(w, field, (value << shift) & encodingOfField(field).allowed, mask, context);
}

/** One load for each run of ones in the mask, lowest first; a run is at most 64 bits long. */
function putLoads(w: Writer, field: FieldName, value: bigint, mask: bigint, context: EncodeContext): void {
  if (headerSize(field, NXM_VERSION) !== 4) return putLoad2(w, field, value, mask, context);
  const { bits } = FIELDS[field];
  const isSet = (bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n;
  for (let start = 0; start < bits; start++) {
    if (!isSet(start)) continue;
    let end = start + 1;
    while (end < bits && end - start < LOAD_BITS && isSet(end)) end++;
    const size = end - start;
    const part = (value >> BigInt(start)) & ((1n << BigInt(size)) - 1n);
    putLoad(w, { field, start, bits: size }, part, context);
    start = end - 1;
  }
}

type Put = (w: Writer, value: bigint, context: EncodeContext) => void;

const putVid: Put = (w, value, context) =>
  sendFirst(w, SET_VLAN_VID, { type: 'set_vlan_vid', vid: Number(value & 0xfffn), pushIfMissing: false }, context);
const putPcp: Put = (w, value, context) =>
  sendFirst(w, SET_VLAN_PCP, { type: 'set_vlan_pcp', pcp: Number(value), pushIfMissing: false }, context);
const putTos: Put = (w, value, context) =>
  sendFirst(w, SET_IP_DSCP, { type: 'set_ip_dscp', dscp: Number(value) }, context);
const putSrcPort: Put = (w, value, context) =>
  sendFirst(w, SET_L4_SRC_PORT, { type: 'set_l4_src_port', port: Number(value) }, context);
const putDstPort: Put = (w, value, context) =>
  sendFirst(w, SET_L4_DST_PORT, { type: 'set_l4_dst_port', port: Number(value) }, context);

/** Which fields OpenFlow 1.0 and 1.1 set by actions of their own. */
const OLD: Partial<Record<FieldName, Put>> = {
  vlan_vid: putVid,
  dl_vlan: putVid,
  vlan_pcp: putPcp,
  dl_vlan_pcp: putPcp,
  eth_src: (w, mac, context) => sendFirst(w, SET_ETH_SRC, { type: 'set_eth_src', mac }, context),
  eth_dst: (w, mac, context) => sendFirst(w, SET_ETH_DST, { type: 'set_eth_dst', mac }, context),
  ip_src: (w, value, context) => sendFirst(w, SET_IPV4_SRC, { type: 'set_ipv4_src', address: Number(value) }, context),
  ip_dst: (w, value, context) => sendFirst(w, SET_IPV4_DST, { type: 'set_ipv4_dst', address: Number(value) }, context),
  nw_tos: putTos,
  ip_dscp: (w, value, context) => putTos(w, value << 2n, context),
  tcp_src: putSrcPort,
  udp_src: putSrcPort,
  tcp_dst: putDstPort,
  udp_dst: putDstPort,
};

function putOld(w: Writer, field: FieldName, value: bigint, context: EncodeContext): boolean {
  if (field === 'vlan_tci') {
    putTci(w, value, context);
    return true;
  }
  if (field === 'nw_ecn' && context.version !== OF10) {
    send(w, SET_IP_ECN, { type: 'set_ip_ecn', ecn: Number(value) }, context);
    return true;
  }
  const put = OLD[field];
  put?.(w, value, context);
  return put !== undefined;
}

/** A whole tag: with the "present" bit VID and PCP are set (1.1 must push one where none is), without it the tag goes. */
function putTci(w: Writer, value: bigint, context: EncodeContext): void {
  if ((value & VLAN_PRESENT_VALUE) === 0n) return sendFirst(w, STRIP_VLAN, { type: 'strip_vlan' }, context);
  if (context.version !== OF10 && !context.hasVlan)
    send(w, PUSH_VLAN, { type: 'push_vlan', ethertype: ETH_TYPE_VLAN }, context);
  putVid(w, value, context);
  putPcp(w, value >> 13n, context);
}

export const SET_FIELD_ROWS: Rows<'set_field' | 'load'> = {
  set_field: {
    encodings: [...SET_FIELD, REG_LOAD2],
    encode: encodeSetField,
    place: REWRITE,
    docs: [doc('set_field:VALUE[/MASK]->FIELD', 'set_field:1->reg0', 'writes a field')],
  },
  load: {
    encodings: [REG_LOAD],
    encode: encodeLoad,
    place: REWRITE,
    docs: [doc('load:VALUE->DST', 'load:1->NXM_NX_REG0[]', 'writes a part of a field')],
  },
};
