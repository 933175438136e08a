/** `ctswitch ofctl VERB ...`: the verbs, texts and exit codes of ovs-ofctl. */
import { colorOption } from '../../color.js';
import type { CliCommand } from '../../command.js';
import { rundirOption, timeoutOption } from '../../options.js';
import { VERBS } from './verbs.js';

export interface OfctlArgs {
  protocols?: string | undefined;
  strict: boolean;
  bundle: boolean;
  'may-create'?: boolean | undefined;
  names?: boolean | undefined;
  stats: boolean;
  more: number;
  sort?: string | undefined;
  rsort?: string | undefined;
  readd: boolean;
  'packet-in-format'?: string | undefined;
  color?: string | undefined;
  rundir?: string | undefined;
  timeout?: string | undefined;
}

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
    color: colorOption,
    rundir: rundirOption,
    timeout: timeoutOption,
  },
  optionalValues: ['sort', 'rsort', 'color'],
  epilogue: 'SWITCH is a bridge, the path of a socket, unix:PATH or tcp:HOST[:PORT].',
  verbs: async () =>
    Object.fromEntries(
      Object.entries(VERBS).map(([name, row]) => [name, { words: row.usage, describe: row.describe }]),
    ),
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
