/**
 * Translation: the OpenFlow tables, applied to one packet's key, become a datapath program.
 *
 *     key ──> tables, rules, actions ──> program   what to do with the packet
 *                                        mask      which bits of the key decided that: any packet equal in these bits
 *                                                  gets the same program, so the pair is installed as a megaflow
 *                                        effects   what else is to happen (MAC learning); data, applied by the bridge
 *                                        rules     whose counters such packets increase
 *
 * Translation reads and never writes: running it again with the same tables gives the same result, which is how cached flows
 * are revalidated and how a trace has no consequences. The one thing it takes are references on recirculation ids
 * (freeze.ts); who keeps the result returns them with `releaseTranslation`.
 */

import {
  DP_WORDS,
  FLOW_WORDS,
  FRAG_LATER,
  W_ACTSET_OUTPUT,
  W_ARP_HA,
  W_CT_STATE_ZONE,
  W_IN_PORT,
  W_IPV6_SRC,
  W_MPLS,
  W_NSH_BASE,
  W_NW_DST,
  W_NW_SRC,
  W_PACKET_TYPE,
  W_RECIRC_ID,
  W_SKB_PRIORITY,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TUN_ID,
  W_TYPE_PROTO_FRAG,
  W_VLAN,
} from '../../datapath/keys/layout.js';
import { ETH_TYPE_ARP, ETH_TYPE_IPV4, ETH_TYPE_IPV6, ETH_TYPE_RARP } from '../../datapath/wire/numbers.js';
import type { Rule } from '../ofproto/rule.js';
import type { OfTable } from '../ofproto/table.js';
import type { Action } from '../openflow/action-types.js';
import { OFPP } from '../openflow/action-types.js';
import { runActionSet } from './action-set.js';
import { runActions, runRest } from './apply.js';
import { countTags, dlType } from './commit.js';
import { type BucketUse, Context, type XlateObserver } from './context.js';
import { clearConntrack } from './ct.js';
import type { Dependency } from './dependents.js';
import type { Effect } from './effects.js';
import type { XlateError } from './errors.js';
import { type FrozenState, type RecirculationTable, restorePipeline } from './freeze.js';
import { groupAction } from './groups.js';
import { recirculateRest } from './rest.js';
import { tableAction } from './tables.js';
import type { XlateBridge } from './view.js';

/** One packet's key and where it stands in the pipeline. */
export interface TranslateInput {
  bridge: XlateBridge;
  recirculation: RecirculationTable;
  /** FLOW_WORDS words at `at`; in_port as OpenFlow number. Not changed. */
  key: Int32Array;
  at: number;
  /** State to resume from when the packet was recirculated. */
  frozen: FrozenState | null;
  now: number;
  /** In a dry run, the effects of the packet's translations before this one: the tables look as if they had been applied. */
  earlier?: readonly Effect[];
  /** Actions of a packet-out, run instead of a table lookup. */
  actions?: readonly Action[];
  observer?: XlateObserver;
}

/** The result of one translation; see the page on translation. Its recirculation ids have to be given back. */
export interface Translation {
  program: Int32Array;
  /** Only lent, until the next translation. */
  mask: Int32Array;
  effects: readonly Effect[];
  /** It holds until one of these is answered differently, or anything else changes that has no dependents of its own. */
  dependencies: readonly Dependency[];
  rules: readonly Rule[];
  /** Groups whose counters they increase, with the bucket (null: all). */
  buckets: readonly BucketUse[];
  /** Tables looked up in vain. */
  misses: readonly OfTable[];
  recircIds: readonly number[];
  error: XlateError | null;
}

/** Runs the tables; never throws for what rules or packets say, an error is in the result. */
export function translate(input: TranslateInput): Translation {
  const ctx = new Context(input.bridge, input.recirculation, input.now, input.earlier ?? [], input.observer ?? null);
  start(ctx, input);
  const port = ctx.bridge.port(ctx.inPort);
  if (port?.noReceive !== true || input.actions !== undefined) run(ctx, input);
  return finish(ctx);
}

export function releaseTranslation(recirculation: RecirculationTable, recircIds: readonly number[]): void {
  for (const id of recircIds) recirculation.release(id);
}

function start(ctx: Context, { key, at, frozen, actions }: TranslateInput): void {
  // Only a controller can give registers and metadata along with a packet.
  const words = actions === undefined ? DP_WORDS : FLOW_WORDS;
  for (let i = 0; i < words; i++) ctx.key[i] = key[at + i];
  ctx.key[W_ACTSET_OUTPUT] = OFPP.UNSET;
  if (frozen !== null) resume(ctx, frozen);
  else ctx.conntracked = (ctx.key[W_CT_STATE_ZONE] & 0xff) !== 0;
  ctx.base.set(ctx.key);
  ctx.original = ctx.key[W_TYPE_PROTO_FRAG];
  ctx.originalPriority = ctx.key[W_SKB_PRIORITY];
  ctx.isPacketOut = actions !== undefined;
  maskAlways(ctx);
  if (!ctx.conntracked) clearConntrack(ctx);
}

function resume(ctx: Context, frozen: FrozenState): void {
  ctx.isResumed = true;
  restorePipeline(ctx.key, frozen);
  ctx.key[W_IN_PORT] = frozen.inPort;
  ctx.table = frozen.table;
  ctx.stack = [...frozen.stack];
  ctx.actionSet = [...frozen.actionSet];
  ctx.conntracked = frozen.conntracked;
}

const ALL = -1;
/** Which protocol a tag has and that it is there: without them nobody knows where the rest of the headers is. */
const TAG_IDENTITY = 0xffff1000 | 0;

/** What every datapath flow matches on, whether the tables looked or not. */
function maskAlways({ key, mask }: Context): void {
  mask[W_RECIRC_ID] = ALL;
  mask[W_IN_PORT] = ALL;
  mask[W_PACKET_TYPE] = ALL;
  mask[W_TYPE_PROTO_FRAG] = 0xffff0000 | 0;
  if (isIp(key)) mask[W_TYPE_PROTO_FRAG] |= 0xff;
  mask[W_VLAN] = TAG_IDENTITY;
  if (countTags(key) > 0) mask[W_VLAN + 1] = TAG_IDENTITY;
}

const isIp = (key: Int32Array): boolean => dlType(key) === ETH_TYPE_IPV4 || dlType(key) === ETH_TYPE_IPV6;

function run(ctx: Context, { actions, frozen }: TranslateInput): void {
  if (frozen?.group !== undefined) return resumeGroup(ctx, frozen.group);
  if (frozen?.rest !== undefined) runRest(ctx, frozen.rest);
  else if (actions !== undefined) runActions(ctx, actions);
  else tableAction(ctx, { table: ctx.table, inPort: ctx.inPort, honourMiss: true, withCt: false, isFirst: true });
  if (ctx.error === null && ctx.rest === null) runActionSet(ctx);
  recirculateRest(ctx, ctx.actionSet);
}

/** The packet is a copy that has come back with its hash, for the group alone. */
function resumeGroup(ctx: Context, group: number): void {
  ctx.isHashed = ctx.endsWithGroup = true;
  groupAction(ctx, group);
}

function finish(ctx: Context): Translation {
  const failed = ctx.error !== null;
  if (failed) releaseTranslation(ctx.recirculation, ctx.recircIds);
  finishMask(ctx);
  return {
    program: failed ? new Int32Array(0) : ctx.program.build(),
    mask: ctx.mask,
    effects: ctx.effects,
    dependencies: ctx.dependencies,
    rules: ctx.rules,
    buckets: ctx.buckets,
    misses: ctx.misses,
    recircIds: failed ? [] : ctx.recircIds,
    error: ctx.error,
  };
}

/**
 * Drops mask bits of fields the original packet cannot have: they are zero in every packet with the same dl_type, and would
 * only multiply the masks. Also completes what must be matched together.
 */
function finishMask({ mask, original, isResumed }: Context): void {
  const type = original >>> 16;
  // The frozen state has said what the tunnel metadata is, and the recirculation id stands for it.
  if (isResumed) mask.fill(0, W_TUN_ID, W_NSH_BASE);
  mask.fill(0, DP_WORDS, FLOW_WORDS);
  mask[0] = 0;
  if (type !== ETH_TYPE_IPV6) mask.fill(0, W_IPV6_SRC, W_ARP_HA);
  const isArp = type === ETH_TYPE_ARP || type === ETH_TYPE_RARP;
  if (type === ETH_TYPE_IPV6 || type === ETH_TYPE_IPV4 || isArp) mask.fill(0, W_MPLS, W_MPLS + 3);
  if (type !== ETH_TYPE_IPV6 && !isArp) mask.fill(0, W_ARP_HA, W_MPLS);
  if (type !== ETH_TYPE_IPV4 && type !== ETH_TYPE_IPV6) {
    mask[W_TOS_TTL_FLAGS] = 0;
    mask[W_TP] = 0;
    if (!isArp) {
      mask[W_TYPE_PROTO_FRAG] &= 0xffff0000;
      mask[W_NW_SRC] = mask[W_NW_DST] = 0;
    }
  } else if (type === ETH_TYPE_IPV6) mask[W_NW_SRC] = mask[W_NW_DST] = 0;
  if ((original & FRAG_LATER) !== 0) mask[W_TP] = 0;
}
