/**
 * Where everything lies in a flow key, and therefore in a mask: a row of int32 words.
 *
 *     word 0        presence: which rare groups are there (bit = GROUP_*); never matched on, never masked
 *     words 1..13   what nearly every packet has: metadata, Ethernet, IPv4/ARP, ports
 *     words 14..77  rare groups; all zero unless the group's bit is set in word 0
 *     words 78..    pipeline only (metadata, registers, conj_id, actset_output): OpenFlow tables, never the datapath
 *
 * So two datapath keys are equal iff words 0..13 are equal and, for each bit of word 0, that group's words are.
 * A slot is a run of bits in big-endian numbering: bit 0 is the most significant bit of word 0, bit 32 that of word 1.
 * Multi-word values lie most significant word first. The datapath works on the prefix of DP_WORDS words.
 */

export const W_GROUPS = 0;
export const W_RECIRC_ID = 1;
export const W_IN_PORT = 2;
/** ct_zone in the upper half, the ct_state bits in the lower. */
export const W_CT_STATE_ZONE = 3;
export const W_CT_MARK = 4;
export const W_PACKET_TYPE = 5;
/** dl_dst, dl_src: 48 + 48 bits. */
export const W_DL = 6;
/** dl_type 16 | nw_proto (or ARP opcode) 8 | ip_frag 8. */
export const W_TYPE_PROTO_FRAG = 9;
/** nw_tos 8 | nw_ttl 8 | tcp_flags 16. */
export const W_TOS_TTL_FLAGS = 10;
/** nw_src or arp_spa; nw_dst or arp_tpa. */
export const W_NW_SRC = 11;
export const W_NW_DST = 12;
/** tp_src 16 | tp_dst 16; for ICMP type and code, as 16-bit numbers. */
export const W_TP = 13;
/** Words 0..COMMON_WORDS-1 are in every key. */
export const COMMON_WORDS = 14;

/** Two VLAN headers, outermost first: tpid 16 | tci 16 (with the CFI bit 0x1000 set when the tag is present). */
export const W_VLAN = 14;
export const W_PKT_MARK = 16;
export const W_DP_HASH = 17;
export const W_SKB_PRIORITY = 18;
export const W_CT_LABEL = 19;
export const W_CT_NW_SRC = 23;
export const W_CT_NW_DST = 24;
/** ct_tp_src 16 | ct_tp_dst 16. */
export const W_CT_TP = 25;
/** ct_nw_proto in the lowest 8 bits. */
export const W_CT_NW_PROTO = 26;
export const W_CT_IPV6_SRC = 27;
export const W_CT_IPV6_DST = 31;
export const W_IPV6_SRC = 35;
export const W_IPV6_DST = 39;
export const W_IPV6_LABEL = 43;
/** arp_sha (or nd_sll), arp_tha (or nd_tll): 48 + 48 bits. */
export const W_ARP_HA = 44;
export const W_ND_TARGET = 47;
export const W_ND_RESERVED = 51;
/** nd_options_type in the lowest 8 bits. */
export const W_ND_OPTIONS_TYPE = 52;
/** Three MPLS label stack entries, outermost first. */
export const W_MPLS = 53;
export const W_TUN_ID = 56;
export const W_TUN_SRC = 58;
export const W_TUN_DST = 59;
export const W_TUN_IPV6_SRC = 60;
export const W_TUN_IPV6_DST = 64;
/** tun_flags 16 | tun_gbp_id 16. */
export const W_TUN_FLAGS_GBP = 68;
/** tun_gbp_flags 8 | tun_tos 8 | tun_ttl 8 | tun_erspan_ver 8. */
export const W_TUN_TOS_TTL = 69;
export const W_TUN_ERSPAN_IDX = 70;
/** tun_erspan_dir 8 | tun_erspan_hwid 8 | tun_gtpu_flags 8 | tun_gtpu_msgtype 8. */
export const W_TUN_MISC = 71;
/** nsh_flags 8 | nsh_mdtype 8 | nsh_np 8 | nsh_ttl 8. */
export const W_NSH_BASE = 72;
/** nsh_spi 24 | nsh_si 8. */
export const W_NSH_PATH = 73;
export const W_NSH_CONTEXT = 74;
/** Length of a key as the datapath sees it. */
export const DP_WORDS = 78;

export const W_METADATA = 78;
export const W_REG = 80;
export const W_CONJ_ID = 112;
export const W_ACTSET_OUTPUT = 113;
/** Length of a whole key. */
export const FLOW_WORDS = 114;

export const GROUP_VLAN = 1;
/** pkt_mark, dp_hash or skb_priority is not zero. */
export const GROUP_SKB = 2;
export const GROUP_CT_LABEL = 4;
/** ct_nw_src, ct_nw_dst, ct_tp, ct_nw_proto. */
export const GROUP_CT_TUPLE = 8;
export const GROUP_CT_TUPLE6 = 16;
export const GROUP_IPV6 = 32;
/** ARP hardware addresses and neighbour discovery. */
export const GROUP_ARP_ND = 64;
export const GROUP_MPLS = 128;
export const GROUP_TUNNEL = 256;
export const GROUP_NSH = 512;

/** The rare groups: bit of word 0, first word, first word behind. Index i belongs to bit 1 << i. */
export const GROUPS = [
  { bit: GROUP_VLAN, from: W_VLAN, to: W_PKT_MARK },
  { bit: GROUP_SKB, from: W_PKT_MARK, to: W_CT_LABEL },
  { bit: GROUP_CT_LABEL, from: W_CT_LABEL, to: W_CT_NW_SRC },
  { bit: GROUP_CT_TUPLE, from: W_CT_NW_SRC, to: W_CT_IPV6_SRC },
  { bit: GROUP_CT_TUPLE6, from: W_CT_IPV6_SRC, to: W_IPV6_SRC },
  { bit: GROUP_IPV6, from: W_IPV6_SRC, to: W_ARP_HA },
  { bit: GROUP_ARP_ND, from: W_ARP_HA, to: W_MPLS },
  { bit: GROUP_MPLS, from: W_MPLS, to: W_TUN_ID },
  { bit: GROUP_TUNNEL, from: W_TUN_ID, to: W_NSH_BASE },
  { bit: GROUP_NSH, from: W_NSH_BASE, to: DP_WORDS },
] as const;

/** ip_frag bits. */
export const FRAG_ANY = 1;
export const FRAG_LATER = 2;
