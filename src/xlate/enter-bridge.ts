/**
 * The packet goes on in another bridge, as if it had come in by a port there: what a patch port does (patch_port_output in Open vSwitch's
 * ofproto-dpif-xlate.c). All within one translation: rules, tables, effects say whose they are, and the cached flow is that of the port
 * that the packet really came by.
 */
import { W_ACTSET_OUTPUT, W_IN_PORT, W_METADATA, W_NSH_BASE, W_TUN_ID } from '../../datapath/keys/layout.js';
import { OFPP } from '../openflow/action-types.js';
import { runActionSet } from './action-set.js';
import { commit } from './commit.js';
import type { Context } from './context.js';
import { clearConntrack } from './ct.js';
import { MAX_DEPTH } from './errors.js';
import { recirculateRest } from './rest.js';
import { tableAction } from './tables.js';
import type { XlateBridge, XlatePort } from './view.js';

/** Bridges that lead to each other in a circle end at the limit of the depth. */
export function enterBridge(ctx: Context, { bridge, ofport }: NonNullable<XlatePort['peer']>): void {
  if (ctx.depth >= MAX_DEPTH) return ctx.fail('too-deep');
  ctx.depth++;
  const go = (): void => {
    arrive(ctx, bridge, ofport);
    if (bridge.port(ofport)?.noReceive !== true) run(ctx);
  };
  ctx.aside(go, (added) => added.has('ct'));
  ctx.depth--;
}

/** Registers, metadata, stack, tunnel, what the tracker has found: a packet does not carry them over. */
function arrive(ctx: Context, bridge: XlateBridge, ofport: number): void {
  ctx.bridge = bridge;
  ctx.key.fill(0, W_TUN_ID, W_NSH_BASE);
  ctx.key.fill(0, W_METADATA);
  ctx.key[W_IN_PORT] = ofport;
  ctx.key[W_ACTSET_OUTPUT] = OFPP.UNSET;
  ctx.stack = [];
  ctx.actionSet = [];
  clearConntrack(ctx);
}

function run(ctx: Context): void {
  if (ctx.isBare) return comeBackHere(ctx);
  tableAction(ctx, { table: 0, inPort: ctx.inPort, honourMiss: true, withCt: false, isFirst: true });
  if (ctx.error === null && ctx.rest === null) runActionSet(ctx);
  recirculateRest(ctx, ctx.actionSet);
}

/** The tables look at what was behind labels that are popped: known only when the packet has come back without them. */
function comeBackHere(ctx: Context): void {
  commit(ctx);
  const id = ctx.freeze({ table: 0 });
  if (id !== 0) ctx.program.recirc(id);
}
