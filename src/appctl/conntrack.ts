/** The tracker's commands: dpctl/dump-conntrack and its kin, with the texts of Open vSwitch. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { SETTINGS, type SettingName } from '../../datapath/conntrack/settings.js';
import type { Backer } from '../bridge/backer.js';
import { formatConnection, formatExpectation } from '../text/conntrack.js';
import { readValue } from '../text/ct-settings.js';
import type { Command } from '../unixctl/registry.js';
import { command, dpctlError, onlyDatapath, parseOptions, takeDatapath, takeNamedDatapath } from './args.js';
import { expectationText } from './ct-json.js';
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
      onTracker((tracker) => `${tracker.countAt(view.now())}\n`),
    ),
    command(
      'dpctl/ct-get-maxconns',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `${tracker.maxConnections}\n`),
    ),
    command('dpctl/ct-set-maxconns', '[dp] maxconns', 1, 2, setNumber(view, 'max_connections', 'maxconns')),
    command('dpctl/ct-stats-show', '[dp] [zone=N]', 0, 4, (args) => showStats(view, args)),
    command('dpctl/ct-bkts', '[dp] [gt=N]', 0, 2, onTracker(showBuckets)),
    command('dpctl/dump-conntrack-exp', '[dp] [zone=N]', 0, 2, onTracker(dumpExpected)),
    command(
      'dpctl/ct-get-sweep-interval',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `${tracker.sweepIntervalMs}\n`),
    ),
    command('dpctl/ct-set-sweep-interval', '[dp] ms', 1, 2, setNumber(view, 'sweep_interval_ms', 'sweep interval')),
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
const setNumber = (view: SwitchView, name: SettingName, what: string) => (args: readonly string[]) => {
  const { backer } = takeDatapath(view, args.slice(0, -1));
  const value = readValue(SETTINGS[name], args[args.length - 1]);
  if (value === null) throw dpctlError(`${what} missing or malformed`, 'EINVAL');
  SETTINGS[name].write(backer.datapath.conntrack, value);
  return `setting ${what} successful`;
};

function setSequenceCheck(backer: Backer, enabled: boolean): string {
  SETTINGS.tcp_sequence_check.write(backer.datapath.conntrack, Number(enabled));
  return `${enabled ? 'enabling' : 'disabling'} TCP sequence checking successful`;
}

function dumpExpected(tracker: Conntrack, words: readonly string[]): string {
  const zone = words.length === 0 ? null : parseZone(words[0]);
  const rows = [...tracker.expected()].map(expectationText).filter((row) => zone === null || row.zone === zone);
  return rows.map((row) => `${formatExpectation(row)}\n`).join('');
}

/** Chains are one bucket to the outside, as in Open vSwitch's userspace tracker. */
function showBuckets(tracker: Conntrack, words: readonly string[]): string {
  const threshold = words.length === 0 ? 0 : parseThreshold(words[0]);
  const rule = '+-----------+-----------------------------------------+\n';
  const head = `${rule}|  Buckets  |         Connections per Buckets         |\n${rule}`;
  const row = tracker.count > threshold ? `   0..  7   | ${String(tracker.count).padStart(5)}\n` : '';
  return `Total Buckets: 1\nCurrent Connections: ${tracker.count}\n\n${head}${row}\n`;
}

function parseThreshold(text: string): number {
  const digits = /^gt=(\d+)$/.exec(text)?.[1];
  if (digits === undefined) throw dpctlError('datapath not found', 'EINVAL');
  return Number(digits);
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

/** In the total, but in no line of its own. */
const ICMPV6 = 58;

function showStats(view: SwitchView, args: readonly string[]): string {
  const { options, rest } = parseOptions(args);
  const { backer, rest: words } = takeNamedDatapath(view, rest);
  const verbose = options.verbosity > 0 || words.includes('verbose');
  const zoneWord = words.find((word) => word.startsWith('zone='));
  if (words.some((word) => word !== 'verbose' && word !== zoneWord)) throw dpctlError('datapath not found', 'EINVAL');
  const zone = zoneWord === undefined ? undefined : parseZone(zoneWord);
  const { total, byProtocol, byTcpState } = backer.datapath.conntrack.stats(zone, view.now());
  const lines = PROTOCOL_LINES.flatMap(([proto, name]) => [
    ...countLine(name, byProtocol.get(proto) ?? 0),
    ...(verbose && proto === 6 && byTcpState.size > 0 ? tcpStateLines(byTcpState) : []),
  ]);
  const named = [...PROTOCOL_LINES.map(([proto]) => proto), ICMPV6];
  const others = [...byProtocol].filter(([proto]) => !named.includes(proto));
  lines.push(
    ...countLine(
      'Other',
      others.reduce((sum, [, count]) => sum + count, 0),
    ),
  );
  return `Connections Stats:\n    Total: ${total}\n${lines.map((line) => `${line}\n`).join('')}`;
}

const countLine = (name: string, count: number): string[] => (count === 0 ? [] : [`  ${name}: ${count}`]);

const tcpStateLines = (states: ReadonlyMap<string, number>): string[] => [
  '    Conn per TCP states:',
  ...[...states].map(([state, count]) => `\t  [${state}]=${count}`),
];
