/**
 * Masks: rows of words of a key's layout in which a one bit means "this bit matters". The presence word of a mask is 0.
 * Un-wildcarding only ever adds bits: a one too many costs speed, a one too few gives some packet another's answer.
 */
import type { FieldName } from './fields.js';
import { type CompiledField, compiledField, readSlot, slotOfValue, writeSlot } from './key.js';

/** Adds bits of a field's value; by default all of them. */
export function maskField(mask: Int32Array, at: number, field: FieldName, bits?: bigint): void {
  const f = compiledField(field);
  if (f === null) return;
  // What covers all bits of the value covers the slot, though that may be wider (in_port).
  if (bits === undefined || f.isPort32 || (bits & f.fullMask) === f.fullMask) return maskSlot(mask, at, f);
  writeSlot(mask, at, f, readSlot(mask, at, f) | slotOfValue(f, bits));
}

function maskSlot(mask: Int32Array, at: number, { firstWord, wordBits }: CompiledField): void {
  for (let i = 0; i < wordBits.length; i++) mask[at + firstWord + i] |= wordBits[i];
}
