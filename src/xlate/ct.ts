/**
 * The action ct(): hands the packet to the tracker; with `table=` a copy comes back by recirculation while the original goes
 * on untracked (ovs-actions(7), "The ct action").
 */
import * as CT from '../../datapath/conntrack/record/ct-action.js';
import { W_CT_IPV6_DST, W_CT_LABEL, W_CT_MARK, W_CT_NW_SRC, W_CT_STATE_ZONE } from '../../datapath/keys/layout.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { readSubfield, subfieldMask } from '../match/subfield.js';
import type { Action, ActionOf, Subfield } from '../openflow/action-types.js';
import { commit } from './commit.js';
import type { Context } from './context.js';
import { isPipelineOnly, readExamined } from './fields.js';

export function ctAction(ctx: Context, a: ActionOf<'ct'>): void {
  commit(ctx);
  const words = new Int32Array(CT.CT_ACTION_WORDS);
  words[CT.CT_FLAGS] = (a.commit ? CT.CT_COMMIT : 0) | (a.force ? CT.CT_FORCE : 0);
  words[CT.CT_ZONE] = zoneOf(ctx, a.zone);
  words[CT.CT_HELPER] = a.alg;
  if (a.commit) words[CT.CT_TIMEOUT_POLICY] = ctx.bridge.timeoutPolicy(words[CT.CT_ZONE]);
  for (const nested of a.exec) execNested(ctx, words, nested);
  ctx.program.ct(words);
  if (a.table !== undefined) recirculate(ctx, a.table);
  clearConntrack(ctx);
}

/** `ct_clear`: only a packet that is tracked needs telling the datapath. */
export function ctClearAction(ctx: Context): void {
  if (!ctx.conntracked) return;
  commit(ctx);
  ctx.program.ctClear();
  clearConntrack(ctx);
}

/** From here on the packet of this translation is untracked, whatever the tracker found out. */
export function clearConntrack(ctx: Context): void {
  ctx.conntracked = false;
  for (const key of [ctx.key, ctx.base]) {
    key[W_CT_STATE_ZONE] = key[W_CT_MARK] = 0;
    key.fill(0, W_CT_LABEL, W_CT_LABEL + 4);
    key.fill(0, W_CT_NW_SRC, W_CT_IPV6_DST + 4);
  }
}

/** A zone read from what the frozen state supplied needs no match: the recirculation id already implies it. */
function zoneOf(ctx: Context, zone: number | Subfield): number {
  if (typeof zone === 'number') return zone;
  const fromFrozen = ctx.isResumed && isPipelineOnly(zone.field);
  return Number(fromFrozen ? readSubfield(ctx.key, 0, zone) : readExamined(ctx, zone));
}

function execNested(ctx: Context, words: Int32Array, action: Action): void {
  switch (action.type) {
    case 'set_field':
      return writeExec(words, action.field, action.value, action.mask);
    case 'load':
      return writeSubfieldExec(words, action.dst, action.value);
    case 'move':
      return writeSubfieldExec(words, action.dst, readExamined(ctx, action.src));
    case 'nat':
      return CT.putNat(words, action);
    default:
      ctx.fail('unsupported-action'); // ofproto accepts no other inside ct()
  }
}

function writeSubfieldExec(words: Int32Array, dst: Subfield, value: bigint): void {
  writeExec(words, dst.field, value << BigInt(dst.start), subfieldMask(dst));
}

/** Adds masked bits of ct_mark or ct_label to what the tracker is to write. */
function writeExec(words: Int32Array, field: FieldName, value: bigint, mask: bigint): void {
  const isMark = field === 'ct_mark';
  const count = FIELDS[field].bits / 32;
  const valueAt = isMark ? CT.CT_MARK_VALUE : CT.CT_LABEL_VALUE;
  const maskAt = isMark ? CT.CT_MARK_MASK : CT.CT_LABEL_MASK;
  for (let i = 0; i < count; i++) {
    const shift = BigInt(32 * (count - 1 - i));
    const wordMask = Number(BigInt.asIntN(32, mask >> shift));
    words[valueAt + i] = (words[valueAt + i] & ~wordMask) | (Number(BigInt.asIntN(32, value >> shift)) & wordMask);
    words[maskAt + i] |= wordMask;
  }
}

/** The copy that resumes in `table` sees the ct_* fields; its pipeline state is frozen under a recirculation id. */
function recirculate(ctx: Context, table: number): void {
  const id = ctx.freeze({ table, conntracked: true });
  if (id !== 0) ctx.program.recirc(id);
}
