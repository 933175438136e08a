/** Verbs of `ctswitch bridge` and `ctswitch port`: found by their word, with the right number of words. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { startTimeout } from '../../options.js';
import { UserError } from '../../user-error.js';
import { givenOptions, type PortCommandArgs, type VerbOption } from './options.js';

export interface ChangeVerb {
  /** What words it takes, for people. */
  readonly words: string;
  readonly describe: string;
  readonly min: number;
  readonly max: number;
  /** Which of the options that are not for all verbs it has. */
  readonly options?: readonly VerbOption[];
  /** Resolves to the exit code. */
  readonly run: (args: PortCommandArgs, words: readonly string[]) => Promise<number>;
}

export type ChangeVerbs = Readonly<Record<string, ChangeVerb>>;

/** `command` is the command whose verbs they are, for what is said of a mistake. */
export async function runVerb(
  verbs: ChangeVerbs,
  command: string,
  args: PortCommandArgs,
  words: readonly string[],
): Promise<number> {
  const [name, ...rest] = words;
  const help = `see ctswitch ${command} --help`;
  if (name === undefined) throw new UserError(`say what to do: ${Object.keys(verbs).join(', ')}; ${help}`);
  const verb = Object.hasOwn(verbs, name) ? verbs[name]! : null;
  if (verb === null)
    throw new UserError(
      [`there is no "${command} ${name}"; ${help}`, didYouMean(name, Object.keys(verbs))].join('\n').trim(),
    );
  if (rest.length < verb.min || rest.length > verb.max)
    throw new UserError(`say ctswitch ${command} ${name} ${verb.words}`.trimEnd());
  const stray = givenOptions(args).find((option) => verb.options?.includes(option) !== true);
  if (stray !== undefined) throw new UserError(`${name} has no --${stray}; ${help}`);
  startTimeout(args.timeout);
  return verb.run(args, rest);
}
