/** Which connections somebody wants to see, count or flush: every part given must fit. A row for each part. */
import { type ConnEntry, type CtTuple, LISTED_TCP_STATES } from '../../datapath/conntrack/query/dump.js';
import { parseIpv4, parseIpv6, prefixMask } from '../text/address.js';
import { protocolName } from '../text/conntrack.js';
import { parseBig } from '../text/values.js';
import { stateOf } from './conn-json.js';
import { RequestError } from './request.js';

export type ConnTest = (entry: ConnEntry) => boolean;

/** Null: the text cannot be read. */
type FilterRow = (text: string) => ConnTest | null;

const FILTERS = {
  zone: (text) => number(text, 0xffff, (wanted) => (c) => c.zone === wanted),
  id: (text) => number(text, 0xffff_ffff, (wanted) => (c) => c.id === wanted),
  proto: (text) => {
    const wanted = protocolNamed(text);
    return wanted === null ? null : (c) => c.proto === wanted;
  },
  address: (text) => network(text, (has) => (c) => ends(c).some(has)),
  src: (text) => network(text, (has) => (c) => has({ family: c.family, address: c.orig.src })),
  dst: (text) => network(text, (has) => (c) => has({ family: c.family, address: c.orig.dst })),
  port: (text) => number(text, 0xffff, (wanted) => (c) => ports(c).includes(wanted)),
  sport: (text) => number(text, 0xffff, (wanted) => (c) => hasPorts(c.orig) && c.orig.srcPort === wanted),
  dport: (text) => number(text, 0xffff, (wanted) => (c) => hasPorts(c.orig) && c.orig.dstPort === wanted),
  state: stateTest,
  mark: (text) =>
    masked(
      text,
      32,
      ({ value, mask }) =>
        (c) =>
          ((BigInt(c.mark) ^ value) & mask) === 0n,
    ),
  label: (text) =>
    masked(
      text,
      128,
      ({ value, mask }) =>
        (c) =>
          ((c.labels ^ value) & mask) === 0n,
    ),
} as const satisfies Record<string, FilterRow>;

/** What `state` takes beside the names that lists show. */
const STATES: Readonly<Record<string, ConnTest>> = {
  assured: (c) => c.assured,
  unassured: (c) => !c.assured,
  nat: (c) => c.snat || c.dnat,
  expected: (c) => c.parent !== null,
};

/** TCP's as Linux has them; of the other protocols whether the other end has answered. */
const SHOWN: readonly string[] = [...LISTED_TCP_STATES, 'REPLIED', 'UNREPLIED'];

function stateTest(text: string): ConnTest | null {
  const name = text.toLowerCase();
  if (Object.hasOwn(STATES, name)) return STATES[name]!;
  const wanted = text.toUpperCase();
  return SHOWN.includes(wanted) ? (c) => stateOf(c) === wanted : null;
}

/** What has to be written behind each part. */
const WANTED: Readonly<Record<keyof typeof FILTERS, string>> = {
  zone: 'a number from 0 to 65535',
  id: 'a number',
  proto: 'a protocol: tcp, udp, icmp, icmpv6, sctp, ... or a number',
  address: 'an address, or a network as 10.0.0.0/8',
  src: 'an address, or a network as 10.0.0.0/8',
  dst: 'an address, or a network as 10.0.0.0/8',
  port: 'a port',
  sport: 'a port',
  dport: 'a port',
  state: `one of ${[...SHOWN, ...Object.keys(STATES)].join(', ').toLowerCase()}`,
  mark: 'VALUE or VALUE/MASK',
  label: 'VALUE or VALUE/MASK',
};

/** Of a request, so it may be anything; undefined fits all. */
export function parseFilter(filter: unknown = {}): ConnTest {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    throw new RequestError('filter has to be a JSON object, such as {"zone":"5"}');
  const tests = Object.entries(filter).map(([name, text]) => {
    if (!Object.hasOwn(FILTERS, name)) throw new RequestError(`connections cannot be filtered by "${name}"`);
    const key = name as keyof typeof FILTERS;
    if (typeof text !== 'string' && typeof text !== 'number')
      throw new RequestError(`${name} takes ${WANTED[key]}, as a JSON text or number`);
    const test = FILTERS[key](String(text));
    if (test === null) throw new RequestError(`${name} takes ${WANTED[key]}, not "${text}"`);
    return test;
  });
  return (entry) => tests.every((test) => test(entry));
}

function number(text: string, max: number, make: (value: number) => ConnTest): ConnTest | null {
  const value = parseBig(text);
  return value === null || value < 0n || value > BigInt(max) ? null : make(Number(value));
}

function protocolNamed(text: string): number | null {
  const numbers = Array.from({ length: 256 }, (_, proto) => proto);
  return numbers.find((proto) => protocolName(proto) === text || String(proto) === text) ?? null;
}

function masked(
  text: string,
  bits: number,
  make: (wanted: { value: bigint; mask: bigint }) => ConnTest,
): ConnTest | null {
  const [valueText, maskText, ...more] = text.split('/');
  if (more.length > 0) return null;
  const value = parseBig(valueText);
  const mask = maskText === undefined ? (1n << BigInt(bits)) - 1n : parseBig(maskText);
  if (value === null || mask === null || value < 0n || mask < 0n) return null;
  if ((value | mask) >> BigInt(bits) !== 0n) return null;
  return make({ value, mask });
}

interface Address {
  family: 4 | 6;
  address: bigint;
}

function network(text: string, make: (has: (address: Address) => boolean) => ConnTest): ConnTest | null {
  const [addressText, lengthText, ...more] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || more.length > 0) return null;
  const bits = address.family === 4 ? 32 : 128;
  if (lengthText !== undefined && !/^\d{1,3}$/.test(lengthText)) return null;
  const length = lengthText === undefined ? bits : Number(lengthText);
  if (length > bits) return null;
  const mask = prefixMask(length, bits);
  return make((other) => other.family === address.family && ((other.address ^ address.address) & mask) === 0n);
}

function parseAddress(text: string): Address | null {
  const v4 = parseIpv4(text);
  if (v4 !== null) return { family: 4, address: BigInt(v4 >>> 0) };
  const v6 = parseIpv6(text);
  return v6 === null ? null : { family: 6, address: v6 };
}

/** Of both directions: with NAT they differ. */
const ends = ({ family, orig, reply }: ConnEntry): Address[] =>
  [orig.src, orig.dst, reply.src, reply.dst].map((address) => ({ family, address }));

const hasPorts = (t: CtTuple): boolean => t.proto !== (t.family === 4 ? 1 : 58);

const ports = ({ orig, reply }: ConnEntry): number[] =>
  hasPorts(orig) ? [orig.srcPort, orig.dstPort, reply.srcPort, reply.dstPort] : [];
