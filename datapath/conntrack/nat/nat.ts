/**
 * Which address and port a new connection is translated to: fills the reply key so that no other connection has it.
 * (Open vSwitch lib/conntrack.c, nat_get_unique_tuple: the ranges, the order of trials and their number are its)
 */
import { hashWords } from '../../base/hash.js';
import type { Rng } from '../../base/rng.js';
import { IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../../wire/numbers.js';
import { isIcmp, metaFamily, metaProto, reverseL4 } from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import * as A from '../record/ct-action.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR } from '../record/packet-key.js';

/** Trials in the first round; each next round has half as many, from a random start, and ROUND_END is too few. */
const FIRST_ROUND = 128;
const ROUND_END = 16;

/** Ports from `min` to `max`, tried from `start` on. */
interface PortRange {
  min: number;
  max: number;
  start: number;
}

export class NatAllocator {
  constructor(
    private readonly table: ConnTable,
    private readonly rng: Rng,
    private readonly basis: number,
  ) {}

  /** Changes `reply`, the mirror of `key`, as the nat() at `program[at]` wants it; false if nothing is free. */
  choose(key: Int32Array, reply: Int32Array, program: Int32Array, at: number, now: number): boolean {
    const flags = program[at + A.CT_NAT_FLAGS];
    if (isOtherFamily(key[KEY_META], flags)) return false;
    const hash = this.hash(key, flags);
    setAddress(reply, program, at, hash);
    if (!hasPorts(key[KEY_META])) return this.table.find(reply, now) < 0;
    const wantsDstPort = !isIcmp(key[KEY_META]) && (flags & A.CT_NAT_DST) !== 0 && (flags & A.CT_NAT_PORTS) !== 0;
    if (wantsDstPort && this.tryPorts(reply, this.given(program, at, hash), setSrcPort, now)) return true;
    const isGiven = (flags & A.CT_NAT_SRC) !== 0 && (flags & A.CT_NAT_PORTS) !== 0;
    const range = isGiven ? this.given(program, at, hash) : classOf(key[KEY_L4] >>> 16);
    return this.tryPorts(reply, range, setDstPort, now);
  }

  /** The same connection, or with `persistent` the same source, always gets the same. */
  private hash(key: Int32Array, flags: number): number {
    if ((flags & A.CT_NAT_RANDOM) !== 0) return this.rng.next() >>> 0;
    const words = metaFamily(key[KEY_META]) === 4 ? 1 : 4;
    if ((flags & A.CT_NAT_PERSISTENT) !== 0) return hashWords(key, KEY_SRC_ADDR, words, 0) >>> 0;
    const ends = hashWords(key, KEY_SRC_ADDR, words, hashWords(key, KEY_DST_ADDR, words, this.basis));
    return hashWords(key, KEY_META, KEY_SRC_ADDR, ends) >>> 0;
  }

  private given(program: Int32Array, at: number, hash: number): PortRange {
    const min = program[at + A.CT_NAT_MIN_PORT];
    const max = Math.max(min, program[at + A.CT_NAT_MAX_PORT]);
    return { min, max, start: min + (hash % (max - min + 1)) };
  }

  private tryPorts(
    reply: Int32Array,
    range: PortRange,
    set: (reply: Int32Array, port: number) => void,
    now: number,
  ): boolean {
    const size = range.max - range.min + 1;
    let port = range.start;
    for (let trials = Math.min(size, FIRST_ROUND); ; trials >>= 1) {
      for (let i = 0; i < trials; i++) {
        set(reply, port);
        if (this.table.find(reply, now) < 0) return true;
        // The first one may lie before the range.
        port = port >= range.max || port < range.min ? range.min : port + 1;
      }
      if (trials >= size || trials < ROUND_END) return false;
      port = range.min + this.rng.below(size);
    }
  }
}

/** No address of the range can be one of this packet. */
const isOtherFamily = (meta: number, flags: number): boolean =>
  (flags & (metaFamily(meta) === 4 ? A.CT_NAT_IPV6 : A.CT_NAT_IPV4)) !== 0;

/** Ports that may stand for each other: privileged ones of two kinds, and all the others. */
function classOf(port: number): PortRange {
  if (port < 512) return { min: 1, max: 511, start: port };
  return port < 1024 ? { min: 600, max: 1023, start: port } : { min: 1024, max: 65535, start: port };
}

/**
 * Protocols with numbers that can be changed: ports, or the id of an ICMP or ICMPv6 query, which counts as a source port. Of any
 * other protocol there is one connection between two addresses; another one that would look the same outside is refused.
 */
function hasPorts(meta: number): boolean {
  if (isIcmp(meta)) return true;
  const proto = metaProto(meta);
  return proto === IP_PROTO_TCP || proto === IP_PROTO_UDP || proto === IP_PROTO_SCTP;
}

function setDstPort(reply: Int32Array, port: number): void {
  // The id stands where a source port does, in both directions.
  if (isIcmp(reply[KEY_META])) setSrcPort(reply, port);
  else reply[KEY_L4] = (reply[KEY_L4] & ~0xffff) | port;
}

function setSrcPort(reply: Int32Array, port: number): void {
  reply[KEY_L4] = (port << 16) | (reply[KEY_L4] & 0xffff);
}

const MIN = new Int32Array(4);

/** The address number `hash` modulo the range's size; an all-zero range keeps the address. */
function setAddress(reply: Int32Array, program: Int32Array, at: number, hash: number): void {
  const isV4 = metaFamily(reply[KEY_META]) === 4;
  const words = isV4 ? 1 : 4;
  let any = 0;
  for (let i = 0; i < words; i++) any |= MIN[i] = program[at + A.CT_NAT_MIN_ADDR + i];
  if (any === 0) return;
  addTo(MIN, words - 1, hash % rangeSize(program, at + A.CT_NAT_MAX_ADDR, words));
  // An original packet's source is its replies' destination.
  const field = (program[at + A.CT_NAT_FLAGS] & A.CT_NAT_SRC) !== 0 ? KEY_DST_ADDR : KEY_SRC_ADDR;
  for (let i = 0; i < words; i++) reply[field + i] = MIN[i];
}

/** Addresses from MIN to the maximum at `program[max]`; what is above 32 bits (IPv6) is cut to 32. */
function rangeSize(program: Int32Array, max: number, words: number): number {
  let size = 0;
  for (let i = Math.max(0, words - 2); i < words; i++)
    size = size * 2 ** 32 + (program[max + i] >>> 0) - (MIN[i] >>> 0);
  return Math.min(Math.max(size, 0) + 1, 2 ** 32);
}

function addTo(address: Int32Array, last: number, amount: number): void {
  let carry = amount;
  for (let i = last; i >= 0 && carry !== 0; i--) {
    const value = (address[i] >>> 0) + carry;
    address[i] = value;
    carry = value >= 2 ** 32 ? 1 : 0;
  }
}

/** True if `reply` is what an untranslated connection with this key would have. */
export function isMirror(key: Int32Array, reply: Int32Array): boolean {
  const words = metaFamily(key[KEY_META]) === 4 ? 1 : 4;
  for (let i = 0; i < words; i++) {
    if (key[KEY_SRC_ADDR + i] !== reply[KEY_DST_ADDR + i]) return false;
    if (key[KEY_DST_ADDR + i] !== reply[KEY_SRC_ADDR + i]) return false;
  }
  return reply[KEY_L4] === reverseL4(key[KEY_META], key[KEY_L4]);
}
