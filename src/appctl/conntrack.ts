/** The tracker's commands: dpctl/dump-conntrack and its kin, with the texts of Open vSwitch. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import type { Backer } from '../bridge/backer.js';
import { formatConnection } from '../text/conntrack.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, dpctlError, onlyDatapath, parseOptions, takeDatapath } from './args.js';
import { parseFlushRequest } from './flush-args.js';
import type { SwitchView } from './view.js';

export function conntrackCommands(view: SwitchView): Command[] {
  const onTracker = (run: (tracker: Conntrack, rest: string[]) => string) => (args: string[]) => {
    const { backer, rest } = takeDatapath(view, args);
    return run(backer.datapath.conntrack, rest);
  };
  return [
    command('dpctl/dump-conntrack', '[-m] [-s] [dp] [zone=N]', 0, 4, (args) => dump(view, args)),
    command(
      'dpctl/flush-conntrack',
      '[dp] [zone=N] [mark=X[/M]] [labels=X[/M]] [ct-orig-tuple [ct-reply-tuple]]',
      0,
      6,
      (args) => flush(view, args),
    ),
    command(
      'dpctl/ct-get-nconns',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `${tracker.count}\n`),
    ),
    command(
      'dpctl/ct-get-maxconns',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `${tracker.maxConnections}\n`),
    ),
    command('dpctl/ct-set-maxconns', '[dp] maxconns', 1, 2, (args) => setMaxConnections(view, args)),
    command('dpctl/ct-stats-show', '[dp] [zone=N]', 0, 3, onTracker(showStats)),
    command(
      'dpctl/ct-bkts',
      '[dp] [gt=N]',
      0,
      2,
      onTracker((tracker) => `Total Buckets: 1\nCurrent Connections: ${tracker.count}\n\n`),
    ),
    command(
      'dpctl/ct-get-tcp-seq-chk',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `TCP sequence checking: ${tracker.checksTcpSequence ? 'enabled' : 'disabled'}\n`),
    ),
    command('dpctl/ct-enable-tcp-seq-chk', '[dp]', 0, 1, (args) => setSequenceCheck(onlyDatapath(view, args), true)),
    command('dpctl/ct-disable-tcp-seq-chk', '[dp]', 0, 1, (args) => setSequenceCheck(onlyDatapath(view, args), false)),
  ];
}

function dump(view: SwitchView, args: readonly string[]): string {
  const { options, rest } = parseOptions(args);
  const { backer, rest: filters } = takeDatapath(view, rest);
  if (filters.length > 1) throw dpctlError('invalid arguments', 'EINVAL');
  const zone = filters.length === 0 ? undefined : parseZone(filters[0]);
  const lines: string[] = [];
  const format = { verbose: options.verbosity > 0, statistics: options.statistics };
  for (const entry of backer.datapath.conntrack.dump({ ...(zone === undefined ? {} : { zone }) }, view.now())) {
    lines.push(formatConnection(entry, format));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function flush(view: SwitchView, args: readonly string[]): string {
  const { backer, rest } = takeDatapath(view, args);
  const request = parseFlushRequest(rest);
  if (backer.datapath.conntrack.flush(request, view.now()) === 'not-found')
    throw dpctlError('failed to flush conntrack', 'ENOENT');
  return '';
}

export function parseZone(text: string): number {
  const digits = /^zone=(\d+)$/.exec(text)?.[1];
  const zone = Number(digits);
  if (digits === undefined || zone > 0xffff) throw dpctlError('failed to parse zone', 'EINVAL');
  return zone;
}

/** The number is the last word; what stands before it is the datapath. */
function setMaxConnections(view: SwitchView, args: readonly string[]): string {
  const { backer } = takeDatapath(view, args.slice(0, -1));
  const text = args[args.length - 1];
  const max = Number(text);
  if (!/^\d+$/.test(text) || max > 0xffff_ffff) throw dpctlError('maxconns missing or malformed', 'EINVAL');
  backer.datapath.conntrack.maxConnections = max;
  return 'setting maxconns successful';
}

function setSequenceCheck(backer: Backer, enabled: boolean): string {
  backer.datapath.conntrack.checksTcpSequence = enabled;
  return `${enabled ? 'enabling' : 'disabling'} TCP sequence checking successful`;
}

/** Lines per protocol in this order, only those that are not zero. */
const PROTOCOL_LINES: readonly (readonly [number, string])[] = [
  [6, 'TCP'],
  [17, 'UDP'],
  [136, 'UDPLITE'],
  [132, 'SCTP'],
  [1, 'ICMP'],
  [33, 'DCCP'],
  [2, 'IGMP'],
];

function showStats(tracker: Conntrack, words: readonly string[]): string {
  const verbose = words.includes('verbose');
  const zoneWord = words.find((word) => word.startsWith('zone='));
  const unknown = words.find((word) => word !== 'verbose' && word !== zoneWord);
  if (unknown !== undefined) throw new UnixctlError(`ovs-vswitchd: invalid argument "${unknown}"\n`);
  const stats = tracker.stats(zoneWord === undefined ? undefined : parseZone(zoneWord));
  const known = PROTOCOL_LINES.filter(([proto]) => (stats.byProtocol.get(proto) ?? 0) > 0);
  const lines = known.flatMap(([proto, name]) => [
    `  ${name}: ${stats.byProtocol.get(proto)}`,
    ...(verbose && proto === 6 ? tcpStateLines(stats.byTcpState) : []),
  ]);
  return `Connections Stats:\n    Total: ${stats.total}\n${lines.map((line) => `${line}\n`).join('')}`;
}

const tcpStateLines = (states: ReadonlyMap<string, number>): string[] => [
  '    Conn per TCP states:',
  ...[...states].map(([state, count]) => `\t  [${state}]=${count}`),
];
