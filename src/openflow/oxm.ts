/**
 * NXM and OXM: type-length-value encodings of match fields, in matches and inside actions.
 *
 * A header is class 16 | field 7 | has-mask 1 | length 8; class 0xffff puts an experimenter number behind it, which the
 * length includes. Fields have their numbers in the field table. The checks, and the errors they give, are those of
 * Open vSwitch: a mask on a field that takes none is BAD_MASK, a 1 in the value under a 0 in the mask BAD_WILDCARDS.
 */
import { type FieldId, idToSend } from '../match/field-ids.js';
import { FIELD_NAMES, FIELDS, type FieldName, fieldSize, SLOTS } from '../match/fields.js';
import { type ErrorName, OpenFlowError } from './errors.js';
import { loadBig, type Reader } from './reader.js';
import { portFrom32 } from './struct.js';
import type { Writer } from './writer.js';

const EXPERIMENTER = 0xffff;
const EXPERIMENTER_SIZE = 4;
const HAS_MASK = 0x100;

/** How a field is encoded in a TLV. */
export interface FieldEncoding {
  readonly field: FieldName;
  /** Bytes of the value. */
  readonly size: number;
  /** All bits of the value. */
  readonly ones: bigint;
  /** The bits that may be 1. */
  readonly allowed: bigint;
  readonly maskable: boolean;
  /** Has a mask on the wire whatever it is: flags, of which only some can be matched. */
  readonly alwaysMasked: boolean;
  /** Tunnel metadata without a TLV map. */
  readonly unmapped: boolean;
}

export interface Entry {
  readonly encoding: FieldEncoding;
  readonly value: bigint;
  readonly mask: bigint;
}

/** What ct_state may be matched on: new, est, rel, rpl, inv, trk, snat, dnat. */
const CT_STATE_BITS = 0xffn;

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function allowedBits(field: FieldName): bigint {
  const { slot, bits, shift = 0 } = FIELDS[field];
  if (field === 'ct_state') return CT_STATE_BITS;
  if (field === 'in_port_oxm' || slot === null) return ones(bits);
  return ones(Math.min(SLOTS[slot][1], fieldSize(field) * 8)) << BigInt(shift);
}

function encodingOf(field: FieldName): FieldEncoding {
  const { slot, maskable, alwaysMasked = false } = FIELDS[field];
  const size = fieldSize(field);
  return {
    field,
    size,
    ones: ones(size * 8),
    allowed: allowedBits(field),
    maskable,
    alwaysMasked,
    unmapped: slot === null,
  };
}

/** Key of a header without its mask bit and length. Experimenters lie above all 23-bit standard keys. */
const standardKey = (oxmClass: number, id: number): number => (oxmClass << 7) | id;
const experimenterKey = (experimenter: number, id: number): number => (experimenter + 1) * 0x800000 + id;

/** By key of the header. */
const FIELD_OF_KEY = new Map<number, FieldName>();
/** Filled as fields are asked for. */
const ENCODING_OF_FIELD = new Map<FieldName, FieldEncoding>();

for (const field of FIELD_NAMES) {
  const { nxm, oxm, also } = FIELDS[field];
  if (nxm) FIELD_OF_KEY.set(keyOf(nxm[1], nxm[2], nxm[3]), field);
  if (oxm) FIELD_OF_KEY.set(keyOf(oxm[1], oxm[2], oxm[4]), field);
  if (also) FIELD_OF_KEY.set(keyOf(also[1], also[2], also[4]), field);
}

function keyOf(oxmClass: number, id: number, experimenter = 0): number {
  return oxmClass === EXPERIMENTER ? experimenterKey(experimenter, id) : standardKey(oxmClass, id);
}

export function encodingOfField(field: FieldName): FieldEncoding {
  let encoding = ENCODING_OF_FIELD.get(field);
  if (encoding === undefined) ENCODING_OF_FIELD.set(field, (encoding = encodingOf(field)));
  return encoding;
}

function encodingOfKey(key: number): FieldEncoding | null {
  const field = FIELD_OF_KEY.get(key);
  return field === undefined ? null : encodingOfField(field);
}

/** A TLV's header, taken apart. `encoding` is null if no field has that number. */
export interface Header {
  encoding: FieldEncoding | null;
  hasMask: boolean;
  /** Bytes behind the header: value and, if there is one, mask. */
  payload: number;
  /** The first 32 bits as they came. */
  raw: number;
}

/** Takes a header off; lengths are checked, whether the field is known is not. */
export function readHeader(r: Reader): Header {
  if (r.remaining < 4) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const raw = r.u32();
  const hasMask = (raw & HAS_MASK) !== 0;
  const length = raw & 0xff;
  const id = (raw >>> 9) & 0x7f;
  if (raw >>> 16 !== EXPERIMENTER) {
    return { encoding: encodingOfKey(standardKey(raw >>> 16, id)), hasMask, payload: length, raw };
  }
  if (r.remaining < EXPERIMENTER_SIZE || length < EXPERIMENTER_SIZE) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const encoding = encodingOfKey(experimenterKey(r.u32(), id));
  return { encoding, hasMask, payload: length - EXPERIMENTER_SIZE, raw };
}

/** True if the length in the header is that of the field. */
export const fits = (header: Header, encoding: FieldEncoding): boolean =>
  header.payload === (header.hasMask ? encoding.size * 2 : encoding.size);

/** The field a header names, without value: sources and destinations of actions. */
export function readFieldHeader(r: Reader, unknown: ErrorName = 'OFPBMC_BAD_FIELD'): FieldName {
  const header = readHeader(r);
  const { encoding } = header;
  if (encoding === null || !fits(header, encoding)) throw new OpenFlowError(unknown);
  if (header.hasMask) throw new OpenFlowError('OFPBMC_BAD_MASK');
  if (encoding.unmapped) throw new OpenFlowError('NXFMFC_INVALID_TLV_FIELD');
  return encoding.field;
}

/** The field named by a header of 32 bits, in actions older than experimenters' fields; whether it says "masked" does not matter. */
export function readFieldNumber(r: Reader): FieldName {
  const raw = r.u32();
  const encoding = raw >>> 16 === EXPERIMENTER ? null : encodingOfKey(standardKey(raw >>> 16, (raw >>> 9) & 0x7f));
  const hasMask = (raw & HAS_MASK) !== 0;
  if (!encoding || !fits({ encoding, hasMask, payload: raw & 0xff, raw }, encoding))
    throw new OpenFlowError('OFPBAC_BAD_SET_TYPE');
  if (encoding.unmapped) throw new OpenFlowError('NXFMFC_INVALID_TLV_FIELD');
  return encoding.field;
}

/** Value and mask behind a header; without a mask on the wire, all ones. */
export function readPayload(r: Reader, header: Header): Entry {
  const { encoding, hasMask, payload } = header;
  if (r.remaining < payload) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const at = r.pos;
  r.pos += payload;
  if (hasMask && !maskCovers(r.bytes, at, payload >>> 1)) throw new OpenFlowError('OFPBMC_BAD_WILDCARDS');
  if (encoding === null || (!encoding.unmapped && !fits(header, encoding))) throw new OpenFlowError('OFPBMC_BAD_FIELD');
  if (encoding.unmapped) throw new OpenFlowError('NXFMFC_INVALID_TLV_FIELD');
  const value = loadBig(r.view, at, encoding.size);
  return { encoding, value, mask: hasMask ? loadBig(r.view, at + encoding.size, encoding.size) : encoding.ones };
}

/** True if no bit of the value is 1 where the mask behind it is 0. */
function maskCovers(bytes: Uint8Array, at: number, size: number): boolean {
  for (let i = 0; i < size; i++) if ((bytes[at + i]! & ~bytes[at + size + i]!) !== 0) return false;
  return true;
}

/** Whether the field can hold this: no bits above its width, and a port must be one that exists in 16 bits. */
export function isValidValue(encoding: FieldEncoding, value: bigint): boolean {
  if ((value & ~encoding.allowed) !== 0n) return false;
  if (encoding.field !== 'in_port_oxm' && encoding.field !== 'actset_output') return true;
  const port = Number(value);
  return port < 0xff00 || port >= 0xffffff00;
}

/** A field that takes no masks takes the two that are none: all ones and all zeros. */
export function isValidMask(encoding: FieldEncoding, mask: bigint): boolean {
  return encoding.maskable || mask === 0n || (mask & encoding.allowed) === encoding.allowed;
}

/** 16-bit port in the value of in_port_oxm. */
export const portOfValue = (value: bigint): number => portFrom32(Number(value));

function id(field: FieldName, version: number): FieldId {
  const found = idToSend(field, version);
  if (found === null) throw new Error(`field ${field} has no NXM or OXM number`);
  return found;
}

/** Whether the field can be named on the wire at all. */
export const hasNumber = (field: FieldName): boolean => idToSend(field, 0) !== null;

function putHeader(w: Writer, { oxmClass, id, experimenter }: FieldId, hasMask: boolean, payload: number): void {
  const length = oxmClass === EXPERIMENTER ? payload + EXPERIMENTER_SIZE : payload;
  w.u32(((oxmClass << 16) | (id << 9) | (hasMask ? HAS_MASK : 0) | length) >>> 0);
  if (oxmClass === EXPERIMENTER) w.u32(experimenter);
}

/** The header alone, as actions name a source or destination. `version` 0 prefers NXM. */
export function writeFieldHeader(w: Writer, field: FieldName, version: number, hasMask = false): void {
  const found = id(field, version);
  putHeader(w, found, hasMask, hasMask ? found.size * 2 : found.size);
}

/** Bytes that `writeFieldHeader` takes: 4, or 8 with an experimenter. */
export const headerSize = (field: FieldName, version: number): number =>
  id(field, version).oxmClass === EXPERIMENTER ? 8 : 4;

/** A TLV of a match: with its value, and with the mask unless that has all the field's bits. */
export function writeEntry(w: Writer, field: FieldName, value: bigint, mask: bigint, version: number): void {
  const { allowed, alwaysMasked } = encodingOfField(field);
  const isExact = !alwaysMasked && (mask & allowed) === allowed;
  putEntry(w, id(field, version), value, isExact ? null : mask);
}

/**
 * A TLV of an action: with the mask unless that has all the bits of the value's bytes. A mask of all the field's bits is one all the
 * same: who writes "the lower 20 of 32 bits" is told so again.
 */
export function writeMasked(w: Writer, field: FieldName, value: bigint, mask: bigint, version: number): void {
  putEntry(w, id(field, version), value, mask === encodingOfField(field).ones ? null : mask);
}

function putEntry(w: Writer, found: FieldId, value: bigint, mask: bigint | null): void {
  putHeader(w, found, mask !== null, mask === null ? found.size : found.size * 2);
  w.big(value, found.size);
  if (mask !== null) w.big(mask, found.size);
}
