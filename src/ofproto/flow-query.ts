/** Choosing rules by what a flow-mod or a statistics request says of them. */

import type { Match } from '../match/match.js';
import { type Action, type Instruction, OFPP } from '../openflow/action-types.js';
import { ANY_GROUP } from '../openflow/group-types.js';
import { ALL_TABLES } from '../openflow/new-flow-mod.js';
import type { Ofproto } from './ofproto.js';
import { type Rule, youngestSerial } from './rule.js';
import { type OfTable, VISIBLE_TABLES } from './table.js';

export interface RuleFilter {
  table: number;
  match: Match;
  outPort: number;
  outGroup: number;
  cookie: bigint;
  cookieMask: bigint;
}

/** Rules looked at between two nulls: a fraction of a millisecond's work. */
const RULES_PER_STEP = 1024;

/** Rules the match covers: those as specific or more. In the order of tables, within each that of its classifier. */
export const selectLoose = (ofproto: Ofproto, filter: RuleFilter): Rule[] =>
  [...selectInSteps(ofproto, filter)].filter((rule) => rule !== null);

/**
 * The same one by one, and at each null tables may change. A rule that is there all the while is found, once; one that comes, or has gone,
 * is not. No list is kept but the place alone: who stops in the middle for ever holds next to no memory.
 */
export function* selectInSteps(ofproto: Ofproto, filter: RuleFilter): Generator<Rule | null> {
  const fits = testOf(filter);
  const youngest = youngestSerial();
  let left = RULES_PER_STEP;
  for (const table of tablesOf(ofproto, filter.table)) {
    if (table.size === 0) continue;
    for (const rule of table) {
      if (rule.serial <= youngest && !rule.removed && fits(rule)) yield rule;
      if (--left > 0) continue;
      yield null;
      left = RULES_PER_STEP;
    }
  }
}

/** Only the parts of a filter that say something are asked. */
function testOf(filter: RuleFilter): (rule: Rule) => boolean {
  const { match, cookieMask, outPort, outGroup } = filter;
  const isPlain = cookieMask === 0n && outPort === OFPP.NONE && outGroup === ANY_GROUP;
  if (isPlain && match.isCatchAll) return (rule) => !rule.hidden;
  return (rule) => (isPlain ? !rule.hidden : passes(rule, filter)) && rule.match.isMoreSpecificOrEqual(match);
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
  if (table === ALL_TABLES) return ofproto.tables.slice(0, VISIBLE_TABLES);
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
