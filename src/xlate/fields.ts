/** Reading and writing fields of the packet under translation, with what that says about the wildcard mask. */

import { DP_WORDS } from '../../datapath/keys/layout.js';
import { FIELDS, type FieldName, SLOTS } from '../match/fields.js';
import { getField, onesOf, setField } from '../match/key.js';
import { maskField } from '../match/mask.js';
import { keyMeets, prerequisiteFields } from '../match/prerequisites.js';
import { readSubfield, subfieldMask, writeSubfield } from '../match/subfield.js';
import type { ActionOf, Subfield } from '../openflow/action-types.js';
import type { Context } from './context.js';
import { MAX_STACK } from './errors.js';

/** The result depends on these bits of the field; by default on all. */
export const examine = (ctx: Context, field: FieldName, bits?: bigint): void => maskField(ctx.mask, 0, field, bits);

/** True if the packet has the field (tcp_src: is it TCP?); what decides that becomes part of the mask. */
export function hasField(ctx: Context, field: FieldName): boolean {
  for (const prerequisite of prerequisiteFields(field)) examine(ctx, prerequisite);
  return keyMeets(ctx.key, 0, field);
}

export function setFieldAction(ctx: Context, field: FieldName, value: bigint, mask: bigint): void {
  if (!hasField(ctx, field)) return;
  examine(ctx, field, mask);
  setField(ctx.key, 0, field, (getField(ctx.key, 0, field) & ~mask) | (value & mask));
}

/** `load:value->dst` is a set_field of those bits. */
export function loadAction(ctx: Context, dst: Subfield, value: bigint): void {
  setFieldAction(ctx, dst.field, value << BigInt(dst.start), subfieldMask(dst));
}

export function moveAction(ctx: Context, { src, dst }: ActionOf<'move'>): void {
  if (!hasField(ctx, src.field) || !hasField(ctx, dst.field)) return;
  examineSubfield(ctx, src);
  examineSubfield(ctx, dst);
  writeSubfield(ctx.key, 0, dst, readSubfield(ctx.key, 0, src));
}

export function pushAction(ctx: Context, { src }: ActionOf<'push'>): void {
  if (ctx.stack.length >= MAX_STACK) return ctx.fail('stack-too-deep');
  ctx.stack.push(readExamined(ctx, src));
}

/** Popping an empty stack does nothing (a warning in OVS). */
export function popAction(ctx: Context, { dst }: ActionOf<'pop'>): void {
  const value = ctx.stack.pop();
  if (value === undefined) return ctx.observer?.note('stack underflow');
  if (!hasField(ctx, dst.field)) return;
  examineSubfield(ctx, dst);
  writeSubfield(ctx.key, 0, dst, value & onesOf(dst.bits));
}

/** The value of a subfield that decides something, hence examined; 0 where the packet lacks the field. */
export function readExamined(ctx: Context, src: Subfield): bigint {
  if (!hasField(ctx, src.field)) return 0n;
  examineSubfield(ctx, src);
  return readSubfield(ctx.key, 0, src);
}

function examineSubfield(ctx: Context, sf: Subfield): void {
  examine(ctx, sf.field, subfieldMask(sf));
}

/** True for fields that no packet carries: after a resume their values come from the frozen state, not from the packet. */
export function isPipelineOnly(field: FieldName): boolean {
  const { slot } = FIELDS[field];
  return slot === null || slot === 'in_port' || SLOTS[slot][0] >= DP_WORDS * 32;
}
