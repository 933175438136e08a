/** A flow-mod that says nothing yet, and the numbers of OpenFlow that stand for "all" and "none" in it. */
import { Match } from '../match/match.js';
import { OFPP } from './action-types.js';
import { ANY_GROUP } from './group-types.js';
import type { FlowMod, FlowModFlags } from './message-types.js';

/** OFPTT_ALL: all tables; for a flow to be added, the one that fits. */
export const ALL_TABLES = 255;
/** OFP_NO_BUFFER: the switch keeps no packet for whom this is said. */
export const NO_BUFFER = 0xffffffff;

/** Of a packet-in: no flow has led to it. Of a modification: the cookie stays as it is. */
export const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** No flag of a flow-mod set. */
export const NO_FLAGS: FlowModFlags = {
  sendFlowRem: false,
  checkOverlap: false,
  resetCounts: false,
  noPacketCounts: false,
  noByteCounts: false,
};

/**
 * A flow-mod that matches every packet in all tables, has priority 0, no timeouts and no instructions; the caller sets what it means to
 * say.
 */
export function newFlowMod(command: FlowMod['command']): FlowMod {
  return {
    command,
    table: ALL_TABLES,
    match: new Match(),
    priority: 0,
    cookie: 0n,
    cookieMask: 0n,
    modifyCookie: false,
    idleTimeout: 0,
    hardTimeout: 0,
    importance: 0,
    bufferId: NO_BUFFER,
    outPort: OFPP.NONE,
    outGroup: ANY_GROUP,
    flags: { ...NO_FLAGS },
    instructions: [],
  };
}
