/** The instructions of OpenFlow 1.1 and later among the actions of a flow, and the order they must stand in. */
import type { Instruction } from '../openflow/action-types.js';
import { INSTRUCTION_ORDER } from '../openflow/instructions.js';
import { type ActionContext, number, number64 } from './action-table.js';
import { TextError } from './error.js';
import { parseTable } from './names.js';

export const INSTRUCTIONS: Record<string, (text: string, context: ActionContext) => Instruction> = {
  meter: (text) => ({ type: 'meter', meter: number(text) }),
  clear_actions: () => ({ type: 'clear_actions' }),
  write_actions: (text, { names, parse }) => ({
    type: 'write_actions',
    actions: parse(text, 'write_actions', names),
  }),
  write_metadata: parseWriteMetadata,
  goto_table(text, { names }) {
    const table = parseTable(text, names);
    if (table === null) throw new TextError(`unknown table "${text}"`, text);
    return { type: 'goto_table', table };
  },
  apply_actions() {
    throw new TextError('apply_actions is the default instruction', '');
  },
};

function parseWriteMetadata(text: string): Instruction {
  const slash = text.indexOf('/');
  return {
    type: 'write_metadata',
    metadata: number64(slash < 0 ? text : text.slice(0, slash)),
    mask: slash < 0 ? (1n << 64n) - 1n : number64(text.slice(slash + 1)),
  };
}

/** Instructions run in a fixed order and each at most once, so the text must have them in that order. */
export function checkOrder(instructions: readonly Instruction[], text: string): void {
  let last: Instruction['type'] | null = null;
  for (const { type } of instructions) {
    if (type === last)
      throw new TextError(`duplicate ${type} instruction not allowed, for OpenFlow 1.1+ compatibility`, text);
    if (last !== null && INSTRUCTION_ORDER.indexOf(type) < INSTRUCTION_ORDER.indexOf(last))
      throw new TextError(
        `invalid instruction ordering: ${type} must appear before ${last}, for OpenFlow 1.1+ compatibility`,
        text,
      );
    last = type;
  }
}
