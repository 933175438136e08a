/**
 * Runs actions and instructions: one row per action, so that an action without a translation does not compile.
 * What a row needs beyond a line lives in the file of its family.
 */

import { W_METADATA, W_SKB_PRIORITY, W_TOS_TTL_FLAGS } from '../../datapath/keys/layout.js';
import type { FieldName } from '../match/fields.js';
import { getField, setField } from '../match/key.js';
import type { Action, ActionOf, ActionType, Instruction } from '../openflow/action-types.js';
import { WHOLE_PACKET } from '../openflow/action-types.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { writeActions } from './action-set.js';
import { commit } from './commit.js';
import type { Context } from './context.js';
import { ctAction, ctClearAction } from './ct.js';
import {
  examine,
  hasField,
  loadAction,
  moveAction,
  popAction,
  pushAction,
  readExamined,
  setFieldAction,
} from './fields.js';
import type { Rest } from './freeze.js';
import { groupAction } from './groups.js';
import { decrementMplsTtl, popMpls, pushMpls, setMpls } from './mpls.js';
import { controllerAction, outputAction, outputToPort } from './output.js';
import { leave, mustWait } from './rest.js';
import { resubmitAction, tableAction } from './tables.js';
import { popVlan, pushVlan, setVlanPcp, setVlanVid } from './vlan.js';

type XlateAction<T extends ActionType> = (ctx: Context, action: ActionOf<T>, inActionSet: boolean) => void;

const APPLY: { [T in ActionType]: XlateAction<T> } = {
  output: (ctx, a, inSet) => outputAction(ctx, a.port, a.maxLen ?? WHOLE_PACKET, inSet),
  output_reg: (ctx, a, inSet) => outputAction(ctx, Number(readExamined(ctx, a.src) & 0xffffn), a.maxLen, inSet),
  output_trunc: outputTruncated,
  controller: (ctx, a) => controllerAction(ctx, a),
  enqueue: enqueue,
  group: (ctx, a) => groupAction(ctx, a.group),
  resubmit: resubmitAction,
  set_field: (ctx, a) => setFieldAction(ctx, a.field, a.value, a.mask),
  load: (ctx, a) => loadAction(ctx, a.dst, a.value),
  move: moveAction,
  push: pushAction,
  pop: popAction,
  set_vlan_vid: setVlanVid,
  set_vlan_pcp: setVlanPcp,
  strip_vlan: popVlan,
  push_vlan: pushVlan,
  push_mpls: pushMpls,
  pop_mpls: popMpls,
  set_mpls_label: (ctx, a) => setMpls(ctx, 'mpls_label', a.label),
  set_mpls_tc: (ctx, a) => setMpls(ctx, 'mpls_tc', a.tc),
  set_mpls_ttl: (ctx, a) => setMpls(ctx, 'mpls_ttl', a.ttl),
  dec_mpls_ttl: decrementMplsTtl,
  set_eth_src: (ctx, a) => setWhole(ctx, 'eth_src', a.mac),
  set_eth_dst: (ctx, a) => setWhole(ctx, 'eth_dst', a.mac),
  set_ipv4_src: (ctx, a) => setWhole(ctx, 'ip_src', BigInt(a.address >>> 0)),
  set_ipv4_dst: (ctx, a) => setWhole(ctx, 'ip_dst', BigInt(a.address >>> 0)),
  set_ip_dscp: (ctx, a) => setFieldAction(ctx, 'nw_tos', BigInt(a.dscp), 0xfcn),
  set_ip_ecn: (ctx, a) => setFieldAction(ctx, 'nw_ecn', BigInt(a.ecn), 3n),
  set_ip_ttl: (ctx, a) => setWhole(ctx, 'nw_ttl', BigInt(a.ttl)),
  set_l4_src_port: (ctx, a) => setL4Port(ctx, PORT_FIELDS.src, a.port),
  set_l4_dst_port: (ctx, a) => setL4Port(ctx, PORT_FIELDS.dst, a.port),
  set_tunnel: (ctx, a) => setField(ctx.key, 0, 'tun_id', a.id),
  set_queue: (ctx, a) => setPriority(ctx, queuePriority(a.queue)),
  pop_queue: (ctx) => setPriority(ctx, ctx.originalPriority),
  dec_ttl: decrementTtl,
  exit: (ctx) => {
    ctx.exited = true;
  },
  note: () => {},
  ct: ctAction,
  nat: (ctx) => ctx.fail('unsupported-action'), // only inside ct(), which reads it itself
  ct_clear: ctClearAction,
  conjunction: () => {}, // its work is done where rules are looked up
};

export function runActions(ctx: Context, actions: readonly Action[], inActionSet = false): void {
  for (const [i, action] of actions.entries()) {
    if (ctx.isDone) break;
    if (mustWait(ctx, action)) {
      leaveActions(ctx, actions.slice(i), inActionSet);
      break;
    }
    ctx.observer?.action(ctx, action);
    // The union's arms and the table's rows correspond; TypeScript cannot see that through an index.
    const apply = APPLY[action.type] as XlateAction<ActionType>;
    apply(ctx, action, inActionSet);
    if (ctx.rest !== null) leaveActions(ctx, actions.slice(i + 1), inActionSet);
    if (ctx.endsList) break;
  }
  ctx.endsList = false;
}

function leaveActions(ctx: Context, actions: readonly Action[], inActionSet: boolean): void {
  leave(ctx, actions.length === 0 ? [] : [{ type: 'apply_actions', actions: [...actions] }], inActionSet);
}

export function runInstructions(ctx: Context, instructions: readonly Instruction[]): void {
  for (const [i, instruction] of instructions.entries()) {
    if (ctx.isDone) return;
    if (ctx.isBare && instruction.type === 'goto_table') return leave(ctx, instructions.slice(i));
    runInstruction(ctx, instruction);
    if (ctx.rest !== null) leave(ctx, instructions.slice(i + 1));
  }
}

/** What was left when the packet went round. */
export function runRest(ctx: Context, rest: readonly Rest[]): void {
  for (const [i, { table, rule, instructions, inActionSet }] of rest.entries()) {
    if (ctx.isDone) return;
    ctx.table = table;
    ctx.rule = rule;
    const [only] = instructions;
    if (inActionSet && only?.type === 'apply_actions') runActions(ctx, only.actions, true);
    else runInstructions(ctx, instructions);
    if (ctx.rest !== null) ctx.rest.push(...rest.slice(i + 1));
  }
}

function runInstruction(ctx: Context, i: Instruction): void {
  switch (i.type) {
    case 'apply_actions':
      return runActions(ctx, i.actions);
    case 'clear_actions':
      ctx.actionSet = [];
      return;
    case 'write_actions':
      return writeActions(ctx, i.actions);
    case 'write_metadata':
      return writeMetadata(ctx, i.metadata, i.mask);
    case 'goto_table':
      return tableAction(ctx, { table: i.table, inPort: ctx.inPort, honourMiss: true, withCt: false });
    case 'meter':
      return ctx.fail('unsupported-action'); // ofproto refuses meters that do not exist, and none exists yet
  }
}

function writeMetadata(ctx: Context, metadata: bigint, mask: bigint): void {
  for (const [i, shift] of [32n, 0n].entries()) {
    const wordMask = Number(BigInt.asIntN(32, mask >> shift));
    const word = ctx.key[W_METADATA + i];
    ctx.key[W_METADATA + i] = (word & ~wordMask) | (Number(BigInt.asIntN(32, metadata >> shift)) & wordMask);
  }
}

function setWhole(ctx: Context, field: FieldName, value: bigint): void {
  if (!hasField(ctx, field)) return;
  examine(ctx, field);
  setField(ctx.key, 0, field, value);
}

const PORT_FIELDS = {
  src: ['tcp_src', 'udp_src', 'sctp_src'],
  dst: ['tcp_dst', 'udp_dst', 'sctp_dst'],
} as const;

/** mod_tp_src and mod_tp_dst do not say which protocol: the packet does. */
function setL4Port(ctx: Context, fields: readonly FieldName[], port: number): void {
  for (const field of fields) {
    if (hasField(ctx, field)) return setWhole(ctx, field, BigInt(port));
  }
}

function decrementTtl(ctx: Context, a: ActionOf<'dec_ttl'>): void {
  if (!hasField(ctx, 'nw_ttl')) return;
  examine(ctx, 'nw_ttl');
  const ttl = getField(ctx.key, 0, 'nw_ttl');
  if (ttl > 1n) {
    ctx.key[W_TOS_TTL_FLAGS] -= 1 << 16;
    return;
  }
  for (const controllerId of a.ids) {
    controllerAction(ctx, { maxLen: WHOLE_PACKET, reason: PACKET_IN.invalidTtl, controllerId });
  }
  ctx.endsList = true;
}

function outputTruncated(ctx: Context, a: ActionOf<'output_trunc'>): void {
  commit(ctx);
  ctx.program.truncate(a.maxLen);
  outputToPort(ctx, a.port);
}

/** Queues are classes of the Linux queueing discipline on the port: handle 1:(queue + 1). */
const queuePriority = (queue: number): number => 0x10000 | ((queue + 1) & 0xffff);

function setPriority(ctx: Context, priority: number): void {
  examine(ctx, 'skb_priority');
  ctx.key[W_SKB_PRIORITY] = priority;
}

function enqueue(ctx: Context, a: ActionOf<'enqueue'>, inActionSet: boolean): void {
  const before = ctx.key[W_SKB_PRIORITY];
  setPriority(ctx, queuePriority(a.queue));
  outputAction(ctx, a.port, WHOLE_PACKET, inActionSet);
  setPriority(ctx, before);
}
