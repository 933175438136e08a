/**
 * Stopping in the middle of a list of actions: when the last label has been popped and the next action is about what was behind it,
 * the packet is sent round once more, to be looked at anew, and goes on where it stopped. Each list that is left early adds its
 * end; resuming runs the ends from the innermost on.
 */
import { FIELDS, type FieldName, type Prerequisite } from '../match/fields.js';
import type { Action, ActionOf, ActionType, Instruction } from '../openflow/action-types.js';
import { OFPP } from '../openflow/action-types.js';
import { commit } from './commit.js';
import type { Context } from './context.js';

/** Fields with these prerequisites are of the link layer or of none. Labels lie behind, too, where the pop has named a type of MPLS. */
const SHALLOW: readonly Prerequisite[] = ['none', 'ethernet', 'vlan'];
const isDeep = (field: FieldName): boolean => !SHALLOW.includes(FIELDS[field].needs);

type NeedsInnerPacket = { [T in ActionType]: boolean | ((action: ActionOf<T>) => boolean) };

/** Which actions look behind the labels. */
const LOOKS_BEHIND: NeedsInnerPacket = {
  output: ({ port }) => port === OFPP.TABLE,
  output_reg: ({ src }) => isDeep(src.field),
  output_trunc: false,
  controller: false,
  enqueue: false,
  group: false, // its buckets are looked at one by one
  resubmit: true,
  set_field: ({ field }) => isDeep(field),
  load: ({ dst }) => isDeep(dst.field),
  move: ({ src, dst }) => isDeep(src.field) || isDeep(dst.field),
  push: ({ src }) => isDeep(src.field),
  pop: ({ dst }) => isDeep(dst.field),
  set_vlan_vid: false,
  set_vlan_pcp: false,
  strip_vlan: false,
  push_vlan: false,
  push_mpls: true,
  pop_mpls: true,
  set_mpls_label: true,
  set_mpls_tc: true,
  set_mpls_ttl: true,
  dec_mpls_ttl: true,
  set_eth_src: false,
  set_eth_dst: false,
  set_ipv4_src: true,
  set_ipv4_dst: true,
  set_ip_dscp: true,
  set_ip_ecn: true,
  set_ip_ttl: true,
  set_l4_src_port: true,
  set_l4_dst_port: true,
  set_tunnel: false,
  set_queue: false,
  pop_queue: false,
  dec_ttl: true,
  exit: false,
  note: false,
  ct: true,
  nat: true,
  ct_clear: true,
  conjunction: false,
};

/** True if the action cannot be run before the packet has come back. */
export function mustWait(ctx: Context, action: Action): boolean {
  if (!ctx.isBare) return false;
  const looks = LOOKS_BEHIND[action.type] as boolean | ((action: Action) => boolean);
  return typeof looks === 'boolean' ? looks : looks(action);
}

/** The list that is running stops here; these of its instructions are left. */
export function leave(ctx: Context, instructions: readonly Instruction[], inActionSet = false): void {
  ctx.rest ??= [];
  if (instructions.length === 0) return;
  const { table, rule } = ctx;
  const facts = rule === null ? null : { cookie: rule.cookie, isTableMiss: rule.isTableMiss };
  ctx.rest.push({ table, rule: facts, instructions, inActionSet });
}

/** Sends the packet round, if a list stopped: what is left of all lists goes with it. */
export function recirculateRest(ctx: Context, actionSet: readonly Action[]): void {
  const { rest } = ctx;
  if (rest === null || ctx.error !== null) return;
  commit(ctx);
  ctx.rest = null;
  ctx.isBare = false;
  const id = ctx.freeze({ rest, actionSet });
  if (id !== 0) ctx.program.recirc(id);
}
