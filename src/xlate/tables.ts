/** Going through the tables: lookup, resubmit, goto, and what happens when nothing matches. */

import {
  FRAG_ANY,
  FRAG_LATER,
  W_CT_IPV6_DST,
  W_CT_IPV6_SRC,
  W_CT_NW_DST,
  W_CT_NW_PROTO,
  W_CT_NW_SRC,
  W_CT_TP,
  W_IN_PORT,
  W_IPV6_DST,
  W_IPV6_SRC,
  W_NW_DST,
  W_NW_SRC,
  W_TP,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { ETH_TYPE_IPV4, ETH_TYPE_IPV6 } from '../../datapath/wire/numbers.js';
import type { Rule } from '../ofproto/rule.js';
import { type ActionOf, OFPP } from '../openflow/action-types.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { runInstructions } from './apply.js';
import { dlType } from './commit.js';
import type { Context } from './context.js';
import { MAX_DEPTH, MAX_RESUBMITS } from './errors.js';
import { examine } from './fields.js';
import { controllerAction } from './output.js';
import { lookupRule } from './overlay.js';

/** Fragment handling of the switch configuration (OFPC_FRAG_*). */
const FRAG_DROP = 1;
const FRAG_NX_MATCH = 3;
/** Highest table a packet can be matched in; 254 is internal. */
const LAST_TABLE = 253;

export interface TableVisit {
  table: number;
  /** Looked up as if it had come in here. */
  inPort: number;
  /** goto_table and a fresh packet get the table's miss behaviour; a resubmit that matches nothing just returns. */
  honourMiss: boolean;
  /** Looked up with the connection's original tuple in place of the packet's. */
  withCt: boolean;
  /** Where the packet comes in or comes back: not what the limits are about. */
  isFirst?: boolean;
}

export function resubmitAction(ctx: Context, a: ActionOf<'resubmit'>): void {
  const inPort = a.port === OFPP.IN_PORT ? ctx.inPort : a.port;
  const table = a.table === 255 ? ctx.table : a.table;
  tableAction(ctx, { table, inPort, honourMiss: false, withCt: a.withCt });
}

/** Looks the packet up in a table and runs what it finds; the current table and rule are those of before afterwards. */
export function tableAction(ctx: Context, visit: TableVisit): void {
  if (!admit(ctx) || visit.table > LAST_TABLE) return;
  const { table, rule, depth } = ctx;
  ctx.table = visit.table;
  const found = visit.withCt ? lookupByConnection(ctx, visit) : lookupFrom(ctx, visit);
  if (found === null) missed(ctx, visit);
  else if (visit.isFirst === true) runRule(ctx, found);
  else runDeeper(ctx, found, visit.table <= table);
  ctx.table = table;
  ctx.rule = rule;
  ctx.depth = depth;
}

function admit(ctx: Context): boolean {
  if (ctx.depth >= MAX_DEPTH) ctx.fail('too-deep');
  else if (ctx.resubmits >= MAX_RESUBMITS) ctx.fail('too-many-resubmits');
  return ctx.error === null;
}

function runDeeper(ctx: Context, rule: Rule, deepens: boolean): void {
  ctx.resubmits++;
  if (deepens) ctx.depth++;
  runRule(ctx, rule);
}

function runRule(ctx: Context, rule: Rule): void {
  ctx.rule = rule;
  ctx.rules.push(rule);
  runInstructions(ctx, rule.instructions);
}

/** Tables whose miss is to continue are passed through. Leaves the table reached in ctx.table. */
function lookupFrom(ctx: Context, visit: TableVisit): Rule | null {
  const realPort = ctx.inPort;
  ctx.key[W_IN_PORT] = visit.inPort;
  let rule = lookup(ctx);
  while (
    rule === null &&
    visit.honourMiss &&
    ctx.table < LAST_TABLE &&
    ctx.bridge.tableMiss(ctx.table) === 'continue'
  ) {
    ctx.table++;
    rule = lookup(ctx);
  }
  ctx.key[W_IN_PORT] = realPort;
  ctx.observer?.table(ctx, ctx.table, rule);
  return rule;
}

function lookup(ctx: Context): Rule | null {
  const rule = lookupFragmentAware(ctx);
  if (rule === null) ctx.misses.push(ctx.bridge.table(ctx.table));
  return rule;
}

/** In the normal mode, fragments (the first too) are matched as if they had no ports. */
function lookupFragmentAware(ctx: Context): Rule | null {
  const { key, bridge } = ctx;
  if ((key[W_TYPE_PROTO_FRAG] & FRAG_ANY) === 0 || bridge.fragments === FRAG_NX_MATCH) {
    return lookupRule(ctx);
  }
  examine(ctx, 'ip_frag');
  if (bridge.fragments === FRAG_DROP) return null;
  const ports = key[W_TP];
  key[W_TP] = 0;
  const rule = lookupRule(ctx);
  key[W_TP] = ports;
  if ((key[W_TYPE_PROTO_FRAG] & FRAG_LATER) !== 0) ctx.mask[W_TP] = 0;
  return rule;
}

function missed(ctx: Context, visit: TableVisit): void {
  if (!visit.honourMiss || ctx.bridge.tableMiss(ctx.table) !== 'controller') return;
  ctx.rule = null;
  if (ctx.bridge.port(ctx.inPort)?.noPacketIn === true) return;
  controllerAction(ctx, { maxLen: ctx.bridge.missSendLen, reason: PACKET_IN.noMatch, controllerId: 0 });
}

/** `resubmit(,T,ct)`: nothing is found where there is no tuple, or one of the other IP version. */
function lookupByConnection(ctx: Context, visit: TableVisit): Rule | null {
  const { key } = ctx;
  const type = dlType(key);
  examine(ctx, 'ct_state', 0x0bn); // new, est, rpl: is there a tuple at all?
  examine(ctx, 'ct_nw_proto');
  if (!ctx.conntracked || key[W_CT_NW_PROTO] === 0 || (type !== ETH_TYPE_IPV4 && type !== ETH_TYPE_IPV6)) return null;
  const saved = key.slice();
  key[W_TYPE_PROTO_FRAG] = (key[W_TYPE_PROTO_FRAG] & ~0xff00) | (key[W_CT_NW_PROTO] << 8);
  key[W_TP] = key[W_CT_TP];
  if (type === ETH_TYPE_IPV4) {
    key[W_NW_SRC] = key[W_CT_NW_SRC];
    key[W_NW_DST] = key[W_CT_NW_DST];
  } else {
    key.copyWithin(W_IPV6_SRC, W_CT_IPV6_SRC, W_CT_IPV6_SRC + 4);
    key.copyWithin(W_IPV6_DST, W_CT_IPV6_DST, W_CT_IPV6_DST + 4);
  }
  examineTuple(ctx, type === ETH_TYPE_IPV6);
  const rule = lookupFrom(ctx, visit);
  key.set(saved);
  return rule;
}

/** The lookup's mask speaks of the packet's fields where the connection's were read: examine both. */
function examineTuple(ctx: Context, isIpv6: boolean): void {
  examine(ctx, 'ct_tp_src');
  examine(ctx, 'ct_tp_dst');
  if (isIpv6) {
    examine(ctx, 'ct_ipv6_src');
    examine(ctx, 'ct_ipv6_dst');
  } else {
    examine(ctx, 'ct_nw_src');
    examine(ctx, 'ct_nw_dst');
  }
}
