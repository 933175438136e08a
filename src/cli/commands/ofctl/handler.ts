/** What `ctswitch ofctl` does: its verbs. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { colorsFrom, PLAIN } from '../../../text/colors.js';
import { wantedColors } from '../../color.js';
import { defaultRundir, startTimeout } from '../../options.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { Refused, RefusedError } from './client.js';
import type { OfctlArgs } from './index.js';
import { parseProtocols } from './protocols.js';
import { VerbContext } from './verb.js';
import { VERBS, type Verb } from './verbs.js';

export async function run(args: OfctlArgs, words: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = words;
  if (name === undefined) throw new UserError('missing command name; use --help for help');
  const verb = verbNamed(name, rest.length);
  startTimeout(args.timeout);
  const versions = args.protocols === undefined ? null : parseProtocols(args.protocols);
  const wanted = wantedColors(args.color, false);
  const colors = wanted === null ? PLAIN : colorsFrom(wanted);
  const context = new VerbContext(args, args.rundir ?? defaultRundir(), versions, colors);
  try {
    const runs = await verb.runs();
    return await runs[name]!(context, rest);
  } catch (error) {
    if (error instanceof Refused) return 1;
    if (!(error instanceof RefusedError)) throw error;
    await printError(context.format(error.reply, undefined, 2));
    return 1;
  }
}

function verbNamed(name: string, count: number): Verb {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    const hint = didYouMean(name, Object.keys(VERBS));
    throw new UserError(`unknown command '${name}'; use --help for help\n${hint}`.trimEnd());
  }
  if (count < verb.min) throw new UserError(`'${name}' command requires at least ${verb.min} arguments`);
  if (count > verb.max) throw new UserError(`'${name}' command takes at most ${verb.max} arguments`);
  return verb;
}
