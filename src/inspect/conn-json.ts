/** Connections, and what helpers expect, as JSON values: what the daemon answers, `ctswitch ct` shows and scripts read. */
import { type ConnEntry, type CtTuple, keyToTuple } from '../../datapath/conntrack/query/dump.js';
import type { Expectation } from '../../datapath/conntrack/record/expectations.js';
import { KEY_META } from '../../datapath/conntrack/record/packet-key.js';
import { formatIpv4, formatIpv6 } from '../text/address.js';
import { type ExpectationText, protocolName } from '../text/conntrack.js';

/** Ports, or the three numbers of ICMP. */
export type TupleJson = { src: string; dst: string } & (
  | { sport: number; dport: number }
  | { id: number; type: number; code: number }
);

export interface ConnJson {
  id: number;
  proto: string;
  zone: number;
  orig: TupleJson;
  reply: TupleJson;
  /** A TCP state, or REPLIED, UNREPLIED. */
  state: string;
  mark: number;
  /** 0x and hexadecimal digits. */
  labels: string;
  timeoutSeconds: number;
  ageSeconds: number;
  assured: boolean;
  nat: ('src' | 'dst')[];
  helper: string | null;
  parent: TupleJson | null;
  /** Packets that belonged to it and were good, and their bytes from the IP header on. */
  traffic: ConnEntry['traffic'];
}

export function tupleJson(t: CtTuple): TupleJson {
  const address = (value: bigint): string => (t.family === 4 ? formatIpv4(Number(value)) : formatIpv6(value));
  const ends = { src: address(t.src), dst: address(t.dst) };
  return t.proto === (t.family === 4 ? 1 : 58)
    ? { ...ends, id: t.icmpId, type: t.icmpType, code: t.icmpCode }
    : { ...ends, sport: t.srcPort, dport: t.dstPort };
}

export function connJson(entry: ConnEntry): ConnJson {
  return {
    id: entry.id,
    proto: protocolName(entry.proto),
    zone: entry.zone,
    orig: tupleJson(entry.orig),
    reply: tupleJson(entry.reply),
    state: stateOf(entry),
    mark: entry.mark,
    labels: `0x${entry.labels.toString(16)}`,
    timeoutSeconds: Math.floor(entry.timeoutMs / 1000),
    ageSeconds: Math.floor(entry.ageMs / 1000),
    assured: entry.assured,
    nat: [...(entry.snat ? (['src'] as const) : []), ...(entry.dnat ? (['dst'] as const) : [])],
    helper: entry.helper,
    parent: entry.parent === null ? null : tupleJson(entry.parent),
    traffic: entry.traffic,
  };
}

/** As lists show it. */
export const stateOf = (entry: ConnEntry): string => entry.tcp?.state ?? (entry.seenReply ? 'REPLIED' : 'UNREPLIED');

/** What helpers expect, as plain data. */
export function expectationText({ key, parentKey, mark, label }: Expectation): ExpectationText {
  return {
    expected: keyToTuple(key, 0),
    parent: keyToTuple(parentKey, 0),
    zone: parentKey[KEY_META] >>> 16,
    mark: mark >>> 0,
    labels: label.reduce((value, word) => (value << 32n) | BigInt(word >>> 0), 0n),
  };
}

/** The same as a JSON value. */
export interface ExpectationJson {
  proto: string;
  zone: number;
  orig: TupleJson;
  parent: TupleJson;
  mark: number;
  labels: string;
}

export const expectationJson = ({ expected, parent, zone, mark, labels }: ExpectationText): ExpectationJson => ({
  proto: protocolName(expected.proto),
  zone,
  orig: tupleJson(expected),
  parent: tupleJson(parent),
  mark,
  labels: `0x${labels.toString(16)}`,
});
