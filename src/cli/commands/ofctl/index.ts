/** `ctswitch ofctl VERB ...`: the verbs, texts and exit codes of ovs-ofctl. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import type { CliCommand } from '../../command.js';
import { defaultRundir, rundirOption, startTimeout, timeoutOption } from '../../options.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { CHANGE_VERBS, Refused } from './change-flows.js';
import { RefusedError } from './client.js';
import { COMPARE_VERBS } from './compare-flows.js';
import { CONNECTION_VERBS } from './connections.js';
import { DUMP_VERBS } from './dump-flows.js';
import { GROUP_VERBS } from './groups.js';
import { INSPECT_VERBS } from './inspect.js';
import { OFFLINE_VERBS } from './offline.js';
import { PACKET_VERBS } from './packets.js';
import { parseProtocols } from './protocols.js';
import { type OfctlArgs, type Verb, VerbContext } from './verb.js';

export const VERBS: Record<string, Verb> = {
  ...INSPECT_VERBS,
  ...DUMP_VERBS,
  ...CHANGE_VERBS,
  ...COMPARE_VERBS,
  ...GROUP_VERBS,
  ...PACKET_VERBS,
  ...CONNECTION_VERBS,
  ...OFFLINE_VERBS,
};

async function run(args: OfctlArgs, words: readonly string[]): Promise<number | undefined> {
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

const verbList = Object.entries(VERBS)
  .map(([name, { usage, describe }]) => `  ${`${name} ${usage}`.padEnd(46)} ${describe}`)
  .join('\n');

export const ofctl: CliCommand<OfctlArgs> = {
  command: 'ofctl',
  describe: 'administer OpenFlow switches: the verbs, texts and exit codes of ovs-ofctl',
  examples: [
    ['ctswitch ofctl show br0', 'ports and features of a bridge'],
    ['ctswitch ofctl add-flow br0 "tcp,tp_dst=80,actions=2"', 'add a flow'],
    ['ctswitch ofctl -O OpenFlow13 dump-flows br0 table=0', 'the flows of a table'],
    ['ctswitch ofctl --bundle add-flows br0 my.flows', 'add the flows of a file, all of them or none'],
  ],
  options: {
    protocols: { alias: 'O', type: 'string', describe: 'OpenFlow versions to speak, e.g. OpenFlow10,OpenFlow13' },
    strict: {
      type: 'boolean',
      default: false,
      describe: 'mod-flows, del-flows: only the flow with exactly that match',
    },
    bundle: { type: 'boolean', default: false, describe: 'change flows in one transaction' },
    'may-create': { type: 'boolean', default: false, describe: 'mod-group: add the group if it does not exist' },
    names: { type: 'boolean', describe: 'print names of ports; the default on a terminal (--no-names: numbers)' },
    stats: { type: 'boolean', default: true, describe: 'print counters and ages of flows' },
    more: { alias: 'm', type: 'count', default: 0, describe: 'print more, such as the bytes of packets' },
    sort: { type: 'string', describe: 'sort flows by a field, or by priority' },
    rsort: { type: 'string', describe: 'the same, in reverse' },
    readd: { type: 'boolean', default: false, describe: 'replace-flows: also flows that have not changed' },
    'packet-in-format': {
      alias: 'P',
      type: 'string',
      describe: 'monitor: openflow10, nxt_packet_in or nxt_packet_in2',
    },
    rundir: rundirOption,
    timeout: timeoutOption,
  },
  optionalValues: ['sort', 'rsort'],
  epilogue: `Verbs:\n${verbList}\n\nSWITCH is a bridge, the path of a socket, unix:PATH or tcp:HOST[:PORT].`,
  run,
};
