/** The rule that makes a learning switch of a bridge without controllers: everything is forwarded as `normal` does. */
import { Match } from '../match/match.js';
import { type Instruction, OFPP } from '../openflow/action-types.js';
import { NO_FLAGS } from '../openflow/new-flow-mod.js';
import type { Ofproto } from './ofproto.js';
import { Rule } from './rule.js';

export function addNormalRule(ofproto: Ofproto, priority: number, now: number, hidden = false): Rule {
  const toNormal: Instruction = { type: 'apply_actions', actions: [{ type: 'output', port: OFPP.NORMAL }] };
  const settings = {
    cookie: 0n,
    idleTimeout: 0,
    hardTimeout: 0,
    importance: 0,
    flags: NO_FLAGS,
    instructions: [toNormal],
  };
  const table = ofproto.tables[0]!;
  const rule = new Rule(table, new Match(), priority, settings, now, hidden);
  table.insert(rule);
  ofproto.changed();
  return rule;
}
