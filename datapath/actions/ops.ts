/**
 * The datapath's actions. A program is a flat Int32Array: for each action `opcode, length of the arguments in words,
 * arguments...`. A nested program (clone) stands inside the arguments, so a reader that does not know an action can skip
 * it. An empty program drops the packet.
 */
import * as layout from '../keys/layout.js';

/** What is true of an operation, whatever its arguments. */
interface OperationRow {
  /** Its opcode in programs: 1 to 31. */
  readonly id: number;
  /** It writes into the packet, so a packet that a port has queued must be copied before it. */
  readonly changesBytes?: true;
  /** It gives the packet somewhere; a packet that comes to the end without a delivery is dropped. */
  readonly isDelivery?: true;
}

/** The arguments stand above each row. */
export const OPERATIONS = {
  /** port */
  output: { id: 1, isDelivery: true },
  /** words of whoever wrote the program, who gets them back with the packet */
  userspace: { id: 2, isDelivery: true },
  /** header (id of SET_HEADERS), then for each word of that header: value, mask */
  set: { id: 3, changesBytes: true },
  /** tpid, tci (with 0x1000) */
  pushVlan: { id: 4, changesBytes: true },
  popVlan: { id: 5, changesBytes: true },
  /** Ethernet type of the packet from then on, label stack entry */
  pushMpls: { id: 6, changesBytes: true },
  /** Ethernet type of the packet from then on */
  popMpls: { id: 7, changesBytes: true },
  /** CT_ACTION_WORDS words, conntrack/record/ct-action.ts; NAT rewrites */
  ct: { id: 8, changesBytes: true },
  ctClear: { id: 9 },
  /** recirculation id */
  recirc: { id: 10, isDelivery: true },
  /** bytes to cut the next output to */
  truncate: { id: 11 },
  /** nested program, which works on a copy */
  clone: { id: 12, isDelivery: true },
  /** drop reason (actions/drop-reasons.ts), for a drop that is meant and counted */
  drop: { id: 13, isDelivery: true },
  /** algorithm (HASH_*), basis: sets the packet's dp_hash */
  hash: { id: 14 },
} as const satisfies Record<string, OperationRow>;
export type OpName = keyof typeof OPERATIONS;

/** Opcodes by name. */
export const OPS = Object.fromEntries(Object.entries(OPERATIONS).map(([name, { id }]) => [name, id])) as {
  readonly [Op in OpName]: (typeof OPERATIONS)[Op]['id'];
};
export type Opcode = (typeof OPS)[OpName];

/** A word with the bit of each operation's opcode that is such. */
const bitsOf = (is: (row: OperationRow) => true | undefined): number =>
  Object.values(OPERATIONS).reduce((bits, row) => (is(row) === true ? bits | (1 << row.id) : bits), 0);
export const BYTE_CHANGES = bitsOf((row) => row.changesBytes);
export const DELIVERIES = bitsOf((row) => row.isDelivery);

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
/** A header that a `set` operation writes: a row of SET_HEADERS. */
export type SetHeader = keyof typeof SET_HEADERS;

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
