/**
 * What the matches of OpenFlow 1.0 and 1.1 have in common: structures in which one place serves for several fields, by what the
 * packet is, and a bit says of each place that it does not matter.
 */
import { FIELDS, type FieldName } from '../match/fields.js';
import type { Match } from '../match/match.js';
import { OpenFlowError } from './errors.js';

export const ETH_IP = 0x0800;
export const ETH_IPV6 = 0x86dd;
const ETH_ARP = 0x0806;
const ETH_RARP = 0x8035;

const ICMP = 1;
const ICMPV6 = 58;

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
  if (type === ETH_IP) return IPV4;
  if (type === ETH_IPV6) return IPV6;
  return type === ETH_ARP || (hasRarp && type === ETH_RARP) ? ARP : null;
}

const PORTS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
};

/** What the two 16-bit fields behind the addresses are, by protocol. */
function portFields(type: number, proto: number): readonly [FieldName, FieldName] | null {
  if (type === ETH_IP && proto === ICMP) return ['icmp_type', 'icmp_code'];
  if (type === ETH_IPV6 && proto === ICMPV6) return ['icmpv6_type', 'icmpv6_code'];
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
