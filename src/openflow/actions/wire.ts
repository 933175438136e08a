/** What the codecs of single actions share: their context, headers, subfields, the numbers of vendors. */

import { FIELDS, type FieldName } from '../../match/fields.js';
import { VLAN_PRESENT_VALUE } from '../../match/key.js';
import type { Match } from '../../match/match.js';
import type { Action, Subfield } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import type { OfVersion } from '../message-types.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

export const NX_VENDOR = 0x2320;
export const ONF_VENDOR = 0x4f4e4600;
const EXPERIMENTER_TYPE = 0xffff;

/** ct() may hold another list of actions; nothing else does, and not in itself. */
export interface DecodeContext {
  readonly version: OfVersion;
  readonly outer: 'ct' | null;
}

/** Encoding some actions needs to know what the packet is by then: OpenFlow 1.2+ has no `mod_tp_src`, but one per protocol. */
export interface EncodeContext {
  readonly version: OfVersion;
  hasVlan: boolean;
  readonly ipProto: number;
}

export function encodeContext(version: OfVersion, match?: Match): EncodeContext {
  if (!match) return { version, hasVlan: false, ipProto: 0 };
  const { value, mask } = match.get('vlan_tci');
  return {
    version,
    hasVlan: (value & mask & VLAN_PRESENT_VALUE) !== 0n,
    ipProto: match.isExact('nw_proto') ? Number(match.get('nw_proto').value) : 0,
  };
}

/** Starts an action of the standard; returns where, for `close`. */
export function open(w: Writer, type: number): number {
  const from = w.size;
  w.u16(type);
  w.u16(0);
  return from;
}

/** Starts an extension. */
export function openVendor(w: Writer, vendor: number, subtype: number): number {
  const from = open(w, EXPERIMENTER_TYPE);
  w.u32(vendor);
  w.u16(subtype);
  return from;
}

/** Pads the action to a multiple of 8 and writes its length. */
export function close(w: Writer, from: number): void {
  w.pad8(from);
  w.patchSize(from + 2, from);
}

/** Bytes of a field that senders must leave zero. */
export function mustBeZero(r: Reader, size: number): void {
  r.zeros(size, 'NXBRC_MUST_BE_ZERO');
}

/** start 10 bits | bits - 1 6 bits. */
export const packRange = (sf: Subfield): number => (sf.start << 6) | (sf.bits - 1);

export const unpackRange = (field: FieldName, packed: number): Subfield => ({
  field,
  start: packed >>> 6,
  bits: (packed & 0x3f) + 1,
});

/** `value`, which must have no bits outside `mask`. */
export function within(value: number, mask: number, what: string): number {
  if ((value & ~mask) !== 0) throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', what);
  return value;
}

export function checkSource(sf: Subfield): Subfield {
  if (sf.bits === 0 || sf.start + sf.bits > FIELDS[sf.field].bits) throw new OpenFlowError('OFPBAC_BAD_SET_LEN');
  return sf;
}

export function checkDestination(sf: Subfield): Subfield {
  checkSource(sf);
  if (!FIELDS[sf.field].writable) throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', `${sf.field} is not writable`);
  return sf;
}

const isCtField = (field: FieldName): boolean => field === 'ct_mark' || field === 'ct_label';

/** The field an action sets, of those that may stand inside ct(). */
function written(action: Action): FieldName | null {
  if (action.type === 'set_field') return action.field;
  return action.type === 'load' || action.type === 'move' ? action.dst.field : null;
}

/** ct_mark and ct_label are set, and addresses translated, inside ct() and nowhere else; ct() allows nothing else. */
export function checkPlace(action: Action, outer: 'ct' | null): void {
  const field = written(action);
  if (outer === 'ct') {
    if (action.type === 'nat' || (field !== null && isCtField(field))) return;
    throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', `${action.type} is not allowed inside ct()`);
  }
  if (action.type === 'nat' || (field !== null && isCtField(field))) {
    throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', `${field ?? 'nat'} is only allowed inside ct()`);
  }
}
