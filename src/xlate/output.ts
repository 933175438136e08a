/** Sending the packet out by a port, to many ports, or to the controller. */

import { requestWords } from '../dpif/controller-request.js';
import { EXPLICIT_MISS } from '../ofproto/async-config.js';
import { OFPP } from '../openflow/action-types.js';
import { NO_COOKIE } from '../openflow/new-flow-mod.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { commit } from './commit.js';
import type { Context } from './context.js';
import { enterBridge } from './enter-bridge.js';
import { normal } from './normal.js';
import { tableAction } from './tables.js';
import type { XlatePort } from './view.js';

export function outputAction(ctx: Context, port: number, maxLen: number, inActionSet: boolean): void {
  switch (port) {
    case OFPP.IN_PORT:
      return outputToPort(ctx, ctx.inPort);
    case OFPP.TABLE:
      return tableAction(ctx, { table: 0, inPort: ctx.inPort, honourMiss: true, withCt: false });
    case OFPP.NORMAL:
      return normal(ctx);
    case OFPP.FLOOD:
      return floodAction(ctx, true);
    case OFPP.ALL:
      return floodAction(ctx, false);
    case OFPP.CONTROLLER:
      return controllerAction(ctx, {
        maxLen,
        reason: inActionSet ? PACKET_IN.actionSet : actionReason(ctx),
        controllerId: 0,
      });
    case OFPP.NONE:
      return;
    default:
      if (port !== ctx.inPort) return outputToPort(ctx, port);
      ctx.observer?.note('skipping output to input port');
  }
}

/** Until the packet recirculates, whatever a packet-out leads to is its own doing. */
const actionReason = (ctx: Context): number => (ctx.isPacketOut ? PACKET_IN.packetOut : PACKET_IN.action);

export function outputToPort(ctx: Context, ofport: number): void {
  const port = ctx.bridge.port(ofport);
  if (port === null) return ctx.observer?.note('nonexistent output port');
  send(ctx, port);
}

export function send(ctx: Context, port: XlatePort): void {
  if (port.noForward) return ctx.observer?.note('port does not forward: no-fwd');
  if (port.peer !== null) return enterBridge(ctx, port.peer);
  commit(ctx);
  ctx.program.output(port.dpPort);
  if (ctx.program.isTooLong) ctx.fail('program-too-big');
}

/** To all ports but the one it came from; `flood` also leaves out those configured no-flood. */
function floodAction(ctx: Context, flood: boolean): void {
  for (const port of ctx.bridge.ports()) {
    if (port.ofport !== ctx.inPort && !(flood && port.noFlood)) send(ctx, port);
  }
}

export interface ToController {
  maxLen: number;
  reason: number;
  controllerId: number;
  userdata?: Uint8Array;
}

/** The packet-in is described from a frozen copy of the pipeline, so that a cached flow can repeat it without translation. */
export function controllerAction(ctx: Context, to: ToController): void {
  commit(ctx);
  const recircId = ctx.freeze({
    stack: [],
    actionSet: [],
    ...(to.userdata === undefined ? {} : { userdata: to.userdata }),
  });
  if (recircId === 0) return;
  // A packet-out's own actions have no flow.
  const cookie = ctx.rule === null ? NO_COOKIE : ctx.rule.cookie;
  const reason = to.reason === PACKET_IN.action && ctx.rule?.isTableMiss === true ? EXPLICIT_MISS : to.reason;
  const { controllerId, maxLen } = to;
  const words = requestWords({ reason, recircId, cookie, controllerId, maxLen, dontSend: false, continuation: false });
  ctx.program.userspace(words);
}
