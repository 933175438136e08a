/** What a bridge in standalone mode starts with: one flow that makes it a learning switch, as Open vSwitch's bridges do. */

import { Match } from '../../datapath/flow/match.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import { Rule } from '../ofproto/rule.js';
import { type Instruction, OFPP } from '../openflow/action-types.js';
import { NO_FLAGS } from '../openflow/new-flow-mod.js';

export function addStandaloneFlow(ofproto: Ofproto, now: number): void {
  const toNormal: Instruction = { type: 'apply_actions', actions: [{ type: 'output', port: OFPP.NORMAL }] };
  const settings = {
    cookie: 0n,
    idleTimeout: 0,
    hardTimeout: 0,
    importance: 0,
    flags: NO_FLAGS,
    instructions: [toNormal],
  };
  ofproto.tables[0].insert(new Rule(0, new Match(), 0, settings, now));
  ofproto.changed();
}
