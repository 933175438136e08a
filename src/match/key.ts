/**
 * Reading and writing fields of a key (a row of words, layout.ts) by name: the control plane's way, with bigint values.
 * The packet path reads words directly.
 *
 * Each field's row is compiled once into numbers. Writing keeps a key valid: the presence bit of a rare group follows its
 * words, and the tag protocol of a VLAN header comes and goes with its "present" bit. Masks are no keys, they have
 * neither: write them with mask.ts.
 */

import { FLOW_WORDS, GROUPS, W_GROUPS, W_VLAN } from '../../datapath/keys/layout.js';
import { ETH_TYPE_VLAN } from '../../datapath/wire/numbers.js';
import { CFI } from '../../datapath/wire/vlan.js';
import { FIELDS, type FieldName, fieldSize, SLOTS } from './fields.js';

/** A field, ready for use. */
export interface CompiledField {
  readonly name: FieldName;
  readonly firstWord: number;
  readonly lastWord: number;
  /** Distance of the value's lowest bit from the lowest bit of `lastWord`, and of the slot from the value. */
  readonly lowBit: number;
  readonly shift: bigint;
  /** Ones for the bits of the slot. */
  readonly slotOnes: bigint;
  /** The slot's bits in its word if it lies in one, else 0. */
  readonly wordMask: number;
  /** The slot's bits in each of its words, from `firstWord` on. */
  readonly wordBits: Int32Array;
  /** What an exact match has for a mask. */
  readonly fullMask: bigint;
  /** Bits that a value may have. */
  readonly validBits: bigint;
  /** The value is a port in OpenFlow 1.1's 32-bit form, the slot has the 16-bit one. */
  readonly isPort32: boolean;
  readonly isVlan: boolean;
}

/** Bit of a TCI in the key that says that the tag is there: the only way to tell VLAN 0 from none. */
export const VLAN_PRESENT = CFI;
/** The same, as values of fields are. */
export const VLAN_PRESENT_VALUE = BigInt(VLAN_PRESENT);

/** From here on 16-bit ports are reserved numbers, which 32 bits have at the top. */
const RESERVED_PORTS = 0xff00n;
const PORT32_OFFSET = 0xffff0000n;

/** A bigint of so many 1 bits. */
export const onesOf = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** Filled as fields are asked for. */
const COMPILED = new Map<FieldName, CompiledField | null>();

/** The words of a key in which the field lies, the first and the last; null if it has no place there. */
export function wordsOfField(name: FieldName): readonly [first: number, last: number] | null {
  const { slot } = FIELDS[name];
  if (slot === null) return null;
  const [start, bits] = SLOTS[slot];
  return [start >> 5, (start + bits - 1) >> 5];
}

function compile(name: FieldName): CompiledField | null {
  const row = FIELDS[name];
  if (row.slot === null) return null;
  const [start, bits] = SLOTS[row.slot];
  const shift = row.shift ?? 0;
  const firstWord = start >> 5;
  const lastWord = (start + bits - 1) >> 5;
  const lowBit = 31 - ((start + bits - 1) & 31);
  const slotOnes = onesOf(bits);
  const width = Math.min(Math.max(row.bits, bits + shift), fieldSize(name) * 8);
  const fullMask = row.alwaysMasked ? slotOnes : onesOf(width);
  return {
    name,
    firstWord,
    lastWord,
    lowBit,
    shift: BigInt(shift),
    slotOnes,
    wordMask: firstWord === lastWord ? Number(slotOnes << BigInt(lowBit)) | 0 : 0,
    wordBits: wordsOf(slotOnes << BigInt(lowBit), lastWord - firstWord + 1),
    fullMask,
    validBits: fullMask & (slotOnes << BigInt(shift)),
    isPort32: row.format === 'ofPort32',
    isVlan: firstWord === W_VLAN,
  };
}

/** So many words, the most significant first. */
const wordsOf = (value: bigint, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => Number(BigInt.asIntN(32, value >> BigInt(32 * (count - 1 - i)))));

/** Null for fields without a place in a key. */
export function compiledField(name: FieldName): CompiledField | null {
  let compiled = COMPILED.get(name);
  if (compiled === undefined) {
    compiled = compile(name);
    COMPILED.set(name, compiled);
  }
  return compiled;
}

/** A key of FLOW_WORDS words, all zero: an untracked packet without headers. */
export function newKey(): Int32Array {
  return new Int32Array(FLOW_WORDS);
}

/** True if the value has no bits that the field lacks, and is a port where it must be one. */
export function isValidValue(field: FieldName, value: bigint): boolean {
  const f = compiledField(field);
  if (f === null) return value >> BigInt(FIELDS[field].bits) === 0n;
  if ((value & ~f.validBits) !== 0n) return false;
  return !f.isPort32 || value < RESERVED_PORTS || value >= PORT32_OFFSET + RESERVED_PORTS;
}

/** The mask of an exact match: ones for every bit of the value (for the few fields with holes, every bit that exists). */
export function fullMask(field: FieldName): bigint {
  return compiledField(field)?.fullMask ?? onesOf(FIELDS[field].bits);
}

/** A field without a slot reads as 0. */
export function getField(words: Int32Array, at: number, field: FieldName): bigint {
  const f = compiledField(field);
  if (f === null) return 0n;
  return valueOfSlot(f, readSlot(words, at, f));
}

/** Bits of the value beyond the field's are dropped; a field without a slot stays unwritten. */
export function setField(words: Int32Array, at: number, field: FieldName, value: bigint): void {
  const f = compiledField(field);
  if (f === null) return;
  writeSlot(words, at, f, slotOfValue(f, value));
  finishWrite(words, at, f);
}

/** Writes the bits that are set in `mask`. */
export function setMasked(words: Int32Array, at: number, field: FieldName, value: bigint, mask: bigint): void {
  setField(words, at, field, (getField(words, at, field) & ~mask) | (value & mask));
}

export function slotOfValue(f: CompiledField, value: bigint): bigint {
  if (f.isPort32 && value >= PORT32_OFFSET) value -= PORT32_OFFSET;
  return (value >> f.shift) & f.slotOnes;
}

export function valueOfSlot(f: CompiledField, slot: bigint): bigint {
  const value = slot << f.shift;
  return f.isPort32 && value >= RESERVED_PORTS && value <= 0xffffn ? value + PORT32_OFFSET : value;
}

/** Reads the bits of a slot from a key or a mask. */
export function readSlot(words: Int32Array, at: number, f: CompiledField): bigint {
  if (f.wordMask !== 0) return BigInt((words[at + f.lastWord] & f.wordMask) >>> f.lowBit);
  let value = 0n;
  for (let i = at + f.firstWord; i <= at + f.lastWord; i++) value = (value << 32n) | BigInt(words[i] >>> 0);
  return (value >> BigInt(f.lowBit)) & f.slotOnes;
}

/** Writes the bits of a slot, and no others, of a key or a mask. */
export function writeSlot(words: Int32Array, at: number, f: CompiledField, slot: bigint): void {
  if (f.wordMask !== 0) {
    const i = at + f.lastWord;
    words[i] = (words[i] & ~f.wordMask) | (Number(slot) << f.lowBit);
    return;
  }
  let ones = f.slotOnes << BigInt(f.lowBit);
  let value = slot << BigInt(f.lowBit);
  for (let i = at + f.lastWord; i >= at + f.firstWord; i--) {
    const mask = Number(ones & 0xffffffffn);
    words[i] = (words[i] & ~mask) | Number(value & 0xffffffffn);
    ones >>= 32n;
    value >>= 32n;
  }
}

function finishWrite(words: Int32Array, at: number, f: CompiledField): void {
  if (f.isVlan) fixTagProtocol(words, at);
  for (let i = 0; i < GROUPS.length; i++) {
    const group = GROUPS[i];
    if (f.lastWord >= group.from && f.firstWord < group.to) updateGroup(words, at, group);
  }
}

/** A header that appears by a write is an 802.1Q one; one whose "present" bit is gone has no protocol either. */
function fixTagProtocol(words: Int32Array, at: number): void {
  const tag = words[at + W_VLAN];
  if ((tag & VLAN_PRESENT) === 0) words[at + W_VLAN] = tag & 0xffff;
  else if (tag >>> 16 === 0) words[at + W_VLAN] = tag | (ETH_TYPE_VLAN << 16);
}

function updateGroup(words: Int32Array, at: number, group: (typeof GROUPS)[number]): void {
  let any = 0;
  for (let i = at + group.from; i < at + group.to; i++) any |= words[i];
  if (any !== 0) words[at + W_GROUPS] |= group.bit;
  else words[at + W_GROUPS] &= ~group.bit;
}

/** Sets the presence bits of the rare groups that are not zero, after words were written directly. */
export function recomputeGroups(words: Int32Array, at: number): void {
  words[at + W_GROUPS] = 0;
  for (let i = 0; i < GROUPS.length; i++) updateGroup(words, at, GROUPS[i]);
}
