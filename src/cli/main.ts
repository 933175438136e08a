#!/usr/bin/env node
/** Runs the command line. */
import { VERSION } from '../switch/version.js';
import { COMMANDS } from './commands/index.js';
import { exitQuietlyWithoutReader, flushOutput, printError } from './output.js';
import { buildProgram } from './program.js';
import { UserError } from './user-error.js';

exitQuietlyWithoutReader();
const words = process.argv.slice(2);
let code = 1;
try {
  code = await buildProgram(COMMANDS, VERSION).run(words);
} catch (error) {
  const name = COMMANDS.some(({ command }) => command.split(' ')[0] === words[0]) ? `ctswitch ${words[0]}` : 'ctswitch';
  const text = error instanceof UserError ? `${name}: ${error.message}` : ((error as Error).stack ?? String(error));
  await printError(`${text}\n`);
}
await flushOutput();
process.exit(code);
