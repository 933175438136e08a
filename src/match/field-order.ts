/**
 * Which fields a match is made of, named as Open vSwitch names them on the wire and in its order: given the words that
 * matter, each bit is named by exactly one field.
 */

import { FLOW_WORDS, W_TYPE_PROTO_FRAG } from '../../datapath/keys/layout.js';
import { ETH_TYPE_ARP, ETH_TYPE_RARP } from '../../datapath/wire/numbers.js';
import { FIELD_NAMES, type FieldName, REGISTERS } from './fields.js';
import { wordsOfField } from './key.js';

/** Of a match, what naming needs. */
export interface MaskedWords {
  readonly minimask: { readonly words: readonly number[] };
  valueWord(word: number): number;
  has(field: FieldName): boolean;
}

const REGS = Array.from({ length: REGISTERS }, (_, i) => `reg${i}` as FieldName);

/** The order of NXM and OXM as Open vSwitch 3.1 writes it (`ovs-ofctl parse-oxm` shows it). */
// biome-ignore format: a table
export const FIELD_ORDER: readonly FieldName[] = [
  'packet_type', 'dp_hash', 'recirc_id', 'conj_id', 'in_port', 'in_port_oxm', 'actset_output',
  'eth_src', 'eth_dst', 'eth_type', 'vlan_tci', 'vlan_vid', 'vlan_pcp', 'dl_vlan', 'dl_vlan_pcp',
  'mpls_tc', 'mpls_bos', 'mpls_ttl', 'mpls_label',
  'ip_src', 'ip_dst', 'ipv6_src', 'ipv6_dst', 'ip_frag', 'nw_tos', 'ip_dscp', 'nw_ecn', 'nw_ttl', 'ipv6_label', 'nw_proto',
  'tcp_src', 'tcp_dst', 'tcp_flags', 'udp_src', 'udp_dst', 'sctp_src', 'sctp_dst',
  'icmp_type', 'icmp_code', 'icmpv6_type', 'icmpv6_code', 'nd_reserved', 'nd_target', 'nd_options_type', 'nd_sll', 'nd_tll',
  'arp_op', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha',
  'tun_id', 'tun_flags', 'tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_gbp_id', 'tun_gbp_flags',
  'tun_erspan_idx', 'tun_erspan_ver', 'tun_erspan_dir', 'tun_erspan_hwid', 'tun_gtpu_flags', 'tun_gtpu_msgtype',
  'nsh_flags', 'nsh_ttl', 'nsh_mdtype', 'nsh_np', 'nsh_spi', 'nsh_si', 'nsh_c1', 'nsh_c2', 'nsh_c3', 'nsh_c4',
  ...REGS,
  'pkt_mark', 'ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'ct_nw_src', 'ct_nw_dst', 'ct_ipv6_src', 'ct_ipv6_dst',
  'ct_nw_proto', 'ct_tp_src', 'ct_tp_dst', 'metadata', 'skb_priority',
];
const RANK = new Map(FIELD_ORDER.map((field, i) => [field, i]));

/** Fields that lie where another one does, which stands for the place. */
const SECOND_NAMES = new Set<FieldName>([
  ...FIELD_NAMES.filter((field) => /^(x+reg|tun_metadata)/.test(field)),
  ...(['in_port_oxm', 'vlan_vid', 'vlan_pcp', 'dl_vlan', 'dl_vlan_pcp', 'ip_dscp'] as const),
  ...(['udp_src', 'udp_dst', 'sctp_src', 'sctp_dst', 'icmp_type', 'icmp_code', 'icmpv6_type', 'icmpv6_code'] as const),
  ...(['arp_op', 'arp_spa', 'arp_tpa', 'nd_sll', 'nd_tll'] as const),
]);

/** Of each word of a key, the fields that lie there. */
const PLACES: readonly (readonly FieldName[])[] = places();

function places(): FieldName[][] {
  const all = Array.from({ length: FLOW_WORDS }, (): FieldName[] => []);
  for (const field of FIELD_NAMES) {
    const words = SECOND_NAMES.has(field) ? null : wordsOfField(field);
    if (words !== null) for (let word = words[0]; word <= words[1]; word++) all[word]!.push(field);
  }
  return all;
}

const ARP_NAMES = new Map<FieldName, FieldName>([
  ['nw_proto', 'arp_op'],
  ['ip_src', 'arp_spa'],
  ['ip_dst', 'arp_tpa'],
]);
const ND_NAMES = new Map<FieldName, FieldName>([
  ['arp_sha', 'nd_sll'],
  ['arp_tha', 'nd_tll'],
]);
const PORT_NAMES = new Map<number, readonly [FieldName, FieldName]>([
  [1, ['icmp_type', 'icmp_code']],
  [17, ['udp_src', 'udp_dst']],
  [58, ['icmpv6_type', 'icmpv6_code']],
  [132, ['sctp_src', 'sctp_dst']],
]);

export function fieldsOfWords(match: MaskedWords): FieldName[] {
  const context = match.valueWord(W_TYPE_PROTO_FRAG);
  const found: FieldName[] = [];
  for (const word of match.minimask.words) {
    for (const place of PLACES[word]!) {
      if (!match.has(place)) continue;
      const name = nameIn(place, context >>> 16, (context >>> 8) & 0xff);
      if (!found.includes(name)) found.push(name);
    }
  }
  return found.sort((a, b) => RANK.get(a)! - RANK.get(b)!);
}

/** What a place is called in a packet of that Ethernet type and IP protocol. */
function nameIn(place: FieldName, ethType: number, ipProto: number): FieldName {
  if (ethType === ETH_TYPE_ARP || ethType === ETH_TYPE_RARP) return ARP_NAMES.get(place) ?? place;
  if (place === 'tcp_src') return PORT_NAMES.get(ipProto)?.[0] ?? place;
  if (place === 'tcp_dst') return PORT_NAMES.get(ipProto)?.[1] ?? place;
  return ND_NAMES.get(place) ?? place;
}
