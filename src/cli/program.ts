/** The command line as a yargs program, built from the table of commands. */
import yargs, { type Argv, type Options } from 'yargs';
import { didYouMean, suggest } from '../../datapath/base/suggest.js';
import { type AnyCommand, checkWords } from './command.js';
import { print } from './output.js';
import { UserError } from './user-error.js';
import { closingText } from './verb-list.js';

/** A mistake in the words themselves; the help is near. */
class UsageError extends UserError {}

export interface Program {
  /** Runs the command that the words name; resolves to the exit code. */
  run(words: readonly string[]): Promise<number>;
}

export function buildProgram(commands: readonly AnyCommand[], version: string): Program {
  return { run: (words) => runWords(commands, version, words) };
}

async function runWords(commands: readonly AnyCommand[], version: string, words: readonly string[]): Promise<number> {
  let code: number | undefined;
  const command = commands.find((row) => row.command.split(' ')[0] === words[0]);
  const program = base(version, Object.keys(command?.options ?? {}));
  for (const command of commands)
    addCommand(program, command, await epilogueOf(command, words), (result) => (code = result));
  program.demandCommand(1, 'name a command; see ctswitch --help').strictOptions();
  checkCommand(commands, words);
  if (command !== undefined) checkValues(command, words);
  let shown = '';
  await program.parseAsync(prepare(commands, words), {}, (_error, _args, output) => {
    shown = output;
  });
  if (shown !== '') await print(`${shown}\n`);
  return code ?? 0;
}

/** yargs could check this, but takes the words of `ofctl VERB ...` for commands, too. */
function checkCommand(commands: readonly AnyCommand[], words: readonly string[]): void {
  const [word] = words;
  if (word === undefined) return;
  if (words.every((each) => each.startsWith('-')) && !/^(--help|-h|--version|-V)$/.test(word))
    throw new UsageError(`unrecognized option '${word}'; see ctswitch --help`);
  if (word.startsWith('-')) return;
  const names = commands.map((command) => command.command.split(' ')[0]!);
  if (names.includes(word)) return;
  throw new UsageError(`unknown command '${word}'; see ctswitch --help\n${didYouMean(word, names)}`.trimEnd());
}

/** yargs takes an option that lacks its value for one whose value is empty, or ends with an error of its own. */
function checkValues(command: AnyCommand, words: readonly string[]): void {
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--' || (command.stopsAtFirstWord === true && !word.startsWith('-'))) return;
    if (!word.startsWith('-') || !takesValue(command, word)) continue;
    const next = words[++i];
    if (next === undefined || /^-\D/.test(next))
      throw new UsageError(`option '${word}' requires an argument; see ctswitch ${words[0]} --help`);
  }
}

function base(version: string, options: readonly string[]): Argv {
  return yargs()
    .scriptName('ctswitch')
    .usage('$0 COMMAND ...\n\nAn OpenFlow virtual switch with a connection tracker that explains itself.')
    .parserConfiguration({
      'parse-positional-numbers': false,
      'parse-numbers': false,
      'populate--': true,
      'camel-case-expansion': false,
      'dot-notation': false,
    })
    .version(version)
    .alias('help', 'h')
    .alias('version', 'V')
    .wrap(Math.min(120, process.stdout.columns ?? 120))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(inOvsWords(message, options));
    });
}

/** Unknown options as getopt calls them, with the one that may have been meant. */
function inOvsWords(message: string, options: readonly string[]): string {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const near = unknown.length > 1 ? suggest(unknown, options) : undefined;
  const hint = near === undefined ? '' : `\nDid you mean --${near}?`;
  return `unrecognized option '${unknown.length > 1 ? '--' : '-'}${unknown}'${hint}`;
}

/** Only for the command that is asked for: it may take long to load. */
const epilogueOf = async (command: AnyCommand, words: readonly string[]): Promise<string | undefined> =>
  command.command.split(' ')[0] === words[0] ? closingText(command) : undefined;

function addCommand(
  program: Argv,
  command: AnyCommand,
  epilogue: string | undefined,
  done: (code: number | undefined) => void,
): void {
  program.command(
    command.command,
    command.describe,
    (argv) => {
      for (const { name, describe } of command.positionals ?? []) argv.positional(name, { type: 'string', describe });
      argv.options(lastOfEach(command.options)).strictOptions();
      for (const [line, what] of command.examples) argv.example(line, what);
      if (epilogue !== undefined) argv.epilogue(epilogue);
      return argv;
    },
    async (args) => {
      const words = [...args._.slice(1), ...((args['--'] as string[] | undefined) ?? [])].map(String);
      checkWords(command, words);
      done(await command.run(args as never, words));
    },
  );
}

/** An option given twice that is no list means what was said last. */
function lastOfEach(options: AnyCommand['options']): Record<string, Options> {
  const last = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);
  const rows = Object.entries(options).map(([name, row]) =>
    row.array === true || row.coerce !== undefined ? [name, row] : [name, { ...row, coerce: last }],
  );
  return Object.fromEntries(rows) as Record<string, Options>;
}

/** The words as yargs must see them for what the command's options mean. */
function prepare(commands: readonly AnyCommand[], words: readonly string[]): string[] {
  const command = commands.find((row) => row.command.split(' ')[0] === words[0]);
  const optional = new Set((command?.optionalValues ?? []).map((name) => `--${name}`));
  return separate(commands, words).map((word) => (optional.has(word) ? `${word}=` : word));
}

/** Puts `--` before the first word that is no option, for commands that own everything behind it. */
function separate(commands: readonly AnyCommand[], words: readonly string[]): string[] {
  const command = commands.find((row) => row.stopsAtFirstWord && row.command.split(' ')[0] === words[0]);
  if (command === undefined) return [...words];
  let i = 1;
  while (i < words.length && words[i]!.startsWith('-') && words[i] !== '--')
    i += takesValue(command, words[i]!) ? 2 : 1;
  if (words[i] === '--') return [...words];
  return [...words.slice(0, i), '--', ...words.slice(i)];
}

function takesValue(command: AnyCommand, word: string): boolean {
  if (word.includes('=')) return false;
  const name = word.replace(/^-+/, '');
  const isLetter = !word.startsWith('--');
  for (const [key, { alias, type }] of Object.entries(command.options)) {
    if (isLetter ? alias !== name : key !== name) continue;
    return type === 'string' && command.optionalValues?.includes(key) !== true;
  }
  return false;
}
