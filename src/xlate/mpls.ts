/**
 * MPLS labels: push, pop, set, count down. The key holds three entries of the stack, outermost first.
 *
 * A label hides what is behind it: the key of a labelled packet has no network layer. So before the first label is pushed what was
 * written so far is committed, and after the last one was popped the packet must come back (rest.ts) before anything can be
 * said of what was behind. How labels become operations of the datapath is in commit-mpls.ts.
 */

import {
  DP_WORDS,
  W_IPV6_SRC,
  W_MPLS,
  W_NSH_BASE,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { BOTTOM, isBottom, isEthType, makeEntry, TTL_MASK, ttl } from '../../datapath/wire/mpls.js';
import { ETH_TYPE_IPV4, ETH_TYPE_IPV6 } from '../../datapath/wire/numbers.js';
import type { FieldName } from '../match/fields.js';
import { recomputeGroups } from '../match/key.js';
import type { ActionOf } from '../openflow/action-types.js';
import { WHOLE_PACKET } from '../openflow/action-types.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { commit, dlType } from './commit.js';
import { countLabels, MAX_LABELS } from './commit-mpls.js';
import type { Context } from './context.js';
import { examine, setFieldAction } from './fields.js';
import { controllerAction } from './output.js';

/** What a label says that stands for none (RFC 3032, 2.1), before IPv4 and before IPv6. */
const EXPLICIT_NULL_IPV4 = 0;
const EXPLICIT_NULL_IPV6 = 2;
const DEFAULT_TTL = 64;
const DSCP = 0xfcn;

export function pushMpls(ctx: Context, a: ActionOf<'push_mpls'>): void {
  const count = countExamined(ctx);
  if (count === MAX_LABELS) return ctx.fail('too-many-labels');
  const { key, mask } = ctx;
  if (count === 0) {
    commit(ctx);
    const entry = firstEntry(ctx);
    hideNetwork(key);
    key[W_MPLS] = entry;
  } else {
    mask.fill(-1, W_MPLS, W_MPLS + count);
    key.copyWithin(W_MPLS + 1, W_MPLS, W_MPLS + count);
    key[W_MPLS] &= ~BOTTOM;
  }
  key[W_TYPE_PROTO_FRAG] = (a.ethertype << 16) | (key[W_TYPE_PROTO_FRAG] & 0xffff);
  recomputeGroups(key, 0);
}

/** Nothing of what is behind a label is known. */
function hideNetwork(key: Int32Array): void {
  key[W_TYPE_PROTO_FRAG] &= 0xffff0000;
  key.fill(0, W_TOS_TTL_FLAGS, W_TP + 1);
  key.fill(0, W_IPV6_SRC, W_MPLS);
  key.fill(0, W_NSH_BASE, DP_WORDS);
}

/** TTL and traffic class are those of the packet, which the label hides. */
function firstEntry(ctx: Context): number {
  const type = dlType(ctx.key);
  if (type !== ETH_TYPE_IPV4 && type !== ETH_TYPE_IPV6) return makeEntry(EXPLICIT_NULL_IPV4, 0, true, DEFAULT_TTL);
  examine(ctx, 'nw_tos', DSCP);
  examine(ctx, 'nw_ttl');
  const word = ctx.key[W_TOS_TTL_FLAGS];
  const label = type === ETH_TYPE_IPV6 ? EXPLICIT_NULL_IPV6 : EXPLICIT_NULL_IPV4;
  return makeEntry(label, (word >>> 26) & 7, true, (word >>> 16) & 0xff || DEFAULT_TTL);
}

export function popMpls(ctx: Context, a: ActionOf<'pop_mpls'>): void {
  const { key, mask } = ctx;
  const count = countExamined(ctx);
  if (count === 0) return;
  // More labels than the key knows: what would come into sight is not known.
  if (count === MAX_LABELS && !isBottom(key[W_MPLS + count - 1])) return ctx.fail('too-many-labels');
  // A type of MPLS for what was behind the last label says that it begins with another one.
  const isLast = isBottom(key[W_MPLS]);
  mask.fill(-1, W_MPLS + 1, W_MPLS + count);
  key.copyWithin(W_MPLS, W_MPLS + 1, W_MPLS + count);
  key[W_MPLS + count - 1] = 0;
  key[W_TYPE_PROTO_FRAG] = (a.ethertype << 16) | (key[W_TYPE_PROTO_FRAG] & 0xffff);
  recomputeGroups(key, 0);
  if (isLast || !isEthType(a.ethertype)) ctx.isBare = true;
}

/** How many labels there are depends on the bottom marks down to the last of them. */
function countExamined({ key, mask }: Context): number {
  const count = countLabels(key);
  for (let i = 0; i < count; i++) mask[W_MPLS + i] |= BOTTOM;
  return count;
}

/** Sets a field of the outermost label, if there is one. */
export function setMpls(ctx: Context, field: FieldName, value: number): void {
  setFieldAction(ctx, field, BigInt(value), (1n << 32n) - 1n);
}

export function decrementMplsTtl(ctx: Context): void {
  const { key, mask } = ctx;
  if (isEthType(dlType(key))) {
    mask[W_MPLS] |= TTL_MASK;
    if (ttl(key[W_MPLS]) > 1) {
      key[W_MPLS]--;
      return;
    }
    controllerAction(ctx, { maxLen: WHOLE_PACKET, reason: PACKET_IN.invalidTtl, controllerId: 0 });
  }
  ctx.endsList = true; // as in Open vSwitch, of a packet without labels too
}
