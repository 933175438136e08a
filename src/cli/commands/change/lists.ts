/** Lists of what a running switch has: as a table for people, as JSON for programs. */
import { print } from '../../output.js';
import { askInWords } from '../ct/daemon-request.js';
import { columns } from '../ct/settings-text.js';
import type { ChangeArgs } from './reports.js';

/** For each column, by its heading, what it says of a row. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string>>;

/** Asks the switch for rows and prints them; resolves to the exit code. */
export async function list<Row>(
  args: ChangeArgs,
  command: string,
  words: readonly string[],
  cells: Columns<Row>,
): Promise<number> {
  const rows = await askInWords<Row[]>(args, command, words);
  const lines = [Object.keys(cells), ...rows.map((row) => Object.values(cells).map((cell) => cell(row)))];
  await print(args.json ? `${JSON.stringify(rows)}\n` : columns(lines));
  return 0;
}
