/** Runs the command line. A command loads what it needs, and yargs is only loaded for lines that are not plain (plain-words.ts). */
import { VERSION } from '../switch/version.js';
import { checkWords } from './command.js';
import { COMMANDS } from './commands/index.js';
import { flushOutput, print, printError } from './output.js';
import { readPlain } from './plain-words.js';
import { showSources } from './source-stack.js';
import { UserError } from './user-error.js';

async function run(words: readonly string[]): Promise<number> {
  const [name, ...line] = words;
  if (line.length === 0 && (name === '--version' || name === '-V')) {
    await print(`${VERSION}\n`);
    return 0;
  }
  const command = COMMANDS.find((row) => row.command.split(' ')[0] === name);
  const plain = command === undefined ? null : readPlain(command, line);
  if (command !== undefined && plain !== null) {
    checkWords(command, plain.words);
    return (await command.run(plain.args as never, plain.words)) ?? 0;
  }
  const { buildProgram } = await import('./program.js');
  return buildProgram(COMMANDS, VERSION).run(words);
}

async function main(words: readonly string[]): Promise<void> {
  let code = 1;
  try {
    code = await run(words);
  } catch (error) {
    const command = COMMANDS.find((row) => row.command.split(' ')[0] === words[0]);
    const name = command === undefined ? 'ctswitch' : `ctswitch ${words[0]}`;
    const text = error instanceof UserError ? `${name}: ${error.message}` : ((error as Error).stack ?? String(error));
    // Who asked for JSON reads it where something went wrong, too.
    const isJson = command !== undefined && Object.hasOwn(command.options, 'json') && words.includes('--json');
    await printError(isJson ? `${JSON.stringify({ error: (error as Error).message })}\n` : `${text}\n`);
  }
  await flushOutput();
  process.exit(code);
}

showSources();
// Not awaited: commands share pieces of the bundle with this file, and would wait for its end while it waits for theirs.
void main(process.argv.slice(2));
