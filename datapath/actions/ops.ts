/**
 * The datapath's actions. A program is a flat Int32Array: for each action `opcode, length of the arguments in words,
 * arguments...`. Nested programs (clone, sample, check_pkt_len) stand inside the arguments, so a reader that does not
 * know an action can skip it. An empty program drops the packet.
 */
import * as layout from '../flow/layout.js';

export const OPS = {
  /** port */
  output: 1,
  /** kind (USERSPACE_*), then that kind's words: see program.ts */
  userspace: 2,
  /** header (SET_*), then for each word of that header: value, mask */
  set: 3,
  /** tpid, tci (with 0x1000) */
  pushVlan: 4,
  popVlan: 5,
  /** ethertype, label stack entry */
  pushMpls: 6,
  /** ethertype underneath */
  popMpls: 7,
  /** CT_ACTION_WORDS words, conntrack/ct-action.ts */
  ct: 8,
  ctClear: 9,
  /** recirculation id */
  recirc: 10,
  /** algorithm (0 L4, 1 symmetric L4), basis */
  hash: 11,
  /** bytes to cut the next output to */
  truncate: 12,
  /** nested program */
  clone: 13,
  /** probability as 32 bits, nested program */
  sample: 14,
  /** meter number */
  meter: 15,
  /** size, words of the program for greater, that program, the program for less or equal */
  checkPktLen: 16,
  /** drop reason, for a drop that is meant and counted (explicit drop) */
  drop: 17,
} as const;
export type OpName = keyof typeof OPS;

export const USERSPACE_CONTROLLER = 1;
export const USERSPACE_SLOW_PATH = 2;

/**
 * What a `set` writes: the words of the flow key that belong to one header. In `ipv4`, only the tos, ttl, src and dst bits
 * may be in the mask; in `arp`, the opcode's 8 bits of word W_TYPE_PROTO_FRAG, addresses and hardware addresses.
 */
export const SET_HEADERS = {
  ethernet: { id: 1, words: [layout.W_DL, layout.W_DL + 1, layout.W_DL + 2] },
  ipv4: { id: 2, words: [layout.W_TOS_TTL_FLAGS, layout.W_NW_SRC, layout.W_NW_DST] },
  ipv6: { id: 3, words: [layout.W_TOS_TTL_FLAGS, ...run(layout.W_IPV6_SRC, 8), layout.W_IPV6_LABEL] },
  tcp: { id: 4, words: [layout.W_TP] },
  udp: { id: 5, words: [layout.W_TP] },
  sctp: { id: 6, words: [layout.W_TP] },
  icmp: { id: 7, words: [layout.W_TP] },
  icmpv6: { id: 8, words: [layout.W_TP] },
  arp: { id: 9, words: [layout.W_TYPE_PROTO_FRAG, layout.W_NW_SRC, layout.W_NW_DST, ...run(layout.W_ARP_HA, 3)] },
  nd: { id: 10, words: [...run(layout.W_ARP_HA, 3), ...run(layout.W_ND_TARGET, 6)] },
  mpls: { id: 11, words: [layout.W_MPLS] },
  vlan: { id: 12, words: [layout.W_VLAN] },
  skbMark: { id: 13, words: [layout.W_PKT_MARK] },
  skbPriority: { id: 14, words: [layout.W_SKB_PRIORITY] },
  tunnel: { id: 15, words: run(layout.W_TUN_ID, layout.W_NSH_BASE - layout.W_TUN_ID) },
  nsh: { id: 16, words: run(layout.W_NSH_BASE, layout.DP_WORDS - layout.W_NSH_BASE) },
} as const satisfies Record<string, { id: number; words: readonly number[] }>;
export type SetHeader = keyof typeof SET_HEADERS;

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
