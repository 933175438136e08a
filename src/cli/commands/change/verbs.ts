/** Verbs of `ctswitch bridge` and `ctswitch port`: found by their word, with the right number of words. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { startTimeout } from '../../options.js';
import { UserError } from '../../user-error.js';
import type { ChangeCommandArgs } from './options.js';

export interface ChangeVerb {
  /** What words it takes, for people. */
  readonly words: string;
  readonly describe: string;
  readonly min: number;
  readonly max: number;
  /** Resolves to the exit code. */
  readonly run: (args: ChangeCommandArgs, words: readonly string[]) => Promise<number>;
}

export type ChangeVerbs = Readonly<Record<string, ChangeVerb>>;

/** `command` is the command whose verbs they are, for what is said of a mistake. */
export async function runVerb(
  verbs: ChangeVerbs,
  command: string,
  args: ChangeCommandArgs,
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
  startTimeout(args.timeout);
  return verb.run(args, rest);
}
