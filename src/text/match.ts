/** Match text into a Match: `tcp,nw_dst=10.0.0.0/8,tp_dst=80`, with every name and shorthand of ovs-fields(7). */

import { lazy } from '../../datapath/base/lazy.js';
import { didYouMean } from '../../datapath/base/suggest.js';
import { ETH_TYPE_ARP, ETH_TYPE_RARP } from '../../datapath/wire/numbers.js';
import { idByName } from '../match/field-ids.js';
import { FIELD_NAMES, FIELDS, type FieldName, fieldByName } from '../match/fields.js';
import { fullMask } from '../match/key.js';
import { Match } from '../match/match.js';
import { meets } from '../match/prerequisites.js';
import { TextError, within } from './error.js';
import type { Names } from './names.js';
import { PROTOCOL_WORDS, type ProtocolWord, protocolWord } from './protocols.js';
import { type Pair, PairScanner } from './scanner.js';
import { fieldMask, parseValue } from './values.js';

export { formatMatch, type MatchPrintOptions } from './match-print.js';

/** Port fields whose name leaves open which protocol's they are. */
const TP_FIELDS: Partial<Record<FieldName, true>> = { tcp_src: true, tcp_dst: true };
const PORT_FIELDS: readonly FieldName[] = ['tcp_src', 'tcp_dst', 'udp_src', 'udp_dst', 'sctp_src', 'sctp_dst'];

/** Fields that Open vSwitch prints by a name of which it knows nothing when reading. */
const PRINTED_AS: Partial<Record<string, FieldName>> = {
  gtpu_flags: 'tun_gtpu_flags',
  gtpu_msgtype: 'tun_gtpu_msgtype',
};

/** A match from text that holds nothing else. */
export function parseMatch(text: string, names?: Names): Match {
  const match = new Match();
  const scanner = new PairScanner(text);
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) {
    if (!parseMatchPair(match, pair, text, names)) throw unknownKeyword(pair, text);
  }
  return match;
}

/** What a flow may be described by, for who has mistyped it. */
const matchWords = lazy(() => [
  ...['priority', 'table', 'cookie', 'idle_timeout', 'hard_timeout', 'importance', 'out_port', 'out_group', 'actions'],
  ...PROTOCOL_WORDS.map(({ word }) => word),
  ...FIELD_NAMES.flatMap((name) => [name, ...(FIELDS[name].aka ?? [])]),
]);

/** A word that is one of them and only lacks its value needs no hint. */
function nearOther(word: string): string {
  return matchWords().includes(word) ? '' : didYouMean(word, matchWords());
}

export function unknownKeyword(pair: Pair, text: string): TextError {
  return pair.value === null
    ? new TextError(`field ${pair.key} missing value`, text, pair.at, nearOther(pair.key))
    : new TextError(`unknown keyword ${pair.key}`, text, pair.at, didYouMean(pair.key, matchWords()));
}

/** Adds what the pair says to the match; false if it says nothing about a match. */
export function parseMatchPair(match: Match, pair: Pair, text: string, names?: Names): boolean {
  const protocol = protocolWord(pair.key);
  if (protocol !== undefined) {
    setProtocol(match, protocol);
    return true;
  }
  // Every packet of this switch is an Ethernet frame, so asking for one asks for nothing.
  if (pair.key === 'eth') return true;
  const field = fieldByName(pair.key) ?? PRINTED_AS[pair.key] ?? null;
  if (field === null) return false;
  const value = pair.value ?? '';
  if (value !== '' && value !== '*') within(text, pair.valueAt, () => setFromText(match, field, value, names));
  else if (match.has(field)) match.set(field, 0n, 0n);
  return true;
}

/** What actions may call a field: its name in ovs-fields(7), an alias, or an NXM or OXM name. */
export function fieldNamed(name: string): FieldName | null {
  return fieldByName(name) ?? idByName(name)?.field ?? null;
}

function setProtocol(match: Match, protocol: ProtocolWord): void {
  match.set('eth_type', BigInt(protocol.ethType));
  if (protocol.ipProto !== undefined) match.set('nw_proto', BigInt(protocol.ipProto));
}

function setFromText(match: Match, field: FieldName, text: string, names?: Names): void {
  const { value, mask } = parseValue(text, field, names);
  if (field === 'packet_type' && value === 0n) return;
  const all = fieldMask(field);
  const isExact = (mask & all) === all;
  // An ARP opcode is 16 bits on the wire, 8 in a key; one that does not fit can never match, as in Open vSwitch.
  match.set(field, value, isExact ? fullMask(field) : mask);
}

const OPEN_FIELDS: readonly FieldName[] = [
  'ip_src',
  'ip_dst',
  'ipv6_src',
  'ipv6_dst',
  'ipv6_label',
  'nw_proto',
  'nw_tos',
  'nw_ecn',
  'nw_ttl',
  'ip_frag',
  'arp_sha',
  'arp_tha',
  'nd_target',
  'nd_reserved',
  'nd_options_type',
  'mpls_label',
  'mpls_tc',
  'mpls_bos',
  'mpls_ttl',
  'tcp_src',
  'tcp_dst',
  'tcp_flags',
];

const CT_TUPLE: readonly FieldName[] = [
  'ct_nw_src',
  'ct_nw_dst',
  'ct_ipv6_src',
  'ct_ipv6_dst',
  'ct_nw_proto',
  'ct_tp_src',
  'ct_tp_dst',
];

/**
 * Drops what the match requires of headers that the rest of it does not make sure are there. Returns the match as it was
 * if Open vSwitch would tell the user about it, else null.
 */
export function normalizeMatch(match: Match): Match | null {
  const before = match.clone();
  let isNotable = false;
  for (const field of OPEN_FIELDS) {
    if (!match.has(field) || isAllowed(match, field)) continue;
    match.set(field, 0n, 0n);
    if (field !== 'tcp_flags') isNotable = true;
  }
  for (const field of CT_TUPLE) if (match.has(field) && !meets(match, field)) match.set(field, 0n, 0n);
  return isNotable ? before : null;
}

/** Whether some field that lives in the same place as `field` makes sense in the match. */
function isAllowed(match: Match, field: FieldName): boolean {
  if (TP_FIELDS[field]) return hasPorts(match);
  const ethType = Number(match.get('eth_type').value);
  const isArp = ethType === ETH_TYPE_ARP || ethType === ETH_TYPE_RARP;
  if (field === 'ip_src' || field === 'ip_dst' || field === 'nw_proto') return isArp || meets(match, field);
  if (field === 'arp_sha') return isArp || meets(match, 'nd_sll');
  if (field === 'arp_tha') return isArp || meets(match, 'nd_tll');
  return FIELDS[field].needs === 'none' || meets(match, field);
}

function hasPorts(match: Match): boolean {
  if (PORT_FIELDS.some((field) => meets(match, field))) return true;
  return meets(match, 'icmp_type') || meets(match, 'icmpv6_type');
}
