/** field[start..start + bits - 1], bit 0 being the least significant: what load, move, push, learn and `zone=` name. */
import type { FieldName } from './fields.js';
import { getField, onesOf, setMasked } from './key.js';

export interface Subfield {
  readonly field: FieldName;
  readonly start: number;
  readonly bits: number;
}

/** The bits of the field that the subfield covers. */
export function subfieldMask(sf: Subfield): bigint {
  return onesOf(sf.bits) << BigInt(sf.start);
}

export function readSubfield(words: Int32Array, at: number, sf: Subfield): bigint {
  return (getField(words, at, sf.field) >> BigInt(sf.start)) & onesOf(sf.bits);
}

/** Bits of the value beyond the subfield's are dropped. */
export function writeSubfield(words: Int32Array, at: number, sf: Subfield, value: bigint): void {
  setMasked(words, at, sf.field, value << BigInt(sf.start), subfieldMask(sf));
}
