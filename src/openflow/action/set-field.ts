/**
 * Actions that set fields, in the ways the versions have for it: OFPAT_SET_FIELD (1.2+, with a mask from 1.5),
 * NXAST_REG_LOAD and REG_LOAD2 (to 1.4), and OpenFlow 1.0's own actions for the few fields it knows.
 */
import { FIELDS, type FieldName } from '../../match/fields.js';
import type { Action, ActionOf, Subfield } from '../action-types.js';
import { checkDestination, close, type EncodeContext, open, openNx, packRange, unpackRange } from '../action-wire.js';
import { OpenFlowError } from '../errors.js';
import {
  type Entry,
  fits,
  formOfField,
  headerSize,
  isValidValue,
  readFieldNumber,
  readHeader,
  readPayload,
  writeFieldHeader,
  writeMasked,
} from '../oxm.js';
import type { Reader } from '../reader.js';
import { OF10, OF12, OF15 } from '../version.js';
import type { Writer } from '../writer.js';

const NXM = 0;
const VLAN_PRESENT = 0x1000n;
const LOAD_BITS = 64;

const STRIP_VLAN = 3;
const PUSH_VLAN = 17;
const POP_VLAN = 18;
const SET_FIELD = 25;
const REG_LOAD = 7;
const REG_LOAD2 = 33;

/** A TLV behind the action's header, with only zeros after it. */
function readTlv(r: Reader): Entry & { hasMask: boolean } {
  const header = readHeader(r);
  if (header.form === null) throw new OpenFlowError('OFPBAC_BAD_SET_TYPE');
  if (!fits(header, header.form)) throw new OpenFlowError('OFPBAC_BAD_SET_LEN');
  const { form, value, mask } = readPayload(r, header);
  r.zeros(r.remaining, 'OFPBAC_BAD_SET_ARGUMENT');
  return { form, value, mask, hasMask: header.hasMask };
}

function checkSet({ form, value, mask }: Entry): void {
  const { field } = form;
  const lacksVlan = field === 'vlan_vid' && (value & mask & VLAN_PRESENT) === 0n;
  if (field === 'in_port_oxm' || !FIELDS[field].writable || !isValidValue(form, value) || lacksVlan) {
    throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', field);
  }
}

function decodeTlv(r: Reader, masked: boolean): ActionOf<'set_field'> {
  const entry = readTlv(r);
  if (entry.hasMask && !masked) throw new OpenFlowError('OFPBAC_BAD_SET_MASK');
  checkSet(entry);
  const { form, value, mask } = entry;
  return { type: 'set_field', field: form.field, value, mask };
}

export const decodeSetField = (r: Reader): Action => decodeTlv(r, false);
export const decodeSetFieldMasked = (r: Reader): Action => decodeTlv(r, true);
/** Any bits of a field that can be written; whether it can be matched under a mask does not matter. */
export function decodeLoad2(r: Reader): Action {
  const { form, value, mask } = readTlv(r);
  if (!FIELDS[form.field].writable) throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', form.field);
  return { type: 'set_field', field: form.field, value, mask, load2: true };
}

export function decodeLoad(r: Reader): Action {
  const range = r.u16();
  const dst = checkDestination(unpackRange(readFieldNumber(r), range));
  const value = r.u64();
  if (value >> BigInt(dst.bits) !== 0n) throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'value is wider than its field');
  return { type: 'load', dst, value };
}

export function encodeSetField(w: Writer, action: ActionOf<'set_field'>, context: EncodeContext): void {
  const { field, value, mask } = action;
  const { version } = context;
  const { allowed, ones } = formOfField(field);
  const isWhole = version < OF12 ? (mask & allowed) === allowed : mask === ones;
  if (version < OF15 && action.load2) putLoad2(w, field, value, mask);
  else if (version >= OF15 || (version >= OF12 && isWhole)) putSetField(w, field, value, mask, version);
  else if (version >= OF12 || !isWhole || !putOld(w, field, value, context)) {
    putLoads(w, field, value, mask);
  }
  if (field === 'vlan_tci') context.hasVlan = (value & mask & VLAN_PRESENT) !== 0n;
}

export function encodeLoad(w: Writer, action: ActionOf<'load'>, context: EncodeContext): void {
  const { dst, value } = action;
  if (context.version < OF15) return putLoad(w, dst, value);
  const shift = BigInt(dst.start);
  const mask = ((1n << BigInt(dst.bits)) - 1n) << shift;
  // A set_field of vlan_vid must be of the tag's "present" bit too (OpenFlow 1.5, 7.2.6.6), which bits of it need not be.
  const field = dst.field === 'vlan_vid' ? 'vlan_tci' : dst.field;
  // Bits that the key has no room for (of an ARP opcode, the upper eight) may be loaded and not be set: they are lost either way.
  putSetField(w, field, (value << shift) & formOfField(field).allowed, mask, context.version);
}

export function putSetField(w: Writer, field: FieldName, value: bigint, mask: bigint, version: number): void {
  const from = open(w, SET_FIELD);
  writeMasked(w, field, value, mask, version);
  close(w, from);
}

/** Sets a whole field, as the versions from 1.2 do what 1.0 has an action for. */
export function putWhole(w: Writer, field: FieldName, value: number, version: number): void {
  putSetField(w, field, BigInt(value), formOfField(field).ones, version);
}

export function putLoad(w: Writer, dst: Subfield, value: bigint): void {
  if (headerSize(dst.field, NXM) !== 4) {
    const shift = BigInt(dst.start);
    return putLoad2(w, dst.field, value << shift, ((1n << BigInt(dst.bits)) - 1n) << shift);
  }
  const from = openNx(w, REG_LOAD);
  w.u16(packRange(dst));
  writeFieldHeader(w, dst.field, NXM);
  w.u64(value);
  close(w, from);
}

function putLoad2(w: Writer, field: FieldName, value: bigint, mask: bigint): void {
  const from = openNx(w, REG_LOAD2);
  writeMasked(w, field, value, mask, NXM);
  close(w, from);
}

/** One load for each run of ones in the mask, lowest first; a run is at most 64 bits long. */
function putLoads(w: Writer, field: FieldName, value: bigint, mask: bigint): void {
  if (headerSize(field, NXM) !== 4) return putLoad2(w, field, value, mask);
  const { bits } = FIELDS[field];
  const isSet = (bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n;
  for (let start = 0; start < bits; start++) {
    if (!isSet(start)) continue;
    let end = start + 1;
    while (end < bits && end - start < LOAD_BITS && isSet(end)) end++;
    const size = end - start;
    putLoad(w, { field, start, bits: size }, (value >> BigInt(start)) & ((1n << BigInt(size)) - 1n));
    start = end - 1;
  }
}

type Put = (w: Writer, value: bigint, version: number) => void;

/** Which fields OpenFlow 1.0 and 1.1 set by actions of their own: [type in 1.0, type in 1.1], bytes, bytes of padding. */
const short = (old: number, newer: number, size: number, change = (value: bigint): bigint => value): Put => {
  return (w, value, version) => {
    const from = open(w, version === OF10 ? old : newer);
    w.big(change(value), size);
    close(w, from);
  };
};

const DSCP_TO_TOS = (value: bigint): bigint => value << 2n;
const WITHOUT_PRESENT = (value: bigint): bigint => value & 0xfffn;

const OLD: Partial<Record<FieldName, Put>> = {
  vlan_vid: short(1, 1, 2, WITHOUT_PRESENT),
  dl_vlan: short(1, 1, 2, WITHOUT_PRESENT),
  vlan_pcp: short(2, 2, 1),
  dl_vlan_pcp: short(2, 2, 1),
  eth_src: short(4, 3, 6),
  eth_dst: short(5, 4, 6),
  ip_src: short(6, 5, 4),
  ip_dst: short(7, 6, 4),
  nw_tos: short(8, 7, 1),
  ip_dscp: short(8, 7, 1, DSCP_TO_TOS),
  tcp_src: short(9, 9, 2),
  udp_src: short(9, 9, 2),
  tcp_dst: short(10, 10, 2),
  udp_dst: short(10, 10, 2),
};

function putOld(w: Writer, field: FieldName, value: bigint, context: EncodeContext): boolean {
  const { version } = context;
  if (field === 'vlan_tci') {
    putTci(w, value, context);
    return true;
  }
  if (field === 'nw_ecn' && version !== OF10) {
    short(8, 8, 1)(w, value, version);
    return true;
  }
  const put = OLD[field];
  put?.(w, value, version);
  return put !== undefined;
}

/** A whole tag: with the "present" bit VID and PCP are set (1.1 must push one where none is), without it the tag goes. */
function putTci(w: Writer, value: bigint, { version, hasVlan }: EncodeContext): void {
  if ((value & VLAN_PRESENT) === 0n) return close(w, open(w, version === OF10 ? STRIP_VLAN : POP_VLAN));
  if (version !== OF10 && !hasVlan) {
    const from = open(w, PUSH_VLAN);
    w.u16(0x8100);
    close(w, from);
  }
  short(1, 1, 2, WITHOUT_PRESENT)(w, value, version);
  short(2, 2, 1)(w, value >> 13n, version);
}
