/**
 * Which fields a packet or a match must have for another to make sense: `tcp_src` needs IP and protocol 6.
 * (ovs-fields(7), "Prerequisites" of each field.)
 */

import {
  FRAG_LATER,
  W_CT_STATE_ZONE,
  W_PACKET_TYPE,
  W_TP,
  W_TYPE_PROTO_FRAG,
  W_VLAN,
} from '../../datapath/keys/layout.js';
import {
  CT_DST_NAT,
  CT_ESTABLISHED,
  CT_INVALID,
  CT_NEW,
  CT_RELATED,
  CT_REPLY_DIR,
  CT_SRC_NAT,
  CT_TRACKED,
} from '../../datapath/packet/ct-state.js';
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IPV4,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  ETH_TYPE_MPLS_MCAST,
  ETH_TYPE_NSH,
  ETH_TYPE_RARP,
  ICMPV6_NEIGHBOUR_ADVERTISEMENT,
  ICMPV6_NEIGHBOUR_SOLICITATION,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
} from '../../datapath/wire/numbers.js';
import { FIELDS, type FieldName, type Prerequisite } from './fields.js';
import { VLAN_PRESENT } from './key.js';
import type { Match } from './match.js';

/** The words that prerequisites look at. */
interface Facts {
  packetType: number;
  vlan: number;
  typeProtoFrag: number;
  ports: number;
}

const ethType = (f: Facts): number => (f.packetType === 0 ? f.typeProtoFrag >>> 16 : f.packetType & 0xffff);
const isIp = (f: Facts): boolean => ethType(f) === ETH_TYPE_IPV4 || ethType(f) === ETH_TYPE_IPV6;
const hasL4 = (f: Facts, proto: number): boolean => isIp(f) && ((f.typeProtoFrag >>> 8) & 0xff) === proto;
/** Fragments but the first have no L4 header. */
const isWhole = (f: Facts): boolean => (f.typeProtoFrag & FRAG_LATER) === 0;
const isIcmp6 = (f: Facts): boolean => ethType(f) === ETH_TYPE_IPV6 && hasL4(f, IP_PROTO_ICMPV6);
const isNd = (f: Facts, type: number): boolean => isIcmp6(f) && f.ports === type << 16;

const TESTS = {
  none: () => true,
  ethernet: (f) => f.packetType === 0,
  vlan: (f) => f.packetType === 0 && (f.vlan & VLAN_PRESENT) !== 0,
  mpls: (f) => ethType(f) === ETH_TYPE_MPLS || ethType(f) === ETH_TYPE_MPLS_MCAST,
  arp: (f) => ethType(f) === ETH_TYPE_ARP || ethType(f) === ETH_TYPE_RARP,
  ipv4: (f) => ethType(f) === ETH_TYPE_IPV4,
  ipv6: (f) => ethType(f) === ETH_TYPE_IPV6,
  ip: isIp,
  tcp: (f) => hasL4(f, IP_PROTO_TCP) && isWhole(f),
  udp: (f) => hasL4(f, IP_PROTO_UDP) && isWhole(f),
  sctp: (f) => hasL4(f, IP_PROTO_SCTP) && isWhole(f),
  icmp: (f) => ethType(f) === ETH_TYPE_IPV4 && hasL4(f, IP_PROTO_ICMP),
  icmpv6: isIcmp6,
  nd: (f) => isNd(f, ICMPV6_NEIGHBOUR_SOLICITATION) || isNd(f, ICMPV6_NEIGHBOUR_ADVERTISEMENT),
  ndSolicit: (f) => isNd(f, ICMPV6_NEIGHBOUR_SOLICITATION),
  ndAdvert: (f) => isNd(f, ICMPV6_NEIGHBOUR_ADVERTISEMENT),
  nsh: (f) => ethType(f) === ETH_TYPE_NSH,
} satisfies Record<Exclude<Prerequisite, 'ct'>, (f: Facts) => boolean>;

const L3: readonly FieldName[] = ['packet_type', 'eth_type'];
const L4: readonly FieldName[] = [...L3, 'nw_proto', 'ip_frag'];
const ND: readonly FieldName[] = [...L3, 'nw_proto', 'icmpv6_type', 'icmpv6_code'];

/** What decides each test, for un-wildcarding. */
const DECIDED_BY = {
  none: [],
  ethernet: ['packet_type'],
  vlan: ['packet_type', 'vlan_tci'],
  mpls: L3,
  arp: L3,
  ipv4: L3,
  ipv6: L3,
  ip: L3,
  tcp: L4,
  udp: L4,
  sctp: L4,
  icmp: [...L3, 'nw_proto'],
  icmpv6: [...L3, 'nw_proto'],
  nd: ND,
  ndSolicit: ND,
  ndAdvert: ND,
  nsh: L3,
  ct: ['ct_state'],
} as const satisfies Record<Prerequisite, readonly FieldName[]>;

const CT_IMPLIES_VALID = CT_NEW | CT_ESTABLISHED | CT_RELATED | CT_REPLY_DIR | CT_SRC_NAT | CT_DST_NAT;
const CT_HAS_TUPLE = CT_NEW | CT_ESTABLISHED | CT_REPLY_DIR;

/** The fields whose values decide whether a packet has the field. */
export function prerequisiteFields(field: FieldName): readonly FieldName[] {
  return DECIDED_BY[FIELDS[field].needs];
}

/** True if a packet with that key has the field. */
export function keyMeets(words: Int32Array, at: number, field: FieldName): boolean {
  const needs = FIELDS[field].needs;
  if (needs === 'ct') return (words[at + W_CT_STATE_ZONE] & CT_HAS_TUPLE) !== 0;
  return TESTS[needs]({
    packetType: words[at + W_PACKET_TYPE],
    vlan: words[at + W_VLAN],
    typeProtoFrag: words[at + W_TYPE_PROTO_FRAG],
    ports: words[at + W_TP],
  });
}

/** True if every packet that matches has the field, so that matching it or setting it makes sense. */
export function meets(match: Match, field: FieldName): boolean {
  const needs = FIELDS[field].needs;
  if (needs === 'ct') return requiresValidConnection(match);
  return TESTS[needs]({
    packetType: match.valueWord(W_PACKET_TYPE),
    vlan: match.valueWord(W_VLAN),
    typeProtoFrag: match.valueWord(W_TYPE_PROTO_FRAG),
    ports: match.valueWord(W_TP),
  });
}

/** A bit that only valid connections have must be set, or the packet be tracked and explicitly not invalid. */
function requiresValidConnection(match: Match): boolean {
  const state = match.valueWord(W_CT_STATE_ZONE);
  const mask = match.maskWord(W_CT_STATE_ZONE);
  if ((state & CT_IMPLIES_VALID) !== 0) return true;
  return (state & CT_TRACKED) !== 0 && (mask & CT_INVALID) !== 0 && (state & CT_INVALID) === 0;
}
