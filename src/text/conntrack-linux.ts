/** Tracked connections in the forms of Linux: /proc/net/nf_conntrack, and `conntrack -L` of conntrack-tools. */
import type { ConnEntry, CtTuple } from '../../datapath/conntrack/query/dump.js';
import { formatIpv4, formatIpv6 } from './address.js';
import { type Colors, PLAIN } from './colors.js';

/** As the kernel calls them; all others are unknown to it. */
const PROTOCOL_NAMES: Partial<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
};
const GRE = 47;

/** The kernel does not shorten IPv6 addresses, the tool does. */
type AddressText = (family: 4 | 6, value: bigint) => string;

const whole: AddressText = (family, value) =>
  family === 4 ? formatIpv4(Number(value)) : value.toString(16).padStart(32, '0').match(/.{4}/g)!.join(':');
const short: AddressText = (family, value) => (family === 4 ? formatIpv4(Number(value)) : formatIpv6(value));

/** A line of /proc/net/nf_conntrack. */
export function formatConnectionProc(entry: ConnEntry, colors: Colors = PLAIN): string {
  return `${entry.family === 4 ? 'ipv4     2' : 'ipv6     10'} ${lineOf(entry, whole, true, colors)}`;
}

/** A line as the tool `conntrack -L` prints it. */
export const formatConnectionTool = (entry: ConnEntry, colors: Colors = PLAIN): string =>
  lineOf(entry, short, entry.zone !== 0, colors);

function lineOf(entry: ConnEntry, address: AddressText, withZone: boolean, colors: Colors): string {
  const { param, paren, value } = colors;
  const name = (PROTOCOL_NAMES[entry.proto] ?? 'unknown').padEnd(8);
  const state = entry.tcp === null ? '' : ` ${entry.tcp.state}`;
  const parts = [
    `${value(name)} ${entry.proto} ${Math.floor(entry.timeoutMs / 1000)}${state}`,
    tupleText(entry.orig, address, colors),
    ...(entry.seenReply ? [] : [paren('[UNREPLIED]')]),
    tupleText(entry.reply, address, colors),
    ...(entry.assured ? [paren('[ASSURED]')] : []),
    `${param('mark=')}${entry.mark}`,
    ...(withZone ? [`${param('zone=')}${entry.zone}`] : []),
    `${param('use=')}1`,
  ];
  return parts.join(' ');
}

function tupleText(tuple: CtTuple, address: AddressText, { param }: Colors): string {
  const ends = `${param('src=')}${address(tuple.family, tuple.src)} ${param('dst=')}${address(tuple.family, tuple.dst)}`;
  if (tuple.proto === (tuple.family === 4 ? 1 : 58))
    return `${ends} ${param('type=')}${tuple.icmpType} ${param('code=')}${tuple.icmpCode} ${param('id=')}${tuple.icmpId}`;
  if (tuple.proto === GRE) return `${ends} ${param('srckey=')}0x0 ${param('dstkey=')}0x0`;
  if (PROTOCOL_NAMES[tuple.proto] === undefined) return ends;
  return `${ends} ${param('sport=')}${tuple.srcPort} ${param('dport=')}${tuple.dstPort}`;
}
