/** Tracked connections in the forms of Linux: /proc/net/nf_conntrack, and `conntrack -L` of conntrack-tools. */
import type { ConnEntry, CtTuple } from '../../datapath/conntrack/query/dump.js';
import { formatIpv4, formatIpv6 } from './address.js';

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
export function formatConnectionProc(entry: ConnEntry): string {
  return `${entry.family === 4 ? 'ipv4     2' : 'ipv6     10'} ${lineOf(entry, whole, true)}`;
}

/** A line as the tool `conntrack -L` prints it. */
export const formatConnectionTool = (entry: ConnEntry): string => lineOf(entry, short, entry.zone !== 0);

function lineOf(entry: ConnEntry, address: AddressText, withZone: boolean): string {
  const name = (PROTOCOL_NAMES[entry.proto] ?? 'unknown').padEnd(8);
  const state = entry.tcp === null ? '' : ` ${entry.tcp.state}`;
  const parts = [
    `${name} ${entry.proto} ${Math.floor(entry.timeoutMs / 1000)}${state}`,
    tupleText(entry.orig, address),
    ...(entry.seenReply ? [] : ['[UNREPLIED]']),
    tupleText(entry.reply, address),
    ...(entry.assured ? ['[ASSURED]'] : []),
    `mark=${entry.mark}`,
    ...(withZone ? [`zone=${entry.zone}`] : []),
    'use=1',
  ];
  return parts.join(' ');
}

function tupleText(tuple: CtTuple, address: AddressText): string {
  const ends = `src=${address(tuple.family, tuple.src)} dst=${address(tuple.family, tuple.dst)}`;
  if (tuple.proto === (tuple.family === 4 ? 1 : 58))
    return `${ends} type=${tuple.icmpType} code=${tuple.icmpCode} id=${tuple.icmpId}`;
  if (tuple.proto === GRE) return `${ends} srckey=0x0 dstkey=0x0`;
  return PROTOCOL_NAMES[tuple.proto] === undefined ? ends : `${ends} sport=${tuple.srcPort} dport=${tuple.dstPort}`;
}
