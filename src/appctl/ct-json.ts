/** Connections as JSON values, and the requests that ask for them: the words between the daemon and `ctswitch ct`. */
import { type ConnEntry, type CtTuple, keyToTuple } from '../../datapath/conntrack/query/dump.js';
import type { Expectation } from '../../datapath/conntrack/record/expectations.js';
import { KEY_META } from '../../datapath/conntrack/record/packet-key.js';
import type { Backer } from '../bridge/backer.js';
import { formatIpv4, formatIpv6 } from '../text/address.js';
import { type ExpectationText, protocolName } from '../text/conntrack.js';
import { UnixctlError } from '../unixctl/registry.js';
import { takeDatapath } from './args.js';
import type { SwitchView } from './view.js';

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

/** A request: one JSON object, whose `datapath` may be left out where there is one. */
export interface CtRequest {
  datapath?: string;
  filter?: unknown;
  [key: string]: unknown;
}

export function parseRequest(view: SwitchView, text: string): { request: CtRequest; backer: Backer } {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw new UnixctlError('the request is not JSON');
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request))
    throw new UnixctlError('the request is not a JSON object');
  const { datapath } = request as CtRequest;
  const { backer } = takeDatapath(view, typeof datapath === 'string' ? [datapath] : []);
  return { request: request as CtRequest, backer };
}

/** A text of the request; the default if there is none. */
export function textIn(request: CtRequest, name: string, fallback: string): string {
  const value = request[name] ?? fallback;
  if (typeof value !== 'string') throw new UnixctlError(`${name} has to be a text`);
  return value;
}

/** A number of the request; the default if there is none. */
export function numberIn(request: CtRequest, name: string, fallback: number): number {
  const value = request[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new UnixctlError(`${name} has to be a whole number`);
  return value;
}
