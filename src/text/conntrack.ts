/** Tracked connections as text: the lines of `dpctl/dump-conntrack`. Those of Linux are in conntrack-linux.ts. */
import type { ConnEntry, CtTuple, TcpEntry } from '../../datapath/conntrack/query/dump.js';
import { TCP_STATE_NAMES } from '../../datapath/conntrack/query/dump.js';
import { formatIpv4, formatIpv6 } from './address.js';
import { type Colors, PLAIN } from './colors.js';
import { type FlagNames, formatFlags } from './flags.js';

/** How a connection is printed, after the options of `dpctl/dump-conntrack`. */
export interface ConnectionFormat {
  /**
   * `-m`: both ends' TCP states, the parent; and an id and a status, which are 0 as Open vSwitch's userspace tracker has none
   * (`ctswitch ct list --json` tells ours).
   */
  verbose?: boolean;
  /** `-s`: how long until it expires. */
  statistics?: boolean;
  /** Plain if absent. */
  colors?: Colors | undefined;
}

const PROTOCOL_NAMES: Partial<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
};

/** The name of an IP protocol in dumps, or its number. */
export const protocolName = (proto: number): string => PROTOCOL_NAMES[proto] ?? String(proto);

/** One line without its end. Put together by appending: dumps have millions of them. */
export function formatConnection(
  entry: ConnEntry,
  { verbose = false, statistics = false, colors = PLAIN }: ConnectionFormat = {},
): string {
  const { param, paren, value } = colors;
  const { orig, reply, zone, mark, labels, tcp, helper, parent } = entry;
  let line = `${value(protocolName(entry.proto))},${paren('orig=(')}${formatTuple(orig, colors)}${paren(')')}`;
  line += `,${paren('reply=(')}${formatTuple(reply, colors)}${paren(')')}`;
  if (verbose) line += `,${param('id=')}0`;
  if (zone !== 0) line += `,${param('zone=')}${zone}`;
  if (verbose) line += `,${param('status=')}0`;
  if (statistics) line += `,${param('timeout=')}${Math.floor(entry.timeoutMs / 1000)}`;
  if (mark !== 0) line += `,${param('mark=')}${mark}`;
  if (labels !== 0n) line += `,${param('labels=')}0x${labels.toString(16)}`;
  if (tcp !== null) {
    const states = verbose ? formatTcpEnds(tcp, colors) : param('state=') + tcp.state;
    line += `,${paren('protoinfo=(')}${states}${paren(')')}`;
  }
  if (helper !== null) line += `,${param('helper=')}${helper}`;
  if (verbose && parent !== null) line += `,${paren('parent=(')}${formatTuple(parent, colors)}${paren(')')}`;
  return line;
}

/** What a helper expects; the source port is not known. */
export interface ExpectationText {
  expected: CtTuple;
  parent: CtTuple;
  zone: number;
  mark: number;
  labels: bigint;
}

/** A line of dump-conntrack-exp. */
export function formatExpectation(
  { expected, parent, zone, mark, labels }: ExpectationText,
  colors: Colors = PLAIN,
): string {
  const { param, paren, value } = colors;
  const tuple = (name: string, of: CtTuple): string => paren(`${name}=(`) + formatTuple(of, colors) + paren(')');
  const parts = [value(protocolName(expected.proto)), tuple('orig', expected)];
  if (zone !== 0) parts.push(`${param('zone=')}${zone}`);
  if (mark !== 0) parts.push(`${param('mark=')}${mark}`);
  if (labels !== 0n) parts.push(`${param('labels=')}0x${labels.toString(16)}`);
  parts.push(tuple('parent', parent));
  return parts.join(',');
}

const address = (family: 4 | 6, value: bigint): string =>
  family === 4 ? formatIpv4(Number(value)) : formatIpv6(value);

const isIcmp = ({ proto, family }: CtTuple): boolean => proto === (family === 4 ? 1 : 58);

export function formatTuple(tuple: CtTuple, { param }: Colors = PLAIN): string {
  const { family, src, dst } = tuple;
  const ends = `${param('src=')}${address(family, src)},${param('dst=')}${address(family, dst)}`;
  return isIcmp(tuple)
    ? `${ends},${param('id=')}${tuple.icmpId},${param('type=')}${tuple.icmpType},${param('code=')}${tuple.icmpCode}`
    : `${ends},${param('sport=')}${tuple.srcPort},${param('dport=')}${tuple.dstPort}`;
}

const TCP_END_FLAGS: FlagNames = {
  kind: 'TCP end',
  bits: [
    { name: 'WINDOW_SCALE', bit: 1 },
    { name: 'SACK_PERM', bit: 2 },
    { name: 'CLOSE_INIT', bit: 4 },
    { name: 'BE_LIBERAL', bit: 8 },
    { name: 'DATA_UNACKNOWLEDGED', bit: 16 },
    { name: 'MAXACK_SET', bit: 32 },
  ],
  all: 63,
};

function formatTcpEnds(tcp: TcpEntry, { param }: Colors): string {
  const state = (number: number): string => TCP_STATE_NAMES[number] ?? String(number);
  const isUnscaled = tcp.wscaleOrig === 0 && tcp.wscaleReply === 0;
  return [
    param('state_orig=') + state(tcp.stateOrig),
    param('state_reply=') + state(tcp.stateReply),
    ...(isUnscaled ? [] : [`${param('wscale_orig=')}${tcp.wscaleOrig}`, `${param('wscale_reply=')}${tcp.wscaleReply}`]),
    param('flags_orig=') + formatFlags(tcp.flagsOrig, TCP_END_FLAGS),
    param('flags_reply=') + formatFlags(tcp.flagsReply, TCP_END_FLAGS),
  ].join(',');
}
