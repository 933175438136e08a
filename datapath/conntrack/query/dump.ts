/** Connections as plain data, for dumps, lists and tests. Text is made in src/text. */
import { SLAB_SHIFT } from '../../base/slab.js';
import { IP_PROTO_TCP } from '../../wire/numbers.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { EXTRA_HELPER, EXTRA_PARENT, HELPER_FTP, HELPER_TFTP } from '../record/extra.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from '../record/packet-key.js';
import * as P from '../record/tcp-peer.js';
import { type Traffic, trafficOf } from '../record/traffic.js';

/** One direction. Addresses are numbers of 32 or 128 bits. Ports are 0 for ICMP, whose three numbers are 0 for the others. */
export interface CtTuple {
  family: 4 | 6;
  proto: number;
  src: bigint;
  dst: bigint;
  srcPort: number;
  dstPort: number;
  icmpId: number;
  icmpType: number;
  icmpCode: number;
}

/** The TCP part of a connection; flags and scales are those of the window check. */
export interface TcpEntry {
  /** As the short form of dump-conntrack prints it. */
  state: TcpStateName;
  /** Of each end; names in TCP_STATE_NAMES. */
  stateOrig: number;
  stateReply: number;
  wscaleOrig: number;
  wscaleReply: number;
  /** CT_DPIF_TCPF bits: 1 window scale, 8 be liberal. */
  flagsOrig: number;
  flagsReply: number;
}

/** One connection as plain data, as ct_dpif_entry in Open vSwitch; made when it is asked for. */
export interface ConnEntry {
  id: number;
  family: 4 | 6;
  proto: number;
  zone: number;
  orig: CtTuple;
  reply: CtTuple;
  mark: number;
  labels: bigint;
  /** Milliseconds until it expires, if nothing comes. */
  timeoutMs: number;
  /** Milliseconds since it was committed. */
  ageMs: number;
  timeoutPolicy: number;
  tcp: TcpEntry | null;
  helper: 'ftp' | 'tftp' | null;
  /** Original direction of the connection that announced this one. */
  parent: CtTuple | null;
  /** Packets that the tracker found good, and their bytes from the IP header on. */
  traffic: { orig: Traffic; reply: Traffic };
  /** The other end has answered. */
  seenReply: boolean;
  /** Not the first to go when space is short: a whole TCP handshake, or traffic both ways. */
  assured: boolean;
  /** What the original direction has translated. */
  snat: boolean;
  dnat: boolean;
}

/** Which connections are dumped; absent parts select all. */
export interface DumpFilter {
  zone?: number;
}

/** By number, as in Open vSwitch's dumps. */
export const TCP_STATE_NAMES = [
  'CLOSED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'CLOSE_WAIT',
  'FIN_WAIT_1',
  'CLOSING',
  'LAST_ACK',
  'FIN_WAIT_2',
  'TIME_WAIT',
] as const;
export type TcpStateName = (typeof TCP_STATE_NAMES)[number];

/** Those that `tcpStateName` makes of both ends' states. */
export const LISTED_TCP_STATES = [
  'SYN_SENT',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
] as const satisfies readonly TcpStateName[];

/** One name for both ends, in the words of the Linux tracker: who has closed, and whether that has been acknowledged. */
export function tcpStateName(one: number, other: number): TcpStateName {
  const low = Math.min(one, other);
  const high = Math.max(one, other);
  if (low >= P.FIN_WAIT_2) return 'TIME_WAIT';
  if (low >= P.CLOSING) return 'LAST_ACK';
  if (high >= P.FIN_WAIT_2) return 'CLOSE_WAIT';
  if (high >= P.CLOSING) return 'FIN_WAIT_1';
  return TCP_STATE_NAMES[high];
}

/** The name of a connState: TCP's, or whether the other end has answered. */
export function stateName(meta: number, state: number): string {
  if (C.metaProto(meta) === IP_PROTO_TCP) return tcpStateName(state >>> 8, state & 0xff);
  return state >= (C.isIcmp(meta) ? 1 : 2) ? 'REPLIED' : 'UNREPLIED';
}

/** Every connection that has not expired, in no particular order. */
export function* dumpEntries(table: ConnTable, now: number, filter: DumpFilter): IterableIterator<ConnEntry> {
  for (let handle = 0; handle < table.records.top; handle++) {
    if (!isShown(table, handle, now)) continue;
    const zone = table.words(handle)[table.at(handle) + C.CONN_META] >>> 16;
    if (filter.zone === undefined || filter.zone === zone) yield entry(table, handle, now);
  }
}

/** In use and not expired. */
export function isShown(table: ConnTable, handle: number, now: number): boolean {
  const words = table.words(handle);
  const at = table.at(handle);
  return (words[at + C.CONN_FLAGS] & C.F_LIVE) !== 0 && ((words[at + C.CONN_EXPIRES] - now) | 0) > 0;
}

const KEY = new Int32Array(KEY_WORDS);

export function entry(table: ConnTable, handle: number, now: number): ConnEntry {
  const words = table.words(handle);
  const at = table.at(handle);
  const meta = words[at + C.CONN_META];
  const flags = words[at + C.CONN_FLAGS];
  const tcp = C.metaProto(meta) === IP_PROTO_TCP ? tcpEntry(words, at) : null;
  const answered = tcp === null ? words[at + C.CONN_L4] : 0;
  return {
    id: words[at + C.CONN_ID] >>> 0,
    family: (meta & 0xff) as 4 | 6,
    proto: C.metaProto(meta),
    zone: meta >>> 16,
    orig: tupleOf(table, handle, C.ORIGINAL),
    reply: tupleOf(table, handle, C.REPLY),
    mark: words[at + C.CONN_MARK] >>> 0,
    labels: labelOf(table, words[at + C.CONN_LABEL]),
    timeoutMs: Math.max(0, (words[at + C.CONN_EXPIRES] - now) | 0),
    ageMs: (now - words[at + C.CONN_START]) >>> 0,
    timeoutPolicy: flags >>> C.POLICY_SHIFT,
    tcp,
    helper: helperOf(table, words[at + C.CONN_EXTRA]),
    parent: parentOf(table, words[at + C.CONN_EXTRA]),
    traffic: { orig: trafficOf(words, at, C.ORIGINAL), reply: trafficOf(words, at, C.REPLY) },
    seenReply: hasReply(meta, P.connState(words, at)),
    assured: tcp === null ? !C.isIcmp(meta) && answered >= 2 : Math.min(tcp.stateOrig, tcp.stateReply) >= P.ESTABLISHED,
    snat: (flags & C.F_NAT_SRC) !== 0,
    dnat: (flags & C.F_NAT_DST) !== 0,
  };
}

/** The other end has answered; of a CONN_META and a connState. */
export function hasReply(meta: number, state: number): boolean {
  if (C.metaProto(meta) === IP_PROTO_TCP) return (state & 0xff) !== P.CLOSED;
  return state >= (C.isIcmp(meta) ? 1 : 2);
}

function tcpEntry(words: Int32Array, at: number): TcpEntry {
  const orig = P.peerAt(at, C.ORIGINAL);
  const reply = P.peerAt(at, C.REPLY);
  const stateOrig = P.state(words, orig);
  const stateReply = P.state(words, reply);
  return {
    state: tcpStateName(stateOrig, stateReply),
    stateOrig,
    stateReply,
    wscaleOrig: P.wscale(words, orig) & P.WSCALE_SHIFT,
    wscaleReply: P.wscale(words, reply) & P.WSCALE_SHIFT,
    flagsOrig: flagBits(P.wscale(words, orig)),
    flagsReply: flagBits(P.wscale(words, reply)),
  };
}

function flagBits(wscale: number): number {
  return (wscale & P.WSCALE_SENT ? 1 : 0) | (wscale & P.WSCALE_UNKNOWN ? 8 : 0);
}

export function tupleOf(table: ConnTable, handle: number, direction: number): CtTuple {
  table.loadKey(handle, direction, KEY);
  return keyToTuple(KEY, 0);
}

/** The key of packet-key.ts at `words[at]` as plain data. */
export function keyToTuple(words: Int32Array, at: number): CtTuple {
  const meta = words[at + KEY_META];
  const l4 = words[at + KEY_L4];
  const icmp = C.isIcmp(meta);
  const size = (meta & 0xff) === 4 ? 1 : 4;
  return {
    family: (meta & 0xff) as 4 | 6,
    proto: C.metaProto(meta),
    src: toBigInt(words, at + KEY_SRC_ADDR, size),
    dst: toBigInt(words, at + KEY_DST_ADDR, size),
    srcPort: icmp ? 0 : l4 >>> 16,
    dstPort: icmp ? 0 : l4 & 0xffff,
    icmpId: icmp ? l4 >>> 16 : 0,
    icmpType: icmp ? (l4 >>> 8) & 0xff : 0,
    icmpCode: icmp ? l4 & 0xff : 0,
  };
}

function toBigInt(words: Int32Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 32n) | BigInt(words[at + i] >>> 0);
  return value;
}

function labelOf(table: ConnTable, label: number): bigint {
  if (label === 0) return 0n;
  return toBigInt(table.labels.chunks[(label - 1) >>> SLAB_SHIFT], table.labels.at(label - 1), 4);
}

function helperOf(table: ConnTable, extra: number): 'ftp' | 'tftp' | null {
  if (extra === 0) return null;
  const helper = table.extras.chunks[(extra - 1) >>> SLAB_SHIFT][table.extras.at(extra - 1) + EXTRA_HELPER];
  if (helper === HELPER_FTP) return 'ftp';
  return helper === HELPER_TFTP ? 'tftp' : null;
}

function parentOf(table: ConnTable, extra: number): CtTuple | null {
  if (extra === 0) return null;
  const words = table.extras.chunks[(extra - 1) >>> SLAB_SHIFT];
  const at = table.extras.at(extra - 1) + EXTRA_PARENT;
  return words[at + KEY_META] === 0 ? null : keyToTuple(words, at);
}
