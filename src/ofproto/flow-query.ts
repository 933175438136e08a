/** Choosing rules by what a flow-mod or a statistics request says of them. */
import type { Match } from '../../datapath/flow/match.js';
import { type Action, type Instruction, OFPP } from '../openflow/action-types.js';
import type { Ofproto } from './ofproto.js';
import type { Rule } from './rule.js';
import { ANY_TABLE, type OfTable, VISIBLE_TABLES } from './table.js';

export const ANY_GROUP = 0xffffffff;

export interface RuleFilter {
  table: number;
  match: Match;
  outPort: number;
  outGroup: number;
  cookie: bigint;
  cookieMask: bigint;
}

/** Rules the match covers: those as specific or more. In the order of tables, within each that of its classifier. */
export function selectLoose(ofproto: Ofproto, filter: RuleFilter): Rule[] {
  const found: Rule[] = [];
  const takesAll = filter.match.isCatchAll;
  for (const table of tablesOf(ofproto, filter.table)) {
    for (const rule of table) {
      if (!passes(rule, filter)) continue;
      if (takesAll || rule.match.isMoreSpecificOrEqual(filter.match)) found.push(rule);
    }
  }
  return found;
}

/** The rules with exactly the match and the priority: one a table at most. */
export function selectStrict(ofproto: Ofproto, filter: RuleFilter, priority: number): Rule[] {
  const found: Rule[] = [];
  for (const table of tablesOf(ofproto, filter.table)) {
    const rule = table.size === 0 ? null : table.find(filter.match, priority);
    if (rule !== null && passes(rule, filter)) found.push(rule);
  }
  return found;
}

function tablesOf(ofproto: Ofproto, table: number): readonly OfTable[] {
  if (table === ANY_TABLE) return ofproto.tables.slice(0, VISIBLE_TABLES);
  return table < ofproto.tables.length ? [ofproto.tables[table]!] : [];
}

function passes(rule: Rule, filter: RuleFilter): boolean {
  if (rule.hidden || ((rule.cookie ^ filter.cookie) & filter.cookieMask) !== 0n) return false;
  if (filter.outPort !== OFPP.NONE && !someAction(rule.instructions, (action) => outputsTo(action, filter.outPort)))
    return false;
  return filter.outGroup === ANY_GROUP || someAction(rule.instructions, (action) => isGroup(action, filter.outGroup));
}

const isGroup = (action: Action, group: number): boolean => action.type === 'group' && action.group === group;

function outputsTo(action: Action, port: number): boolean {
  switch (action.type) {
    case 'output':
    case 'output_trunc':
    case 'enqueue':
      return action.port === port;
    case 'controller':
      return port === OFPP.CONTROLLER;
    default:
      return false;
  }
}

/** Actions nested in ct() do not forward, so only the lists themselves count. */
function someAction(instructions: readonly Instruction[], test: (action: Action) => boolean): boolean {
  return instructions.some(
    (instruction) =>
      (instruction.type === 'apply_actions' || instruction.type === 'write_actions') && instruction.actions.some(test),
  );
}
