/** What the page of actions says of each instruction: how it is written, what it does. `apply_actions` is not written. */
import type { Instruction } from '../../src/openflow/action-types.js';

type Written = Exclude<Instruction['type'], 'apply_actions'>;

// biome-ignore format: a table, one row a line
export const INSTRUCTION_NOTES: Readonly<Record<Written, readonly [syntax: string, meaning: string]>> = {
  meter: ['meter:METER', 'measures by a meter'],
  clear_actions: ['clear_actions', 'empties the action set'],
  write_actions: ['write_actions(ACTION,...)', 'adds to the action set, which is done when no table follows'],
  write_metadata: ['write_metadata:VALUE[/MASK]', 'writes the field `metadata`'],
  goto_table: ['goto_table:TABLE', 'goes on in a later table'],
};
