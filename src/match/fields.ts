/**
 * The match fields: every field of ovs-fields(7), one row each. Key access, matches, the OXM codec, the text forms,
 * set-field checks and the reference pages are all made from these rows; nothing else may list fields.
 *
 * A field's value is what its NXM or OXM payload holds, as an unsigned number: `vlan_vid` comes with the "present" bit
 * 0x1000, `nw_tos` with its two low bits zero, `in_port_oxm` and `actset_output` in the 32-bit form of OpenFlow 1.1.
 * A slot is where the value lives in a flow key (layout.ts): several fields may share one (`tcp_src` and `udp_src`),
 * several may lie inside another (`vlan_pcp` in `vlan_tci`).
 */

import * as w from '../../datapath/keys/layout.js';
import { OF12, OF13, OF15 } from './versions.js';

/** How values are written in text: src/text has a printer and a parser for each. */
export type FieldFormat =
  | 'decimal'
  | 'hex'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'ofPort'
  | 'ofPort32'
  | 'ctState'
  | 'frag'
  | 'tunFlags'
  | 'tcpFlags'
  | 'packetType';

/** What a match must require before it may name the field: prerequisites.ts. */
export type Prerequisite =
  | 'none'
  | 'ethernet'
  | 'vlan'
  | 'mpls'
  | 'arp'
  | 'ipv4'
  | 'ipv6'
  | 'ip'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmp'
  | 'icmpv6'
  | 'nd'
  | 'ndSolicit'
  | 'ndAdvert'
  | 'nsh'
  | 'ct';

/** [name, class, field, experimenter]; the experimenter only with class 0xffff. */
export type NxmId = readonly [name: string, oxmClass: number, field: number, experimenter?: number];
/** [name, class, field, first OpenFlow version that has it (wire number, 3 = 1.2), experimenter]. */
export type OxmId = readonly [name: string, oxmClass: number, field: number, since: number, experimenter?: number];

/** What the fixed match structures of OpenFlow 1.0 and 1.1 can say about the field. */
export type OldSupport = 'exact' | 'cidr' | 'masked';

export interface FieldRow {
  /** Significant bits: subfields address bits 0..bits-1. */
  readonly bits: number;
  /** Bytes of an NXM or OXM payload, when more than `bits` needs. */
  readonly size?: number;
  /** Null: has no place in a key (tunnel metadata, until a TLV map gives it one). */
  readonly slot: SlotName | null;
  /** The value is the slot shifted left by this much. */
  readonly shift?: number;
  readonly format: FieldFormat;
  readonly maskable: boolean;
  /** The payload has bits that never exist, so it always goes with a mask of those that do. */
  readonly alwaysMasked?: true;
  readonly writable: boolean;
  readonly needs: Prerequisite;
  readonly aka?: readonly string[];
  readonly nxm?: NxmId;
  readonly oxm?: OxmId;
  /** A further id, accepted always and sent from its version on. */
  readonly also?: OxmId;
  readonly of10?: OldSupport;
  readonly of11?: OldSupport;
  /** May be given to a classifier as a prefix field. */
  readonly prefix?: true;
}

const NXM_OF = 0x0000;
const NXM_NX = 0x0001;
const ERICOXM = 0x1000;
const OXM_OF = 0x8000;
const PKT_REG = 0x8001;
const EXPERIMENTER = 0xffff;
const NXOXM_ET = 0x00002320;
const NXOXM_NSH = 0x005ad650;
const ONFOXM_ET = 0x4f4e4600;

/** An id that is understood and never sent. */
const NEVER = 99;

export const REGISTERS = 32;
export const XREGISTERS = 16;
export const XXREGISTERS = 8;
export const TUN_METADATA_FIELDS = 64;

const at = (word: number, firstBit: number, bits: number): readonly [number, number] => [word * 32 + firstBit, bits];

/** Where values lie in a key: first bit and number of bits, in layout.ts's numbering. */
const BASE_SLOTS = {
  recirc_id: at(w.W_RECIRC_ID, 0, 32),
  in_port: at(w.W_IN_PORT, 0, 32),
  ct_zone: at(w.W_CT_STATE_ZONE, 0, 16),
  /** The eight bits that exist; those above stay zero. */
  ct_state: at(w.W_CT_STATE_ZONE, 24, 8),
  ct_mark: at(w.W_CT_MARK, 0, 32),
  packet_type: at(w.W_PACKET_TYPE, 0, 32),
  dl_dst: at(w.W_DL, 0, 48),
  dl_src: at(w.W_DL, 48, 48),
  dl_type: at(w.W_TYPE_PROTO_FRAG, 0, 16),
  nw_proto: at(w.W_TYPE_PROTO_FRAG, 16, 8),
  ip_frag: at(w.W_TYPE_PROTO_FRAG, 30, 2),
  nw_tos: at(w.W_TOS_TTL_FLAGS, 0, 8),
  ip_dscp: at(w.W_TOS_TTL_FLAGS, 0, 6),
  nw_ecn: at(w.W_TOS_TTL_FLAGS, 6, 2),
  nw_ttl: at(w.W_TOS_TTL_FLAGS, 8, 8),
  tcp_flags: at(w.W_TOS_TTL_FLAGS, 20, 12),
  nw_src: at(w.W_NW_SRC, 0, 32),
  nw_dst: at(w.W_NW_DST, 0, 32),
  tp_src: at(w.W_TP, 0, 16),
  tp_dst: at(w.W_TP, 16, 16),
  icmp_type: at(w.W_TP, 8, 8),
  icmp_code: at(w.W_TP, 24, 8),
  vlan_tpid: at(w.W_VLAN, 0, 16),
  vlan_tci: at(w.W_VLAN, 16, 16),
  vlan_pcp: at(w.W_VLAN, 16, 3),
  /** With the "present" bit on top. */
  vlan_vid: at(w.W_VLAN, 19, 13),
  dl_vlan: at(w.W_VLAN, 20, 12),
  pkt_mark: at(w.W_PKT_MARK, 0, 32),
  dp_hash: at(w.W_DP_HASH, 0, 32),
  skb_priority: at(w.W_SKB_PRIORITY, 0, 32),
  ct_label: at(w.W_CT_LABEL, 0, 128),
  ct_nw_src: at(w.W_CT_NW_SRC, 0, 32),
  ct_nw_dst: at(w.W_CT_NW_DST, 0, 32),
  ct_tp_src: at(w.W_CT_TP, 0, 16),
  ct_tp_dst: at(w.W_CT_TP, 16, 16),
  ct_nw_proto: at(w.W_CT_NW_PROTO, 24, 8),
  ct_ipv6_src: at(w.W_CT_IPV6_SRC, 0, 128),
  ct_ipv6_dst: at(w.W_CT_IPV6_DST, 0, 128),
  ipv6_src: at(w.W_IPV6_SRC, 0, 128),
  ipv6_dst: at(w.W_IPV6_DST, 0, 128),
  ipv6_label: at(w.W_IPV6_LABEL, 12, 20),
  arp_sha: at(w.W_ARP_HA, 0, 48),
  arp_tha: at(w.W_ARP_HA, 48, 48),
  nd_target: at(w.W_ND_TARGET, 0, 128),
  nd_reserved: at(w.W_ND_RESERVED, 0, 32),
  nd_options_type: at(w.W_ND_OPTIONS_TYPE, 24, 8),
  mpls_label: at(w.W_MPLS, 0, 20),
  mpls_tc: at(w.W_MPLS, 20, 3),
  mpls_bos: at(w.W_MPLS, 23, 1),
  mpls_ttl: at(w.W_MPLS, 24, 8),
  tun_id: at(w.W_TUN_ID, 0, 64),
  tun_src: at(w.W_TUN_SRC, 0, 32),
  tun_dst: at(w.W_TUN_DST, 0, 32),
  tun_ipv6_src: at(w.W_TUN_IPV6_SRC, 0, 128),
  tun_ipv6_dst: at(w.W_TUN_IPV6_DST, 0, 128),
  /** The one flag that may be matched, `oam`. */
  tun_flags: at(w.W_TUN_FLAGS_GBP, 15, 1),
  tun_gbp_id: at(w.W_TUN_FLAGS_GBP, 16, 16),
  tun_gbp_flags: at(w.W_TUN_TOS_TTL, 0, 8),
  tun_erspan_ver: at(w.W_TUN_TOS_TTL, 28, 4),
  tun_erspan_idx: at(w.W_TUN_ERSPAN_IDX, 12, 20),
  tun_erspan_dir: at(w.W_TUN_MISC, 7, 1),
  tun_erspan_hwid: at(w.W_TUN_MISC, 10, 6),
  tun_gtpu_flags: at(w.W_TUN_MISC, 16, 8),
  tun_gtpu_msgtype: at(w.W_TUN_MISC, 24, 8),
  nsh_flags: at(w.W_NSH_BASE, 0, 8),
  nsh_mdtype: at(w.W_NSH_BASE, 8, 8),
  nsh_np: at(w.W_NSH_BASE, 16, 8),
  nsh_ttl: at(w.W_NSH_BASE, 24, 8),
  nsh_spi: at(w.W_NSH_PATH, 0, 24),
  nsh_si: at(w.W_NSH_PATH, 24, 8),
  nsh_c1: at(w.W_NSH_CONTEXT, 0, 32),
  nsh_c2: at(w.W_NSH_CONTEXT + 1, 0, 32),
  nsh_c3: at(w.W_NSH_CONTEXT + 2, 0, 32),
  nsh_c4: at(w.W_NSH_CONTEXT + 3, 0, 32),
  metadata: at(w.W_METADATA, 0, 64),
  conj_id: at(w.W_CONJ_ID, 0, 32),
  actset_output: at(w.W_ACTSET_OUTPUT, 0, 32),
} as const;

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Below16 = Digit | `1${'0' | '1' | '2' | '3' | '4' | '5'}`;
type Below32 = Digit | `${'1' | '2'}${Digit}` | '30' | '31';
type Below64 = Digit | `${'1' | '2' | '3' | '4' | '5'}${Digit}` | `6${'0' | '1' | '2' | '3'}`;

export type RegName = `reg${Below32}`;
export type XRegName = `xreg${Below16}`;
export type XXRegName = `xxreg${'0' | '1' | '2' | '3' | '4' | '5' | '6' | '7'}`;
export type TunMetadataName = `tun_metadata${Below64}`;

export type SlotName = keyof typeof BASE_SLOTS | RegName | XRegName | XXRegName;

function registerSlots(prefix: string, count: number, words: number): [string, readonly [number, number]][] {
  return Array.from({ length: count }, (_, i) => [`${prefix}${i}`, at(w.W_REG + i * words, 0, 32 * words)]);
}

export const SLOTS = {
  ...BASE_SLOTS,
  ...Object.fromEntries(registerSlots('reg', REGISTERS, 1)),
  ...Object.fromEntries(registerSlots('xreg', XREGISTERS, 2)),
  ...Object.fromEntries(registerSlots('xxreg', XXREGISTERS, 4)),
} as Readonly<Record<SlotName, readonly [start: number, bits: number]>>;

// biome-ignore format: a table, one row a line
const BASE_FIELDS = {
  // Datapath and conjunctive match
  dp_hash: { bits: 32, slot: 'dp_hash', format: 'hex', maskable: true, writable: false, needs: 'none', nxm: ['NXM_NX_DP_HASH', NXM_NX, 35], also: ['NXOXM_ET_DP_HASH', EXPERIMENTER, 0, NEVER, NXOXM_ET] },
  recirc_id: { bits: 32, slot: 'recirc_id', format: 'decimal', maskable: false, writable: false, needs: 'none', nxm: ['NXM_NX_RECIRC_ID', NXM_NX, 36] },
  conj_id: { bits: 32, slot: 'conj_id', format: 'decimal', maskable: false, writable: false, needs: 'none', nxm: ['NXM_NX_CONJ_ID', NXM_NX, 37] },

  // Tunnel
  tun_id: { bits: 64, slot: 'tun_id', format: 'hex', maskable: true, writable: true, needs: 'none', aka: ['tunnel_id'], nxm: ['NXM_NX_TUN_ID', NXM_NX, 16], oxm: ['OXM_OF_TUNNEL_ID', OXM_OF, 38, OF13], prefix: true },
  tun_src: { bits: 32, slot: 'tun_src', format: 'ipv4', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_IPV4_SRC', NXM_NX, 31], prefix: true },
  tun_dst: { bits: 32, slot: 'tun_dst', format: 'ipv4', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_IPV4_DST', NXM_NX, 32], prefix: true },
  tun_ipv6_src: { bits: 128, slot: 'tun_ipv6_src', format: 'ipv6', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_IPV6_SRC', NXM_NX, 109], prefix: true },
  tun_ipv6_dst: { bits: 128, slot: 'tun_ipv6_dst', format: 'ipv6', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_IPV6_DST', NXM_NX, 110], prefix: true },
  tun_gbp_id: { bits: 16, slot: 'tun_gbp_id', format: 'decimal', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_GBP_ID', NXM_NX, 38] },
  tun_gbp_flags: { bits: 8, slot: 'tun_gbp_flags', format: 'hex', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_GBP_FLAGS', NXM_NX, 39] },
  tun_erspan_ver: { bits: 4, slot: 'tun_erspan_ver', format: 'decimal', maskable: true, alwaysMasked: true, writable: true, needs: 'none', nxm: ['NXOXM_ET_ERSPAN_VER', EXPERIMENTER, 12, NXOXM_ET] },
  tun_erspan_idx: { bits: 20, size: 4, slot: 'tun_erspan_idx', format: 'hex', maskable: true, writable: true, needs: 'none', nxm: ['NXOXM_ET_ERSPAN_IDX', EXPERIMENTER, 11, NXOXM_ET] },
  tun_erspan_dir: { bits: 1, slot: 'tun_erspan_dir', format: 'decimal', maskable: true, alwaysMasked: true, writable: true, needs: 'none', nxm: ['NXOXM_ET_ERSPAN_DIR', EXPERIMENTER, 13, NXOXM_ET] },
  tun_erspan_hwid: { bits: 6, slot: 'tun_erspan_hwid', format: 'hex', maskable: true, alwaysMasked: true, writable: true, needs: 'none', nxm: ['NXOXM_ET_ERSPAN_HWID', EXPERIMENTER, 14, NXOXM_ET] },
  tun_gtpu_flags: { bits: 8, slot: 'tun_gtpu_flags', format: 'hex', maskable: true, writable: false, needs: 'none', nxm: ['NXOXM_ET_GTPU_FLAGS', EXPERIMENTER, 15, NXOXM_ET] },
  tun_gtpu_msgtype: { bits: 8, slot: 'tun_gtpu_msgtype', format: 'decimal', maskable: true, writable: false, needs: 'none', nxm: ['NXOXM_ET_GTPU_MSGTYPE', EXPERIMENTER, 16, NXOXM_ET] },
  tun_flags: { bits: 1, size: 2, slot: 'tun_flags', format: 'tunFlags', maskable: true, alwaysMasked: true, writable: true, needs: 'none', nxm: ['NXM_NX_TUN_FLAGS', NXM_NX, 104] },

  // Metadata
  metadata: { bits: 64, slot: 'metadata', format: 'hex', maskable: true, writable: true, needs: 'none', oxm: ['OXM_OF_METADATA', OXM_OF, 2, OF12], of11: 'masked' },
  in_port: { bits: 16, slot: 'in_port', format: 'ofPort', maskable: false, writable: true, needs: 'none', nxm: ['NXM_OF_IN_PORT', NXM_OF, 0], of10: 'exact', of11: 'exact' },
  in_port_oxm: { bits: 32, slot: 'in_port', format: 'ofPort32', maskable: false, writable: true, needs: 'none', oxm: ['OXM_OF_IN_PORT', OXM_OF, 0, OF12], of11: 'exact' },
  skb_priority: { bits: 32, slot: 'skb_priority', format: 'hex', maskable: false, writable: false, needs: 'none' },
  pkt_mark: { bits: 32, slot: 'pkt_mark', format: 'hex', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_PKT_MARK', NXM_NX, 33] },
  actset_output: { bits: 32, slot: 'actset_output', format: 'ofPort32', maskable: false, writable: false, needs: 'none', oxm: ['ONFOXM_ET_ACTSET_OUTPUT', EXPERIMENTER, 43, OF13, ONFOXM_ET], also: ['OXM_OF_ACTSET_OUTPUT', OXM_OF, 43, OF15] },
  packet_type: { bits: 32, slot: 'packet_type', format: 'packetType', maskable: false, writable: false, needs: 'none', oxm: ['OXM_OF_PACKET_TYPE', OXM_OF, 44, OF15] },

  // Connection tracking
  ct_state: { bits: 32, slot: 'ct_state', format: 'ctState', maskable: true, alwaysMasked: true, writable: false, needs: 'none', nxm: ['NXM_NX_CT_STATE', NXM_NX, 105] },
  ct_zone: { bits: 16, slot: 'ct_zone', format: 'hex', maskable: false, writable: false, needs: 'none', nxm: ['NXM_NX_CT_ZONE', NXM_NX, 106] },
  ct_mark: { bits: 32, slot: 'ct_mark', format: 'hex', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_CT_MARK', NXM_NX, 107] },
  ct_label: { bits: 128, slot: 'ct_label', format: 'hex', maskable: true, writable: true, needs: 'none', nxm: ['NXM_NX_CT_LABEL', NXM_NX, 108] },
  ct_nw_proto: { bits: 8, slot: 'ct_nw_proto', format: 'decimal', maskable: false, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_NW_PROTO', NXM_NX, 119] },
  ct_nw_src: { bits: 32, slot: 'ct_nw_src', format: 'ipv4', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_NW_SRC', NXM_NX, 120] },
  ct_nw_dst: { bits: 32, slot: 'ct_nw_dst', format: 'ipv4', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_NW_DST', NXM_NX, 121] },
  ct_ipv6_src: { bits: 128, slot: 'ct_ipv6_src', format: 'ipv6', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_IPV6_SRC', NXM_NX, 122] },
  ct_ipv6_dst: { bits: 128, slot: 'ct_ipv6_dst', format: 'ipv6', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_IPV6_DST', NXM_NX, 123] },
  ct_tp_src: { bits: 16, slot: 'ct_tp_src', format: 'decimal', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_TP_SRC', NXM_NX, 124] },
  ct_tp_dst: { bits: 16, slot: 'ct_tp_dst', format: 'decimal', maskable: true, writable: false, needs: 'ct', nxm: ['NXM_NX_CT_TP_DST', NXM_NX, 125] },

  // Ethernet and VLAN
  eth_src: { bits: 48, slot: 'dl_src', format: 'mac', maskable: true, writable: true, needs: 'ethernet', aka: ['dl_src'], nxm: ['NXM_OF_ETH_SRC', NXM_OF, 2], oxm: ['OXM_OF_ETH_SRC', OXM_OF, 4, OF12], of10: 'exact', of11: 'masked' },
  eth_dst: { bits: 48, slot: 'dl_dst', format: 'mac', maskable: true, writable: true, needs: 'ethernet', aka: ['dl_dst'], nxm: ['NXM_OF_ETH_DST', NXM_OF, 1], oxm: ['OXM_OF_ETH_DST', OXM_OF, 3, OF12], of10: 'exact', of11: 'masked' },
  eth_type: { bits: 16, slot: 'dl_type', format: 'hex', maskable: false, writable: false, needs: 'ethernet', aka: ['dl_type'], nxm: ['NXM_OF_ETH_TYPE', NXM_OF, 3], oxm: ['OXM_OF_ETH_TYPE', OXM_OF, 5, OF12], of10: 'exact', of11: 'exact' },
  dl_vlan: { bits: 12, slot: 'dl_vlan', format: 'decimal', maskable: false, writable: true, needs: 'ethernet', of10: 'exact', of11: 'exact' },
  dl_vlan_pcp: { bits: 3, slot: 'vlan_pcp', format: 'decimal', maskable: false, writable: true, needs: 'ethernet', of10: 'exact', of11: 'exact' },
  vlan_vid: { bits: 12, slot: 'vlan_vid', format: 'decimal', maskable: true, writable: true, needs: 'ethernet', oxm: ['OXM_OF_VLAN_VID', OXM_OF, 6, OF12], of10: 'exact', of11: 'exact' },
  vlan_pcp: { bits: 3, slot: 'vlan_pcp', format: 'decimal', maskable: false, writable: true, needs: 'vlan', oxm: ['OXM_OF_VLAN_PCP', OXM_OF, 7, OF12], of10: 'exact', of11: 'exact' },
  vlan_tci: { bits: 16, slot: 'vlan_tci', format: 'hex', maskable: true, writable: true, needs: 'ethernet', nxm: ['NXM_OF_VLAN_TCI', NXM_OF, 4], of10: 'exact', of11: 'exact' },

  // MPLS
  mpls_label: { bits: 20, size: 4, slot: 'mpls_label', format: 'decimal', maskable: false, writable: true, needs: 'mpls', oxm: ['OXM_OF_MPLS_LABEL', OXM_OF, 34, OF12], of11: 'exact' },
  mpls_tc: { bits: 3, slot: 'mpls_tc', format: 'decimal', maskable: false, writable: true, needs: 'mpls', oxm: ['OXM_OF_MPLS_TC', OXM_OF, 35, OF12], of11: 'exact' },
  mpls_bos: { bits: 1, slot: 'mpls_bos', format: 'decimal', maskable: false, writable: false, needs: 'mpls', oxm: ['OXM_OF_MPLS_BOS', OXM_OF, 36, OF13] },
  mpls_ttl: { bits: 8, slot: 'mpls_ttl', format: 'decimal', maskable: false, writable: true, needs: 'mpls', nxm: ['NXM_NX_MPLS_TTL', NXM_NX, 30] },

  // IPv4 and IPv6
  ip_src: { bits: 32, slot: 'nw_src', format: 'ipv4', maskable: true, writable: true, needs: 'ipv4', aka: ['nw_src'], nxm: ['NXM_OF_IP_SRC', NXM_OF, 7], oxm: ['OXM_OF_IPV4_SRC', OXM_OF, 11, OF12], of10: 'cidr', of11: 'masked', prefix: true },
  ip_dst: { bits: 32, slot: 'nw_dst', format: 'ipv4', maskable: true, writable: true, needs: 'ipv4', aka: ['nw_dst'], nxm: ['NXM_OF_IP_DST', NXM_OF, 8], oxm: ['OXM_OF_IPV4_DST', OXM_OF, 12, OF12], of10: 'cidr', of11: 'masked', prefix: true },
  ipv6_src: { bits: 128, slot: 'ipv6_src', format: 'ipv6', maskable: true, writable: true, needs: 'ipv6', nxm: ['NXM_NX_IPV6_SRC', NXM_NX, 19], oxm: ['OXM_OF_IPV6_SRC', OXM_OF, 26, OF12], prefix: true },
  ipv6_dst: { bits: 128, slot: 'ipv6_dst', format: 'ipv6', maskable: true, writable: true, needs: 'ipv6', nxm: ['NXM_NX_IPV6_DST', NXM_NX, 20], oxm: ['OXM_OF_IPV6_DST', OXM_OF, 27, OF12], prefix: true },
  ipv6_label: { bits: 20, size: 4, slot: 'ipv6_label', format: 'hex', maskable: true, writable: true, needs: 'ipv6', nxm: ['NXM_NX_IPV6_LABEL', NXM_NX, 27], oxm: ['OXM_OF_IPV6_FLABEL', OXM_OF, 28, OF12] },
  nw_proto: { bits: 8, slot: 'nw_proto', format: 'decimal', maskable: false, writable: false, needs: 'ip', aka: ['ip_proto'], nxm: ['NXM_OF_IP_PROTO', NXM_OF, 6], oxm: ['OXM_OF_IP_PROTO', OXM_OF, 10, OF12], of10: 'exact', of11: 'exact' },
  nw_ttl: { bits: 8, slot: 'nw_ttl', format: 'decimal', maskable: false, writable: true, needs: 'ip', nxm: ['NXM_NX_IP_TTL', NXM_NX, 29] },
  ip_frag: { bits: 2, slot: 'ip_frag', format: 'frag', maskable: true, writable: false, needs: 'ip', aka: ['nw_frag'], nxm: ['NXM_NX_IP_FRAG', NXM_NX, 26] },
  nw_tos: { bits: 8, slot: 'ip_dscp', shift: 2, format: 'decimal', maskable: false, writable: true, needs: 'ip', nxm: ['NXM_OF_IP_TOS', NXM_OF, 5], of10: 'exact', of11: 'exact' },
  ip_dscp: { bits: 6, slot: 'ip_dscp', format: 'decimal', maskable: false, writable: true, needs: 'ip', oxm: ['OXM_OF_IP_DSCP', OXM_OF, 8, OF12], of10: 'exact', of11: 'exact' },
  nw_ecn: { bits: 2, slot: 'nw_ecn', format: 'decimal', maskable: false, writable: true, needs: 'ip', aka: ['ip_ecn'], nxm: ['NXM_NX_IP_ECN', NXM_NX, 28], oxm: ['OXM_OF_IP_ECN', OXM_OF, 9, OF12], of11: 'exact' },

  // ARP
  arp_op: { bits: 16, slot: 'nw_proto', format: 'decimal', maskable: false, writable: true, needs: 'arp', nxm: ['NXM_OF_ARP_OP', NXM_OF, 15], oxm: ['OXM_OF_ARP_OP', OXM_OF, 21, OF12], of10: 'exact', of11: 'exact' },
  arp_spa: { bits: 32, slot: 'nw_src', format: 'ipv4', maskable: true, writable: true, needs: 'arp', nxm: ['NXM_OF_ARP_SPA', NXM_OF, 16], oxm: ['OXM_OF_ARP_SPA', OXM_OF, 22, OF12], of10: 'cidr', of11: 'masked' },
  arp_tpa: { bits: 32, slot: 'nw_dst', format: 'ipv4', maskable: true, writable: true, needs: 'arp', nxm: ['NXM_OF_ARP_TPA', NXM_OF, 17], oxm: ['OXM_OF_ARP_TPA', OXM_OF, 23, OF12], of10: 'cidr', of11: 'masked' },
  arp_sha: { bits: 48, slot: 'arp_sha', format: 'mac', maskable: true, writable: true, needs: 'arp', nxm: ['NXM_NX_ARP_SHA', NXM_NX, 17], oxm: ['OXM_OF_ARP_SHA', OXM_OF, 24, OF12] },
  arp_tha: { bits: 48, slot: 'arp_tha', format: 'mac', maskable: true, writable: true, needs: 'arp', nxm: ['NXM_NX_ARP_THA', NXM_NX, 18], oxm: ['OXM_OF_ARP_THA', OXM_OF, 25, OF12] },

  // Network service header
  nsh_flags: { bits: 8, slot: 'nsh_flags', format: 'decimal', maskable: true, writable: true, needs: 'nsh', nxm: ['NXOXM_NSH_FLAGS', EXPERIMENTER, 1, NXOXM_NSH] },
  nsh_ttl: { bits: 8, slot: 'nsh_ttl', format: 'decimal', maskable: false, writable: true, needs: 'nsh', nxm: ['NXOXM_NSH_TTL', EXPERIMENTER, 10, NXOXM_NSH] },
  nsh_mdtype: { bits: 8, slot: 'nsh_mdtype', format: 'decimal', maskable: false, writable: false, needs: 'nsh', nxm: ['NXOXM_NSH_MDTYPE', EXPERIMENTER, 2, NXOXM_NSH] },
  nsh_np: { bits: 8, slot: 'nsh_np', format: 'decimal', maskable: false, writable: false, needs: 'nsh', nxm: ['NXOXM_NSH_NP', EXPERIMENTER, 3, NXOXM_NSH] },
  nsh_spi: { bits: 24, size: 4, slot: 'nsh_spi', format: 'hex', maskable: false, writable: true, needs: 'nsh', aka: ['nsp'], nxm: ['NXOXM_NSH_SPI', EXPERIMENTER, 4, NXOXM_NSH] },
  nsh_si: { bits: 8, slot: 'nsh_si', format: 'decimal', maskable: false, writable: true, needs: 'nsh', aka: ['nsi'], nxm: ['NXOXM_NSH_SI', EXPERIMENTER, 5, NXOXM_NSH] },
  nsh_c1: { bits: 32, slot: 'nsh_c1', format: 'hex', maskable: true, writable: true, needs: 'nsh', aka: ['nshc1'], nxm: ['NXOXM_NSH_C1', EXPERIMENTER, 6, NXOXM_NSH] },
  nsh_c2: { bits: 32, slot: 'nsh_c2', format: 'hex', maskable: true, writable: true, needs: 'nsh', aka: ['nshc2'], nxm: ['NXOXM_NSH_C2', EXPERIMENTER, 7, NXOXM_NSH] },
  nsh_c3: { bits: 32, slot: 'nsh_c3', format: 'hex', maskable: true, writable: true, needs: 'nsh', aka: ['nshc3'], nxm: ['NXOXM_NSH_C3', EXPERIMENTER, 8, NXOXM_NSH] },
  nsh_c4: { bits: 32, slot: 'nsh_c4', format: 'hex', maskable: true, writable: true, needs: 'nsh', aka: ['nshc4'], nxm: ['NXOXM_NSH_C4', EXPERIMENTER, 9, NXOXM_NSH] },

  // TCP, UDP, SCTP
  tcp_src: { bits: 16, slot: 'tp_src', format: 'decimal', maskable: true, writable: true, needs: 'tcp', aka: ['tp_src'], nxm: ['NXM_OF_TCP_SRC', NXM_OF, 9], oxm: ['OXM_OF_TCP_SRC', OXM_OF, 13, OF12], of10: 'exact', of11: 'exact' },
  tcp_dst: { bits: 16, slot: 'tp_dst', format: 'decimal', maskable: true, writable: true, needs: 'tcp', aka: ['tp_dst'], nxm: ['NXM_OF_TCP_DST', NXM_OF, 10], oxm: ['OXM_OF_TCP_DST', OXM_OF, 14, OF12], of10: 'exact', of11: 'exact' },
  tcp_flags: { bits: 12, slot: 'tcp_flags', format: 'tcpFlags', maskable: true, writable: false, needs: 'tcp', nxm: ['NXM_NX_TCP_FLAGS', NXM_NX, 34], oxm: ['ONFOXM_ET_TCP_FLAGS', EXPERIMENTER, 42, OF13, ONFOXM_ET], also: ['OXM_OF_TCP_FLAGS', OXM_OF, 42, OF15] },
  udp_src: { bits: 16, slot: 'tp_src', format: 'decimal', maskable: true, writable: true, needs: 'udp', nxm: ['NXM_OF_UDP_SRC', NXM_OF, 11], oxm: ['OXM_OF_UDP_SRC', OXM_OF, 15, OF12], of10: 'exact', of11: 'exact' },
  udp_dst: { bits: 16, slot: 'tp_dst', format: 'decimal', maskable: true, writable: true, needs: 'udp', nxm: ['NXM_OF_UDP_DST', NXM_OF, 12], oxm: ['OXM_OF_UDP_DST', OXM_OF, 16, OF12], of10: 'exact', of11: 'exact' },
  sctp_src: { bits: 16, slot: 'tp_src', format: 'decimal', maskable: true, writable: true, needs: 'sctp', oxm: ['OXM_OF_SCTP_SRC', OXM_OF, 17, OF12], of10: 'exact', of11: 'exact' },
  sctp_dst: { bits: 16, slot: 'tp_dst', format: 'decimal', maskable: true, writable: true, needs: 'sctp', oxm: ['OXM_OF_SCTP_DST', OXM_OF, 18, OF12], of10: 'exact', of11: 'exact' },

  // ICMP and neighbour discovery
  icmp_type: { bits: 8, slot: 'icmp_type', format: 'decimal', maskable: false, writable: true, needs: 'icmp', nxm: ['NXM_OF_ICMP_TYPE', NXM_OF, 13], oxm: ['OXM_OF_ICMPV4_TYPE', OXM_OF, 19, OF12], of10: 'exact', of11: 'exact' },
  icmp_code: { bits: 8, slot: 'icmp_code', format: 'decimal', maskable: false, writable: true, needs: 'icmp', nxm: ['NXM_OF_ICMP_CODE', NXM_OF, 14], oxm: ['OXM_OF_ICMPV4_CODE', OXM_OF, 20, OF12], of10: 'exact', of11: 'exact' },
  icmpv6_type: { bits: 8, slot: 'icmp_type', format: 'decimal', maskable: false, writable: true, needs: 'icmpv6', nxm: ['NXM_NX_ICMPV6_TYPE', NXM_NX, 21], oxm: ['OXM_OF_ICMPV6_TYPE', OXM_OF, 29, OF12] },
  icmpv6_code: { bits: 8, slot: 'icmp_code', format: 'decimal', maskable: false, writable: true, needs: 'icmpv6', nxm: ['NXM_NX_ICMPV6_CODE', NXM_NX, 22], oxm: ['OXM_OF_ICMPV6_CODE', OXM_OF, 30, OF12] },
  nd_target: { bits: 128, slot: 'nd_target', format: 'ipv6', maskable: true, writable: true, needs: 'nd', nxm: ['NXM_NX_ND_TARGET', NXM_NX, 23], oxm: ['OXM_OF_IPV6_ND_TARGET', OXM_OF, 31, OF12] },
  nd_sll: { bits: 48, slot: 'arp_sha', format: 'mac', maskable: true, writable: true, needs: 'ndSolicit', nxm: ['NXM_NX_ND_SLL', NXM_NX, 24], oxm: ['OXM_OF_IPV6_ND_SLL', OXM_OF, 32, OF12] },
  nd_tll: { bits: 48, slot: 'arp_tha', format: 'mac', maskable: true, writable: true, needs: 'ndAdvert', nxm: ['NXM_NX_ND_TLL', NXM_NX, 25], oxm: ['OXM_OF_IPV6_ND_TLL', OXM_OF, 33, OF12] },
  nd_reserved: { bits: 32, slot: 'nd_reserved', format: 'decimal', maskable: false, writable: true, needs: 'nd', nxm: ['ERICOXM_OF_ICMPV6_ND_RESERVED', ERICOXM, 1] },
  nd_options_type: { bits: 8, slot: 'nd_options_type', format: 'decimal', maskable: false, writable: true, needs: 'nd', nxm: ['ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE', ERICOXM, 2] },
} as const satisfies Record<string, FieldRow>;

/** The name of a match field, as in ovs-fields(7). */
export type FieldName = keyof typeof BASE_FIELDS | RegName | XRegName | XXRegName | TunMetadataName;

function series(prefix: string, count: number, row: (i: number) => FieldRow): Record<string, FieldRow> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, row(i)]));
}

const REGISTER = { format: 'hex', maskable: true, writable: true, needs: 'none' } as const;

/** Open vSwitch 3.1 has the first sixteen registers; the others travel as halves of OXM_OF_PKT_REG8 and up. */
const reg = (i: number): FieldRow => ({
  ...REGISTER,
  bits: 32,
  slot: `reg${i}` as RegName,
  ...(i < 16 ? { nxm: [`NXM_NX_REG${i}`, NXM_NX, i] as const } : {}),
});

const xreg = (i: number): FieldRow => ({
  ...REGISTER,
  bits: 64,
  slot: `xreg${i}` as XRegName,
  oxm: [`OXM_OF_PKT_REG${i}`, PKT_REG, i, OF13],
});

const xxreg = (i: number): FieldRow => ({
  ...REGISTER,
  bits: 128,
  slot: `xxreg${i}` as XXRegName,
  nxm: [`NXM_NX_XXREG${i}`, NXM_NX, 111 + i],
});

const tunMetadata = (i: number): FieldRow => ({
  ...REGISTER,
  bits: 992,
  slot: null,
  nxm: [`NXM_NX_TUN_METADATA${i}`, NXM_NX, 40 + i],
});

export const FIELDS = {
  ...BASE_FIELDS,
  ...series('reg', REGISTERS, reg),
  ...series('xreg', XREGISTERS, xreg),
  ...series('xxreg', XXREGISTERS, xxreg),
  ...series('tun_metadata', TUN_METADATA_FIELDS, tunMetadata),
} as unknown as Readonly<Record<FieldName, FieldRow>>;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

/** Bytes of the field's value on the wire and in a NXM or OXM payload. */
export function fieldSize(field: FieldName): number {
  const row = FIELDS[field];
  return row.size ?? Math.ceil(row.bits / 8);
}

const BY_NAME = new Map<string, FieldName>();
for (const name of FIELD_NAMES) {
  BY_NAME.set(name, name);
  for (const alias of FIELDS[name].aka ?? []) BY_NAME.set(alias, name);
}

/** The field of that name or alias; null if there is none. For the names of NXM and OXM see field-ids.ts. */
export function fieldByName(name: string): FieldName | null {
  return BY_NAME.get(name) ?? null;
}
