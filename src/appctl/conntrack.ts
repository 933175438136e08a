/** The tracker's commands: dpctl/dump-conntrack and its kin, with the texts of Open vSwitch. */

import { ConnStats } from '../../datapath/conntrack/query/stats.js';
import type { WalkCursor } from '../../datapath/conntrack/query/walk.js';
import { ZONES } from '../../datapath/conntrack/record/zones.js';
import { SETTINGS, type SettingName } from '../../datapath/conntrack/settings.js';
import {
  IP_PROTO_DCCP,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_IGMP,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
  IP_PROTO_UDPLITE,
} from '../../datapath/wire/numbers.js';
import type { Backer } from '../bridge/backer.js';
import type { CtFlushStep, DpifConntrack } from '../dpif/conntrack.js';
import { expectationText } from '../inspect/conn-json.js';
import { overConnections } from '../inspect/conn-walk.js';
import type { SwitchView } from '../switch/view.js';
import { formatConnection, formatExpectation } from '../text/conntrack.js';
import { parseFlushWords } from '../text/ct-flush-parse.js';
import { readValue } from '../text/ct-settings.js';
import type { Command, Pieces } from '../unixctl/registry.js';
import {
  asDpctlError,
  command,
  dpctlError,
  inPieces,
  onlyDatapath,
  parseOptions,
  takeDatapath,
  takeNamedDatapath,
} from './args.js';
import { connClock, wholeMs } from './ct-request.js';

export function conntrackCommands(view: SwitchView): Command[] {
  const onTracker =
    <T>(run: (tracker: DpifConntrack, rest: string[]) => T) =>
    (args: string[]) => {
      const { backer, rest } = takeDatapath(view, args);
      return run(backer.dpif.conntrack, rest);
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
      onTracker((tracker) => countNow(view, tracker)),
    ),
    command(
      'dpctl/ct-get-maxconns',
      '[dp]',
      0,
      1,
      onTracker((tracker) => `${tracker.settings().max_connections}\n`),
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
      onTracker((tracker) => `${tracker.settings().sweep_interval_ms}\n`),
    ),
    command('dpctl/ct-set-sweep-interval', '[dp] ms', 1, 2, setNumber(view, 'sweep_interval_ms', 'sweep interval')),
    command(
      'dpctl/ct-get-tcp-seq-chk',
      '[dp]',
      0,
      1,
      onTracker(
        (tracker) => `TCP sequence checking: ${tracker.settings().tcp_sequence_check === 1 ? 'enabled' : 'disabled'}\n`,
      ),
    ),
    command('dpctl/ct-enable-tcp-seq-chk', '[dp]', 0, 1, (args) => setSequenceCheck(onlyDatapath(view, args), true)),
    command('dpctl/ct-disable-tcp-seq-chk', '[dp]', 0, 1, (args) => setSequenceCheck(onlyDatapath(view, args), false)),
  ];
}

function* countNow(view: SwitchView, tracker: DpifConntrack): Pieces {
  let count = 0;
  yield* overConnections(tracker, {}, {}, connClock(view), (step) => {
    count += step.count;
  });
  yield `${count}\n`;
}

function* dump(view: SwitchView, args: readonly string[]): Pieces {
  const { options, rest } = parseOptions(args);
  const { backer, rest: filters } = takeDatapath(view, rest);
  if (filters.length > 1) throw dpctlError('invalid arguments', 'EINVAL');
  const filter = filters.length === 0 ? {} : { zone: parseZone(filters[0]) };
  const format = { verbose: options.verbosity > 0, statistics: options.statistics };
  const { conntrack } = backer.dpif;
  for (let from: WalkCursor | null = null; ; ) {
    const step = conntrack.dump(from, filter, { entries: true }, wholeMs(view));
    yield step.entries.map((entry) => `${formatConnection(entry, format)}\n`).join('');
    if (step.next === null) return;
    from = step.next;
  }
}

function* flush(view: SwitchView, args: readonly string[]): Pieces {
  const { backer, rest } = takeNamedDatapath(view, args);
  const filter = asDpctlError(() => parseFlushWords(rest));
  const { conntrack } = backer.dpif;
  let step: CtFlushStep | null = conntrack.flush(filter, null, wholeMs(view));
  if (step === null) throw dpctlError('failed to flush conntrack', 'ENOENT');
  while (step !== null && step.next !== null) {
    yield '';
    step = conntrack.flush(filter, step.next, wholeMs(view));
  }
}

export function parseZone(text: string): number {
  const digits = /^zone=(\d+)$/.exec(text)?.[1];
  const zone = Number(digits);
  if (digits === undefined || zone >= ZONES) throw dpctlError('failed to parse zone', 'EINVAL');
  return zone;
}

/** The number is the last word; what stands before it is the datapath. */
const setNumber = (view: SwitchView, name: SettingName, what: string) => (args: readonly string[]) => {
  const { backer } = takeDatapath(view, args.slice(0, -1));
  const value = readValue(SETTINGS[name], args[args.length - 1]);
  if (value === null) throw dpctlError(`${what} missing or malformed`, 'EINVAL');
  backer.dpif.conntrack.set({ [name]: value });
  return `setting ${what} successful`;
};

function setSequenceCheck(backer: Backer, enabled: boolean): string {
  backer.dpif.conntrack.set({ tcp_sequence_check: Number(enabled) });
  return `${enabled ? 'enabling' : 'disabling'} TCP sequence checking successful`;
}

function dumpExpected(tracker: DpifConntrack, words: readonly string[]): Pieces {
  const zone = words.length === 0 ? null : parseZone(words[0]);
  return inPieces(tracker.expectations(), (expectation) => {
    const row = expectationText(expectation);
    return zone === null || row.zone === zone ? `${formatExpectation(row)}\n` : null;
  });
}

/** Chains are one bucket to the outside, as in Open vSwitch's userspace tracker. */
function showBuckets(tracker: DpifConntrack, words: readonly string[]): string {
  const threshold = words.length === 0 ? 0 : parseThreshold(words[0]);
  const { count } = tracker.figures();
  if (count === 0) return 'Total Buckets: 1\nCurrent Connections: 0\n\n';
  const rule = '+-----------+-----------------------------------------+\n';
  const head = `${rule}|  Buckets  |         Connections per Buckets         |\n${rule}`;
  const row = count > threshold ? `   0..  7   | ${String(count).padStart(5)}\n` : '';
  return `Total Buckets: 1\nCurrent Connections: ${count}\n\n${head}${row}\n`;
}

function parseThreshold(text: string): number {
  const digits = /^gt=(\d+)$/.exec(text)?.[1];
  if (digits === undefined) throw dpctlError('datapath not found', 'EINVAL');
  return Number(digits);
}

/** Lines per protocol in this order, only those that are not zero. */
const PROTOCOL_LINES: readonly (readonly [number, string])[] = [
  [IP_PROTO_TCP, 'TCP'],
  [IP_PROTO_UDP, 'UDP'],
  [IP_PROTO_UDPLITE, 'UDPLITE'],
  [IP_PROTO_SCTP, 'SCTP'],
  [IP_PROTO_ICMP, 'ICMP'],
  [IP_PROTO_DCCP, 'DCCP'],
  [IP_PROTO_IGMP, 'IGMP'],
];

function* showStats(view: SwitchView, args: readonly string[]): Pieces {
  const { options, rest } = parseOptions(args);
  const { backer, rest: words } = takeNamedDatapath(view, rest);
  const verbose = options.verbosity > 0 || words.includes('verbose');
  const zoneWord = words.find((word) => word.startsWith('zone='));
  if (words.some((word) => word !== 'verbose' && word !== zoneWord)) throw dpctlError('datapath not found', 'EINVAL');
  const { conntrack } = backer.dpif;
  const stats = new ConnStats();
  const filter = zoneWord === undefined ? {} : { zone: parseZone(zoneWord) };
  yield* overConnections(conntrack, filter, { states: true }, connClock(view), ({ count, states }) => {
    for (let i = 0; i < count; i++) stats.add(states[2 * i], states[2 * i + 1]);
  });
  yield statsText(stats, verbose);
}

function statsText({ total, byProtocol, byTcpState }: ConnStats, verbose: boolean): string {
  const lines = PROTOCOL_LINES.flatMap(([proto, name]) => [
    ...countLine(name, byProtocol[proto]),
    ...(verbose && proto === IP_PROTO_TCP && byProtocol[proto] > 0 ? tcpStateLines(byTcpState) : []),
  ]);
  const named = [...PROTOCOL_LINES.map(([proto]) => proto), IP_PROTO_ICMPV6];
  const others = byProtocol.reduce((sum, count, proto) => (named.includes(proto) ? sum : sum + count), 0);
  lines.push(...countLine('Other', others));
  return `Connections Stats:\n    Total: ${total}\n${lines.map((line) => `${line}\n`).join('')}`;
}

const countLine = (name: string, count: number): string[] => (count === 0 ? [] : [`  ${name}: ${count}`]);

const tcpStateLines = (states: ReadonlyMap<string, number>): string[] => [
  '    Conn per TCP states:',
  ...[...states].filter(([, count]) => count > 0).map(([state, count]) => `\t  [${state}]=${count}`),
];
