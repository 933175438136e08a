/** What `ctswitch ct` does: finds the verb and what it is to be given. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { startTimeout } from '../../options.js';
import { UserError } from '../../user-error.js';
import { type CtCommandArgs, FILTERS } from './index.js';
import { checkOptions } from './verb.js';
import { VERBS } from './verbs.js';

export { VERBS };

export async function run(args: CtCommandArgs, words: readonly string[]): Promise<number | undefined> {
  const [verb, ...rest] = words;
  if (verb === undefined || !Object.hasOwn(VERBS, verb)) {
    const known = `say what to do: ${Object.keys(VERBS).join(', ')}; see ctswitch ct --help`;
    throw new UserError(`${known}\n${didYouMean(verb ?? '', Object.keys(VERBS))}`.trimEnd());
  }
  if (rest.length > 0 && VERBS[verb]!.words === '')
    throw new UserError(`${verb} takes no words, but "${rest[0]}" was given; see ctswitch ct --help`);
  startTimeout(args.timeout);
  const filter: Record<string, string> = {};
  for (const name of Object.keys(FILTERS) as (keyof typeof FILTERS)[]) {
    const value = args[name];
    if (value !== undefined) filter[name] = value;
  }
  const all = { ...args, filter };
  checkOptions(verb, VERBS[verb]!, all);
  return VERBS[verb]!.run(all, rest);
}
