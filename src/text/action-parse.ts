/**
 * Action text into actions and instructions. ACTIONS has one parser for each name of ovs-actions(7) that the switch knows;
 * a name that Open vSwitch knows and this switch does not is refused as such.
 */
import { didYouMean } from '../../datapath/base/suggest.js';
import type { Action, Instruction } from '../openflow/action-types.js';
import { OFPP, WHOLE_PACKET } from '../openflow/action-types.js';
import { ACTIONS, type ActionContext, OTHER_ACTIONS } from './action-table.js';
import { TextError, within } from './error.js';
import { checkOrder, INSTRUCTIONS } from './instruction-parse.js';
import { type Names, parsePort } from './names.js';
import { type Pair, pairs } from './scanner.js';

/** A list of actions alone: what packet-out and exec() take. */
export function parseActions(text: string, names?: Names): Action[] {
  return parseList(text, { names, nested: null, parse: parseNested });
}

/** What may stand after `actions=` of a flow. */
export function parseInstructions(text: string, names?: Names): Instruction[] {
  const instructions: Instruction[] = [];
  const context: ActionContext = { names, nested: null, parse: parseNested };
  let dropAt = -1;
  for (const pair of pairs(text)) {
    if (pair.key === 'drop') {
      dropAt = pair.at;
      continue;
    }
    const instruction = within(text, pair.valueAt, () => parseInstruction(pair, context));
    if (instruction !== null) instructions.push(instruction);
    else addAction(instructions, parsePair(pair, text, context));
  }
  if (dropAt >= 0 && instructions.length > 0) throw notAlone(text, dropAt);
  checkOrder(instructions, text);
  checkConjunctions(instructions, text);
  return instructions;
}

/** A flow with clauses of a conjunction is never run, so nothing else may be in it. */
function checkConjunctions(instructions: readonly Instruction[], text: string): void {
  const actions = instructions.flatMap((instruction) =>
    instruction.type === 'apply_actions' ? instruction.actions : [],
  );
  if (!actions.some(({ type }) => type === 'conjunction')) return;
  const other = actions.find(({ type }) => type !== 'conjunction' && type !== 'note');
  if (other === undefined) return;
  throw new TextError(
    `"conjunction" actions may be used along with "note" but not any other kind of action (such as the "${other.type}" action used here)`,
    text,
  );
}

function parseInstruction(pair: Pair, context: ActionContext): Instruction | null {
  return Object.hasOwn(INSTRUCTIONS, pair.key) ? INSTRUCTIONS[pair.key]!(pair.value ?? '', context) : null;
}

function addAction(instructions: Instruction[], action: Action): void {
  const last = instructions.at(-1);
  if (last?.type === 'apply_actions') last.actions.push(action);
  else instructions.push({ type: 'apply_actions', actions: [action] });
}

function parseNested(text: string, nested: string | null, names?: Names): Action[] {
  return parseList(text, { names, nested, parse: parseNested });
}

function parseList(text: string, context: ActionContext): Action[] {
  const actions: Action[] = [];
  let dropAt = -1;
  for (const pair of pairs(text)) {
    if (pair.key === 'drop') dropAt = pair.at;
    else if (Object.hasOwn(INSTRUCTIONS, pair.key))
      throw new TextError(`${pair.key} instruction is not allowed here`, text, pair.at);
    else actions.push(parsePair(pair, text, context));
  }
  if (dropAt >= 0 && actions.length > 0) throw notAlone(text, dropAt);
  return actions;
}

const notAlone = (text: string, at: number): TextError =>
  new TextError('"drop" must not be accompanied by any other action or instruction', text, at);

function parsePair(pair: Pair, text: string, context: ActionContext): Action {
  if (Object.hasOwn(ACTIONS, pair.key)) {
    const action = within(text, pair.valueAt, () => ACTIONS[pair.key]!(pair.value ?? '', context));
    checkNesting(action, text, pair.at, context);
    return action;
  }
  const port = parsePort(pair.key, context.names);
  if (port !== null) return within(text, pair.at, () => outputTo(port));
  if (OTHER_ACTIONS.has(pair.key))
    throw new TextError(`action ${pair.key} is not supported by this switch`, text, pair.at);
  throw new TextError(`unknown action ${pair.key}`, text, pair.at, didYouMean(pair.key, Object.keys(ACTIONS)));
}

function outputTo(port: number): Action {
  return { type: 'output', port, ...(port === OFPP.CONTROLLER ? { maxLen: WHOLE_PACKET } : {}) };
}

const CT_FIELDS = ['ct_mark', 'ct_label'];

/** Marks and labels are written inside ct(), and nothing else is; nat stands nowhere else. */
function checkNesting(action: Action, text: string, at: number, context: ActionContext): void {
  const field =
    action.type === 'set_field'
      ? action.field
      : action.type === 'load' || action.type === 'move'
        ? action.dst.field
        : null;
  if (context.nested !== 'ct') {
    if (action.type === 'nat') throw new TextError('Cannot have NAT action outside of "ct" action', text, at);
    if (field !== null && CT_FIELDS.includes(field))
      throw new TextError('cannot set CT fields outside of ct action', text, at);
    return;
  }
  if (action.type === 'nat') return;
  if (field === null) throw new TextError(`ct action doesn't support nested action ${action.type}`, text, at);
  if (!CT_FIELDS.includes(field))
    throw new TextError(`ct action doesn't support nested modification of ${field}`, text, at);
}
