/**
 * A packet's headers in the datapath's flow syntax, as netdev-dummy/receive and its like are given:
 * `in_port(1),eth(src=..,dst=..),eth_type(0x0800),ipv4(..),tcp(src=1,dst=2),tcp_flags(syn)`.
 *
 * Exact values of headers, no masks; what is metadata (recirc_id, in_port, ct_state ...) says nothing about the frame and is passed over.
 */

import { W_MPLS } from '../../datapath/keys/layout.js';
import { ETH_TYPE_VLAN, ETH_TYPE_VLAN_8021AD } from '../../datapath/wire/numbers.js';
import type { FieldName } from '../match/fields.js';
import { recomputeGroups, VLAN_PRESENT_VALUE } from '../match/key.js';
import { Match } from '../match/match.js';
import { parseIpv4, parseIpv6, parseMac } from './address.js';
import { TextError } from './error.js';
import { parseFlags, TCP_FLAGS } from './flags.js';
import { parseBig } from './values.js';

type Reader = (text: string) => bigint | null;

const ipv4: Reader = (text) => {
  const address = parseIpv4(text);
  return address === null ? null : BigInt(address >>> 0);
};

/** As in FIELDS, the enum of fragments is a bit for "any" and one for "later". */
const FRAGMENTS: Readonly<Record<string, bigint>> = { no: 0n, first: 1n, later: 3n };

/** tos and tclass are DSCP and ECN in one. */
interface Member {
  readonly read: Reader;
  readonly set: (match: Match, value: bigint) => void;
}

const field = (name: FieldName, read: Reader = parseBig): Member => ({
  read,
  set: (match, value) => void match.set(name, value),
});

const trafficClass: Member = {
  read: parseBig,
  set: (match, value) => void match.set('nw_tos', value & 0xfcn).set('nw_ecn', value & 3n),
};
const fragment = field('ip_frag', (text) => FRAGMENTS[text] ?? null);
const ports = { src: field('tcp_src'), dst: field('tcp_dst') };
const icmp = { type: field('icmp_type'), code: field('icmp_code') };

const STRUCTURES: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  eth: { src: field('eth_src', parseMac), dst: field('eth_dst', parseMac) },
  vlan: {
    vid: { read: parseBig, set: (match, value) => setTag(match, value, 0xfffn) },
    pcp: { read: parseBig, set: (match, value) => setTag(match, value << 13n, 0xe000n) },
    cfi: { read: parseBig, set: () => {} },
  },
  ipv4: {
    src: field('ip_src', ipv4),
    dst: field('ip_dst', ipv4),
    proto: field('nw_proto'),
    tos: trafficClass,
    ttl: field('nw_ttl'),
    frag: fragment,
  },
  ipv6: {
    src: field('ipv6_src', parseIpv6),
    dst: field('ipv6_dst', parseIpv6),
    label: field('ipv6_label'),
    proto: field('nw_proto'),
    tclass: trafficClass,
    hlimit: field('nw_ttl'),
    frag: fragment,
  },
  arp: {
    sip: field('arp_spa', ipv4),
    tip: field('arp_tpa', ipv4),
    op: field('arp_op'),
    sha: field('arp_sha', parseMac),
    tha: field('arp_tha', parseMac),
  },
  tcp: ports,
  udp: ports,
  sctp: ports,
  icmp,
  icmpv6: icmp,
  nd: { target: field('nd_target', parseIpv6), sll: field('nd_sll', parseMac), tll: field('nd_tll', parseMac) },
};

const METADATA = [
  'recirc_id',
  'dp_hash',
  'skb_priority',
  'skb_mark',
  'in_port',
  'packet_type',
  'ct_state',
  'ct_zone',
  'ct_mark',
  'ct_label',
  'ct_tuple4',
  'ct_tuple6',
  'tunnel',
] as const;
const ETH_VLAN = [BigInt(ETH_TYPE_VLAN), BigInt(ETH_TYPE_VLAN_8021AD)];

/** The headers as a key, from which a frame can be composed. */
export function parseDpKey(text: string): Int32Array {
  const match = new Match();
  for (const { name, body } of attributes(text)) readAttribute(match, name, body, text);
  const { key } = match;
  const labels = /(?:^|[,( ])mpls\(([^)]*)\)/.exec(text); // there is one stack, be it within encap()
  if (labels !== null) readLabels(key, labels[1]!, text);
  recomputeGroups(key, 0);
  return key;
}

const MAX_LABELS = 3;
/** Place in a label stack entry, most significant bit of the member, bits. */
const LABEL_MEMBERS: Readonly<Record<string, readonly [shift: number, bits: number]>> = {
  label: [12, 20],
  tc: [9, 3],
  ttl: [0, 8],
  bos: [8, 1],
};

/** `label=1,tc=2,ttl=3,bos=0,label=...`: each label begins an entry of the stack. */
function readLabels(key: Int32Array, body: string, text: string): void {
  let at = W_MPLS - 1;
  for (const pair of body.split(',')) {
    const [name = '', written = ''] = pair.split('=');
    const place = Object.hasOwn(LABEL_MEMBERS, name) ? LABEL_MEMBERS[name] : undefined;
    const value = parseBig(written);
    if (name === 'label') at++;
    const isInside = at >= W_MPLS && at < W_MPLS + MAX_LABELS;
    if (place === undefined || value === null || value >> BigInt(place[1]) !== 0n || !isInside)
      throw syntaxError(pair, text);
    key[at] |= Number(value) << place[0];
  }
}

function readAttribute(match: Match, name: string, body: string, text: string): void {
  if (name === 'mpls' || METADATA.some((known) => known === name)) return;
  if (name === 'encap') {
    for (const inner of attributes(body)) readAttribute(match, inner.name, inner.body, text);
    return;
  }
  if (name === 'eth_type') return readEthType(match, body, text);
  if (name === 'tcp_flags') {
    match.set('tcp_flags', BigInt(parseFlagText(body, text)));
    return;
  }
  const members = STRUCTURES[name];
  if (members === undefined) throw syntaxError(name, text);
  for (const pair of body.split(',').filter((part) => part !== '')) readMember(match, members, pair, text);
}

/** The type in front of a tag is the tag's own. */
function readEthType(match: Match, body: string, text: string): void {
  const value = parseBig(body);
  if (value === null) throw syntaxError(`eth_type(${body})`, text);
  if (!ETH_VLAN.includes(value)) match.set('eth_type', value);
}

function readMember(match: Match, members: Readonly<Record<string, Member>>, pair: string, text: string): void {
  const equals = pair.indexOf('=');
  const member = members[pair.slice(0, equals)];
  const value = member?.read(pair.slice(equals + 1)) ?? null;
  if (member === undefined || value === null) throw syntaxError(pair, text);
  member.set(match, value);
}

function parseFlagText(body: string, text: string): number {
  const number = parseBig(body);
  if (number !== null) return Number(number);
  const signed = body
    .split('|')
    .map((word) => (word.startsWith('+') || word.startsWith('-') ? word : `+${word}`))
    .join('');
  try {
    return parseFlags(signed, TCP_FLAGS).value;
  } catch {
    throw syntaxError(`tcp_flags(${body})`, text);
  }
}

function setTag(match: Match, bits: bigint, mask: bigint): void {
  const { value } = match.get('vlan_tci');
  match.set('vlan_tci', (value & ~mask) | bits | VLAN_PRESENT_VALUE);
}

/** `name(body)`, with commas between them; bodies may hold parentheses. */
function* attributes(text: string): Generator<{ name: string; body: string }> {
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('(', at);
    const close = open < 0 ? -1 : closing(text, open);
    if (close < 0) throw syntaxError(text.slice(at), text);
    yield { name: text.slice(at, open).trim(), body: text.slice(open + 1, close) };
    at = close + 1;
    while (text[at] === ',' || text[at] === ' ') at++;
  }
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

const syntaxError = (where: string, text: string): TextError => new TextError(`syntax error at ${where}`, text);
