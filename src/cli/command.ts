/**
 * A command of the command line as a value: yargs is built from these (program.ts), and so is the reference page.
 *
 * The table of options is tied to the type of the arguments: an option without a default or `demandOption` must be optional
 * there. `run` imports what the command needs when it runs, so that each loads only its own: a small one takes hardly longer than Node.
 */
import type { Options } from 'yargs';
import { UserError } from './user-error.js';

type RequiredOption = Options & ({ default: unknown } | { demandOption: true });

/** One row for each argument of `Args`. */
export type CommandOptions<Args> = {
  [Key in keyof Args]-?: undefined extends Args[Key] ? Options : RequiredOption;
};

export interface CommandPositional {
  readonly name: string;
  readonly describe: string;
}

/** A verb as --help, completion and the man page need it. */
export interface VerbUsage {
  /** What words it takes, for people: `SWITCH [FLOW]`, `[set ZONE=LIMIT... | del ZONE...]`. */
  readonly words: string;
  readonly describe?: string;
}

/** Where a daemon may be asked. */
export interface DaemonPlace {
  readonly target: string;
  readonly rundir: string;
}

export interface CliCommand<Args> {
  /** As yargs has it: `run [config]`. Words that it does not name are given to `run` as they are. */
  readonly command: string;
  readonly describe: string;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly positionals?: readonly CommandPositional[];
  readonly options: CommandOptions<Args>;
  /** Printed below the options by --help; a function where it has to be loaded. */
  readonly epilogue?: string | (() => Promise<string>);
  /** Options whose value, if they have one, follows `=`: a bare `--sort` is `--sort=`. */
  readonly optionalValues?: readonly string[];
  /** Words from the first that is no option on are the command's own, whatever they look like: `appctl COMMAND -x`. */
  readonly stopsAtFirstWord?: true;
  /** What its first word may be; the daemon there may be asked for more than is known here. */
  readonly verbs?: (place: DaemonPlace | null) => Promise<Readonly<Record<string, VerbUsage>>>;
  /** Resolves to the exit code; nothing means 0. A UserError is printed as one sentence and exits with 1. */
  readonly run: (args: Args, words: readonly string[]) => Promise<number | undefined>;
}

/** A command whose arguments' type is known only to itself. */
export interface AnyCommand extends Omit<CliCommand<never>, 'options'> {
  readonly options: Readonly<Record<string, Options>>;
}

/** Words that a command has no use for are a mistake: one that has no verbs takes its positionals only. */
export function checkWords({ command, verbs, stopsAtFirstWord }: AnyCommand, words: readonly string[]): void {
  if (verbs !== undefined || stopsAtFirstWord === true || words.length === 0) return;
  const name = command.split(' ')[0];
  throw new UserError(`"${words[0]}" is a word too many; see ctswitch ${name} --help`);
}
