/**
 * The datapath's actions. A program is a flat Int32Array: for each action `opcode, length of the arguments in words,
 * arguments...`. A nested program (clone) stands inside the arguments, so a reader that does not know an action can skip
 * it. An empty program drops the packet.
 */
import * as layout from '../keys/layout.js';

export const OPS = {
  /** port */
  output: 1,
  /** words of whoever wrote the program, who gets them back with the packet */
  userspace: 2,
  /** header (id of SET_HEADERS), then for each word of that header: value, mask */
  set: 3,
  /** tpid, tci (with 0x1000) */
  pushVlan: 4,
  popVlan: 5,
  /** Ethernet type of the packet from then on, label stack entry */
  pushMpls: 6,
  /** Ethernet type of the packet from then on */
  popMpls: 7,
  /** CT_ACTION_WORDS words, conntrack/ct-action.ts */
  ct: 8,
  ctClear: 9,
  /** recirculation id */
  recirc: 10,
  /** bytes to cut the next output to */
  truncate: 11,
  /** nested program, which works on a copy */
  clone: 12,
  /** drop reason (dp/reasons.ts), for a drop that is meant and counted */
  drop: 13,
  /** algorithm (HASH_*), basis: sets the packet's dp_hash */
  hash: 14,
} as const;
export type OpName = keyof typeof OPS;

export const HASH_L4 = 0;
/** The same for both directions of a conversation. */
export const HASH_SYM_L4 = 1;

/**
 * What a `set` writes: the words of the flow key that belong to one header. In `ipv4` and `ipv6`, only the tos and ttl
 * bits of W_TOS_TTL_FLAGS may be in the mask; in `arp`, the opcode's 8 bits of W_TYPE_PROTO_FRAG, addresses and hardware
 * addresses; in `nd`, the two link-layer addresses, the target, the reserved word and the option type.
 */
export const SET_HEADERS = {
  ethernet: { id: 1, words: run(layout.W_DL, 3) },
  ipv4: { id: 2, words: [layout.W_TOS_TTL_FLAGS, layout.W_NW_SRC, layout.W_NW_DST] },
  ipv6: { id: 3, words: [layout.W_TOS_TTL_FLAGS, ...run(layout.W_IPV6_SRC, 8), layout.W_IPV6_LABEL] },
  tcp: { id: 4, words: [layout.W_TP] },
  udp: { id: 5, words: [layout.W_TP] },
  sctp: { id: 6, words: [layout.W_TP] },
  icmp: { id: 7, words: [layout.W_TP] },
  icmpv6: { id: 8, words: [layout.W_TP] },
  arp: { id: 9, words: [layout.W_TYPE_PROTO_FRAG, layout.W_NW_SRC, layout.W_NW_DST, ...run(layout.W_ARP_HA, 3)] },
  nd: { id: 10, words: [...run(layout.W_ARP_HA, 3), ...run(layout.W_ND_TARGET, 6)] },
  skbMark: { id: 11, words: [layout.W_PKT_MARK] },
  skbPriority: { id: 12, words: [layout.W_SKB_PRIORITY] },
  /** The outermost label stack entry. */
  mpls: { id: 13, words: [layout.W_MPLS] },
  /** Flags and TTL of the first word, path, context words where the header has them. */
  nsh: { id: 14, words: [layout.W_NSH_BASE, layout.W_NSH_PATH, ...run(layout.W_NSH_CONTEXT, 4)] },
} as const satisfies Record<string, { id: number; words: readonly number[] }>;
export type SetHeader = keyof typeof SET_HEADERS;

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
