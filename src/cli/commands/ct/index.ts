/** `ctswitch ct VERB`: the connection table of a running daemon, for people and their scripts. */
import type { Options } from 'yargs';
import { colorOption } from '../../color.js';
import type { CliCommand } from '../../command.js';
import { rundirOption, timeoutOption } from '../../options.js';
import type { CtOptions } from './verb.js';

/** Options that choose connections; the daemon reads their values (src/inspect/conn-filter.ts). */
export const FILTERS = {
  zone: 'connections of that zone',
  proto: 'tcp, udp, icmp, icmpv6, sctp, ... or a number',
  address: 'that address or network at either end, before or after translation',
  src: 'source of the original direction, an address or a network',
  dst: 'destination of the original direction',
  port: 'that port at either end',
  sport: 'source port of the original direction',
  dport: 'destination port of the original direction',
  state: 'a TCP state, or replied, unreplied, assured, unassured, nat, expected',
  mark: 'VALUE or VALUE/MASK',
  label: 'VALUE or VALUE/MASK',
  id: 'the connection with that number',
} as const;

type FilterArgs = { [Name in keyof typeof FILTERS]?: string | undefined };

export interface CtCommandArgs extends FilterArgs, CtOptions {
  timeout?: string | undefined;
}

const text = (describe: string): Options => ({ type: 'string', describe });

const filterOptions = Object.fromEntries(Object.entries(FILTERS).map(([name, what]) => [name, text(what)])) as {
  [Name in keyof typeof FILTERS]: Options;
};

export const ct: CliCommand<CtCommandArgs> = {
  command: 'ct',
  describe:
    'the connection table: list, count, flush, watch, explain, stats, top; settings, set, limits, timeouts, fragments',
  examples: [
    ['ctswitch ct list --proto tcp --address 10.0.0.0/8', 'connections, one on each line'],
    ['ctswitch ct list --format proc', 'in the form of /proc/net/nf_conntrack'],
    ['ctswitch ct list --state established --json', 'as one JSON array'],
    ['ctswitch ct count --zone 5', 'how many there are'],
    ['ctswitch ct flush --src 10.0.0.7', 'forget the connections of a host'],
    ['ctswitch ct watch --dport 80 --events new,destroy', 'connections as they come and go'],
    ['ctswitch ct explain', 'the last packets that were +inv or not committed, and why'],
    ['ctswitch ct stats', 'size, load, zones, reasons'],
    ['ctswitch ct top --by service -n 5', 'what has the most connections'],
    ['ctswitch ct settings', 'what can be set, with its value and meaning'],
    ['ctswitch ct set max_connections=1000000 refused=drop', 'change settings'],
    ['ctswitch ct limits set 5=1000 default=100000', 'how many connections zones may have'],
    ['ctswitch ct limits del 5', 'no limit of its own for zone 5'],
    ['ctswitch ct timeouts set 5 udp_first=10 tcp_established=3600', 'seconds, for connections of zone 5'],
    ['ctswitch ct timeouts', 'those of all zones'],
    ['ctswitch ct fragments', 'how fragments are handled, and which are held'],
  ],
  options: {
    ...filterOptions,
    json: { type: 'boolean', default: false, describe: 'JSON; watch prints one object on each line' },
    format: text('of list: ovs, proc or conntrack'),
    list: text('of list and count: confirmed, unconfirmed, expected or dying'),
    events: text('of watch: new, state, destroy, refused, with commas between them'),
    reason: text('of explain: only that reason'),
    limit: { alias: 'n', type: 'string', describe: 'of watch, explain and top: so many' },
    each: { type: 'boolean', default: false, describe: 'of explain: every packet, not one for all that are alike' },
    by: text('of top: src, dst, zone or service'),
    color: { ...colorOption, describe: `of list and watch, unless --json is given: ${colorOption.describe}` },
    datapath: text('its name, where there are several'),
    target: { alias: 't', type: 'string', default: 'ovs-vswitchd', describe: 'daemon, or path of its socket' },
    rundir: rundirOption,
    timeout: timeoutOption,
  },
  epilogue: 'Exit code: 0 if it could be done, 1 if not, 130 if interrupted.',
  optionalValues: ['color'],
  verbs: async () => (await import('./handler.js')).VERBS,
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
