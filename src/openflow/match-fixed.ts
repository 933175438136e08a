/**
 * What the matches of OpenFlow 1.0 and 1.1 have in common: structures in which one place serves for several fields, by what the
 * packet is, and a bit says of each place that it does not matter.
 */
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IPV4,
  ETH_TYPE_IPV6,
  ETH_TYPE_RARP,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
} from '../../datapath/wire/numbers.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import type { Match } from '../match/match.js';
import { OpenFlowError } from './errors.js';

/** What the places of protocol and addresses hold; null where they mean nothing. */
export interface L3Fields {
  readonly proto: FieldName;
  readonly src: FieldName | null;
  readonly dst: FieldName | null;
  readonly isIp: boolean;
}

const IPV4: L3Fields = { proto: 'nw_proto', src: 'ip_src', dst: 'ip_dst', isIp: true };
const IPV6: L3Fields = { proto: 'nw_proto', src: null, dst: null, isIp: true };
const ARP: L3Fields = { proto: 'arp_op', src: 'arp_spa', dst: 'arp_tpa', isIp: false };

/** 1.1 has no word for RARP. */
export function l3Fields(type: number, hasRarp: boolean): L3Fields | null {
  if (type === ETH_TYPE_IPV4) return IPV4;
  if (type === ETH_TYPE_IPV6) return IPV6;
  return type === ETH_TYPE_ARP || (hasRarp && type === ETH_TYPE_RARP) ? ARP : null;
}

const PORTS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  [IP_PROTO_TCP]: ['tcp_src', 'tcp_dst'],
  [IP_PROTO_UDP]: ['udp_src', 'udp_dst'],
  [IP_PROTO_SCTP]: ['sctp_src', 'sctp_dst'],
};

/** What the two 16-bit fields behind the addresses are, by protocol. */
function portFields(type: number, proto: number): readonly [FieldName, FieldName] | null {
  if (type === ETH_TYPE_IPV4 && proto === IP_PROTO_ICMP) return ['icmp_type', 'icmp_code'];
  if (type === ETH_TYPE_IPV6 && proto === IP_PROTO_ICMPV6) return ['icmpv6_type', 'icmpv6_code'];
  return PORTS[proto] ?? null;
}

/** The two fields at `at`, but for those that are wild. */
export function readPorts(
  match: Match,
  { type, proto }: { type: number; proto: number },
  [srcIsWild, dstIsWild]: readonly [boolean, boolean],
  view: DataView,
  at: number,
): void {
  const ports = portFields(type, proto);
  if (ports === null) return;
  if (!srcIsWild) setPort(match, ports[0], view.getUint16(at));
  if (!dstIsWild) setPort(match, ports[1], view.getUint16(at + 2));
}

/** ICMP types and codes have eight of the sixteen bits. */
function setPort(match: Match, field: FieldName, value: number): void {
  if (FIELDS[field].bits === 8 && value > 0xff) throw new OpenFlowError('OFPBMC_BAD_VALUE', field);
  match.set(field, BigInt(value));
}

/** For writing: the field's value as a number, 0 where it does not matter. */
export const numberIn =
  (match: Match) =>
  (field: FieldName): number =>
    Number(match.get(field).value);

/** The bits of the fields that the match leaves open. */
export function wildcardsOf(match: Match, rows: readonly (readonly [field: FieldName, bit: number])[]): number {
  let wild = 0;
  for (const [field, bit] of rows) if (!match.has(field)) wild |= bit;
  return wild;
}
