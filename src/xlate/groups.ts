/**
 * The action `group`: buckets of actions, all of them, the first that is live, or one chosen by the packet's hash. Each
 * bucket works on the packet as it came to the group, as an action set; what follows the group sees none of its changes.
 *
 * A select group chooses by a hash that the datapath computes: the packet recirculates with it and comes back to the group,
 * where the choice rests on a few bits of the hash. So one cached flow serves all connections that go the same way, and the
 * hash, symmetric over addresses and ports, keeps a connection with its bucket.
 */
import { HASH_L4, HASH_SYM_L4 } from '../../datapath/actions/ops.js';
import { finish, mix } from '../../datapath/base/hash.js';
import { W_DP_HASH } from '../../datapath/keys/layout.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { fullMask, getField } from '../match/key.js';
import type { CountedBucket, Group } from '../ofproto/groups.js';
import { ANY_GROUP } from '../openflow/group-types.js';
import { orderActionSet } from './action-set.js';
import { runActions } from './apply.js';
import { commit } from './commit.js';
import type { Context } from './context.js';
import { MAX_DEPTH } from './errors.js';
import { examine, hasField } from './fields.js';
import { recirculateRest } from './rest.js';
import type { XlateBridge } from './view.js';

/** Slots of the table that maps hashes to buckets: a power of two. */
const MIN_SLOTS = 16;
const MAX_SLOTS = 256;
/** Groups that watch groups that watch groups. */
const MAX_WATCH_DEPTH = 16;

export function groupAction(ctx: Context, id: number): void {
  const group = ctx.bridge.group(id);
  if (group === null) return ctx.observer?.note(`group ${id} does not exist`);
  if (ctx.depth >= MAX_DEPTH) return ctx.fail('too-deep');
  ctx.depth++;
  runGroup(ctx, group);
  ctx.depth--;
}

function runGroup(ctx: Context, group: Group): void {
  switch (group.type) {
    case 'all':
    case 'indirect':
      ctx.buckets.push({ group, bucket: null });
      for (const bucket of group.buckets) runBucket(ctx, bucket);
      return;
    case 'ff':
      return choose(ctx, group, group.buckets.find((bucket) => isLive(ctx.bridge, bucket)) ?? null);
    case 'select':
      return select(ctx, group);
  }
}

function choose(ctx: Context, group: Group, bucket: CountedBucket | null): void {
  if (bucket === null) return ctx.observer?.note('no live bucket');
  ctx.buckets.push({ group, bucket });
  runBucket(ctx, bucket);
}

/** A bucket that has to wait for the packet to come back waits alone. */
function runBucket(ctx: Context, bucket: CountedBucket): void {
  if (ctx.error !== null) return;
  const { endsWithGroup } = ctx;
  ctx.endsWithGroup = false;
  const actions = orderActionSet(bucket.actions);
  const run = (): void => {
    runActions(ctx, actions);
    recirculateRest(ctx, []);
  };
  // The tracker may translate addresses: what comes after the group must not be sent with them.
  ctx.aside(run, () => !endsWithGroup && actions.some(({ type }) => type === 'ct'));
}

/** A bucket that watches nothing is live. */
function isLive(bridge: XlateBridge, bucket: CountedBucket, depth = 0): boolean {
  const { watchPort, watchGroup } = bucket;
  if (watchPort === null && watchGroup === ANY_GROUP) return true;
  if (watchPort !== null && bridge.isPortLive(watchPort)) return true;
  const group = watchGroup === ANY_GROUP || depth >= MAX_WATCH_DEPTH ? null : bridge.group(watchGroup);
  return group?.buckets.some((other) => isLive(bridge, other, depth + 1)) ?? false;
}

function select(ctx: Context, group: Group): void {
  if (group.selection?.method === 'hash') return choose(ctx, group, selectByFields(ctx, group));
  const slots = slotsOf(group);
  if (slots === null) return choose(ctx, group, selectByFlow(ctx, group));
  if (!ctx.isHashed) return recirculateWithHash(ctx, group);
  examine(ctx, 'dp_hash', BigInt(slots.length - 1));
  choose(ctx, group, firstLive(ctx, group, slots, ctx.key[W_DP_HASH]));
}

function firstLive(ctx: Context, group: Group, slots: Uint16Array, hash: number): CountedBucket | null {
  for (let i = 0; i < slots.length; i++) {
    const bucket = group.buckets[slots[(hash + i) & (slots.length - 1)]]!;
    if (isLive(ctx.bridge, bucket)) return bucket;
  }
  return null;
}

/** A copy of the packet comes back to the group, and to nothing else. */
function recirculateWithHash(ctx: Context, group: Group): void {
  commit(ctx);
  const id = ctx.freeze({ actionSet: [], group: group.id });
  if (id === 0) return;
  const param = group.selection?.param ?? 0n;
  const isPlain = group.selection !== null && param >> 32n === 0n;
  ctx.program.hash(isPlain ? HASH_L4 : HASH_SYM_L4, Number(BigInt.asIntN(32, param)));
  ctx.program.recirc(id);
}

const tables = new WeakMap<Group, { slots: Uint16Array | null }>();

/** Which bucket each hash leads to, made once for a group; null if all weights are 0 or too far apart for it. */
function slotsOf(group: Group): Uint16Array | null {
  let table = tables.get(group);
  if (table === undefined) tables.set(group, (table = { slots: spread(group.buckets.map(({ weight }) => weight)) }));
  return table.slots;
}

/** Shares slots out by weight (Webster's method: the next slot to whoever has least for its weight); none for a weight of 0. */
export function spread(weights: readonly number[]): Uint16Array | null {
  const positive = weights.filter((weight) => weight > 0);
  if (positive.length === 0) return null;
  const total = positive.reduce((sum, weight) => sum + weight, 0);
  const wanted = Math.max(MIN_SLOTS, 4 * positive.length, Math.ceil(total / Math.min(...positive)));
  const count = 2 ** Math.ceil(Math.log2(wanted));
  if (count > MAX_SLOTS) return null;
  const divisors = weights.map(() => 1);
  return Uint16Array.from({ length: count }, () => {
    let winner = 0;
    for (let i = 1; i < weights.length; i++)
      if (weights[i]! / divisors[i]! > weights[winner]! / divisors[winner]!) winner = i;
    divisors[winner]! += 2;
    return winner;
  });
}

/**
 * The live bucket with the best score for this hash; null if no live bucket has a weight. Scores are made so that each bucket
 * wins with the chance weight / sum of weights, however far apart the weights are, and that only the packets of a bucket that
 * dies, or that comes back, move (weighted rendezvous hashing: the smallest of exponentially distributed numbers, whose rates
 * are the weights).
 */
function byScore(ctx: Context, group: Group, hash: number): CountedBucket | null {
  let best: CountedBucket | null = null;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const bucket of group.buckets) {
    if (bucket.weight === 0 || !isLive(ctx.bridge, bucket)) continue;
    const score = -Math.log(fractionOf(finish(mix(hash, bucket.id), 4))) / bucket.weight;
    if (score >= bestScore) continue;
    best = bucket;
    bestScore = score;
  }
  return best;
}

/** A 32-bit hash as a number between 0 and 1, neither of which it ever is. */
const fractionOf = (hash: number): number => ((hash >>> 0) + 0.5) / 2 ** 32;

/** `selection_method=hash`: the fields that the controller named. */
function selectByFields(ctx: Context, group: Group): CountedBucket | null {
  const { fields, param } = group.selection!;
  let hash = Number(BigInt.asIntN(32, param ^ (param >> 32n)));
  for (const { field, mask } of fields) hash = mixField(ctx, hash, field, mask);
  return byScore(ctx, group, hash);
}

const FLOW_FIELDS: readonly FieldName[] = [
  'eth_src',
  'eth_dst',
  'ip_src',
  'ip_dst',
  'ipv6_src',
  'ipv6_dst',
  'nw_proto',
];
const PORT_FIELDS: readonly FieldName[] = ['tcp_src', 'tcp_dst', 'udp_src', 'udp_dst', 'sctp_src', 'sctp_dst'];

/** Weights that no table of slots can hold: each connection is looked at. */
function selectByFlow(ctx: Context, group: Group): CountedBucket | null {
  let hash = 0;
  for (const field of FLOW_FIELDS) hash = mixField(ctx, hash, field, fullMask(field));
  for (const field of PORT_FIELDS) hash = mixField(ctx, hash, field, fullMask(field));
  return byScore(ctx, group, hash);
}

function mixField(ctx: Context, hash: number, field: FieldName, mask: bigint): number {
  if (!hasField(ctx, field)) return hash;
  examine(ctx, field, mask);
  let value = getField(ctx.key, 0, field) & mask;
  for (let bits = FIELDS[field].bits; bits > 0; bits -= 32) {
    hash = mix(hash, Number(BigInt.asIntN(32, value)));
    value >>= 32n;
  }
  return hash;
}
