/**
 * Masks: rows of words of a key's layout in which a one bit means "this bit matters". The shape word of a mask is 0.
 * Un-wildcarding only ever adds bits: a one too many costs speed, a one too few gives some packet another's answer.
 */
import type { FieldName } from './fields.js';
import { compiledField, readSlot, slotOfValue, writeSlot } from './key.js';
import { FLOW_WORDS } from './layout.js';

export function newMask(): Int32Array {
  return new Int32Array(FLOW_WORDS);
}

/** Adds bits of a field's value; by default all of them. */
export function maskField(mask: Int32Array, at: number, field: FieldName, bits?: bigint): void {
  const f = compiledField(field);
  if (f === null) return;
  const slot = bits === undefined || f.isPort32 ? f.slotOnes : slotOfValue(f, bits);
  // What covers all bits of the value covers the slot, though that may be wider (in_port).
  const added = bits !== undefined && (bits & f.fullMask) === f.fullMask ? f.slotOnes : slot;
  writeSlot(mask, at, f, readSlot(mask, at, f) | added);
}

/** into |= mask, over `count` words. */
export function orMask(into: Int32Array, mask: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) into[i] |= mask[i];
}

/** True if every bit of `inner` is in `outer`. */
export function maskCovers(outer: Int32Array, inner: Int32Array): boolean {
  for (let i = 0; i < inner.length; i++) if ((inner[i] & ~outer[i]) !== 0) return false;
  return true;
}

/** True if the two rows agree in all bits of the mask. */
export function equalUnderMask(a: Int32Array, aAt: number, b: Int32Array, bAt: number, mask: Int32Array): boolean {
  for (let i = 0; i < mask.length; i++) if (((a[aAt + i] ^ b[bAt + i]) & mask[i]) !== 0) return false;
  return true;
}
