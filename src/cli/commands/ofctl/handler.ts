/** What `ctswitch ofctl` does: its verbs. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { defaultRundir, startTimeout } from '../../options.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { CHANGE_VERBS, Refused } from './change-flows.js';
import { RefusedError } from './client.js';
import { COMPARE_VERBS } from './compare-flows.js';
import { CONNECTION_VERBS } from './connections.js';
import { DUMP_VERBS } from './dump-flows.js';
import { GROUP_VERBS } from './groups.js';
import type { OfctlArgs } from './index.js';
import { INSPECT_VERBS } from './inspect.js';
import { OFFLINE_VERBS } from './offline.js';
import { PACKET_VERBS } from './packets.js';
import { parseProtocols } from './protocols.js';
import { QUEUE_VERBS } from './queues.js';
import { type Verb, VerbContext } from './verb.js';

export const VERBS: Record<string, Verb> = {
  ...INSPECT_VERBS,
  ...DUMP_VERBS,
  ...CHANGE_VERBS,
  ...COMPARE_VERBS,
  ...GROUP_VERBS,
  ...PACKET_VERBS,
  ...QUEUE_VERBS,
  ...CONNECTION_VERBS,
  ...OFFLINE_VERBS,
};

export async function run(args: OfctlArgs, words: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = words;
  if (name === undefined) throw new UserError('missing command name; use --help for help');
  const verb = verbNamed(name, rest.length);
  startTimeout(args.timeout);
  const versions = args.protocols === undefined ? null : parseProtocols(args.protocols);
  const context = new VerbContext(args, args.rundir ?? defaultRundir(), versions);
  try {
    return await verb.run(context, rest);
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

/** Below the options of --help. */
export const verbList = (): string =>
  Object.entries(VERBS)
    .map(([name, { usage, describe }]) => `  ${`${name} ${usage}`.padEnd(46)} ${describe}`)
    .join('\n');
