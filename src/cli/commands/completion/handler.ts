/** What `ctswitch completion` does. */
import { complete } from '../../completion/complete.js';
import { SCRIPTS } from '../../completion/scripts.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import { COMMANDS } from '../index.js';
import type { CompletionArgs } from './index.js';

/** A shell waits for the answer: what is not known by then is left out. */
const PATIENCE_MS = 1000;

export async function run({ shell }: CompletionArgs, words: readonly string[]): Promise<undefined> {
  if (shell === 'words') return printWords(words);
  const script = shell !== undefined && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) throw new UserError(`say for which shell: ${Object.keys(SCRIPTS).join(' or ')}`);
  if (words.length > 0) throw new UserError(`"${words[0]}" is a word too many; see ctswitch completion --help`);
  await print(script);
}

/** Word, tab, meaning on each line. */
async function printWords(words: readonly string[]): Promise<undefined> {
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
  const found = await complete(COMMANDS, words);
  await print(found.map(({ word, describe = '' }) => `${word}\t${describe}\n`).join(''));
}
