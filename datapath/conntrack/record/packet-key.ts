/**
 * What the tracker sees of one packet: its key, and where its headers are. @hot
 *
 * One object, filled anew for each packet by packet-parse.ts. Words of the key:
 *
 *     KEY_META  zone 16 | protocol 8 | family 8        KEY_L4   two ports, or ICMP id 16 | type 8 | code 8
 *     KEY_SRC_ADDR, KEY_DST_ADDR  four words each; an IPv4 address stands in the first, the others mean nothing
 *
 * For an ICMP error it is the key of the packet inside, reversed: as if the error were a packet of that connection.
 */
import { isIcmp, reverseL4 } from './conn.js';

export const KEY_META = 0;
export const KEY_L4 = 1;
export const KEY_SRC_ADDR = 2;
export const KEY_DST_ADDR = 6;
export const KEY_WORDS = 10;
/** Numbers that may go with a reason. */
export const DETAIL_WORDS = 8;

export class PacketKey {
  readonly words = new Int32Array(KEY_WORDS);
  bytes: Uint8Array = new Uint8Array(0);
  l3 = -1;
  l4 = -1;
  /** Bytes from l4 to the end of the IP packet. */
  l4Size = 0;
  /** It is an ICMP error about the connection of the key. */
  isRelated = false;
  /** Of the packet inside an ICMP error. */
  innerL3 = -1;
  innerL4 = -1;
  /** Row of the timeout table that the last update chose, -1 to leave the timer alone. */
  timeout = -1;
  /** Numbers that go with the reason, see reasons.ts. */
  readonly detail = new Int32Array(DETAIL_WORDS);

  /** Bytes from the IP header to the end of the IP packet. */
  get size(): number {
    return this.l4 - this.l3 + this.l4Size;
  }
}

/** Exchanges source and destination of a key. */
export function reverseKey(words: Int32Array): void {
  words[KEY_L4] = reverseL4(words[KEY_META], words[KEY_L4]);
  const count = (words[KEY_META] & 0xff) === 4 ? 1 : 4;
  for (let i = 0; i < count; i++) {
    const src = words[KEY_SRC_ADDR + i];
    words[KEY_SRC_ADDR + i] = words[KEY_DST_ADDR + i];
    words[KEY_DST_ADDR + i] = src;
  }
}

/**
 * A keyed hash that is the same for a key and its mirror: the two ends are hashed apart and added. Without the four secret
 * words nobody can compute which 5-tuples share a chain.
 */
export class KeyHash {
  private readonly secret0: number = 0;
  private readonly secret1: number = 0;
  private readonly secret2: number = 0;
  private readonly secret3: number = 0;

  constructor(secret0: number, secret1: number, secret2: number, secret3: number) {
    // As int32, or V8 would keep them as doubles and add them as such.
    this.secret0 = secret0 | 0;
    this.secret1 = secret1 | 0;
    this.secret2 = secret2 | 0;
    this.secret3 = secret3 | 0;
  }

  /** Of a key with both addresses as words of `a` (one word each, or four). */
  of(meta: number, l4: number, a: Int32Array, srcAt: number, dstAt: number): number {
    return (meta & 0xff) === 4 ? this.of4(meta, l4, a[srcAt], a[dstAt]) : this.of6(meta, l4, a, srcAt, dstAt);
  }

  of4(meta: number, l4: number, src: number, dst: number): number {
    const srcPort = l4 >>> 16;
    const dstPort = isIcmp(meta) ? srcPort : l4 & 0xffff;
    return this.both(meta, this.end(src, srcPort) + this.end(dst, dstPort));
  }

  private of6(meta: number, l4: number, a: Int32Array, srcAt: number, dstAt: number): number {
    const srcPort = l4 >>> 16;
    const dstPort = isIcmp(meta) ? srcPort : l4 & 0xffff;
    return this.both(meta, this.end6(a, srcAt, srcPort) + this.end6(a, dstAt, dstPort));
  }

  private both(meta: number, ends: number): number {
    let hash = Math.imul((ends | 0) ^ this.secret2, 0x9e3779b1) ^ meta;
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ this.secret3;
    return hash ^ (hash >>> 16);
  }

  private end(address: number, port: number): number {
    let hash = Math.imul(address ^ this.secret0, 0xcc9e2d51);
    hash = Math.imul(((hash ^ (hash >>> 15)) + port) | 0, 0x1b873593) ^ this.secret1;
    hash = Math.imul(hash ^ (hash >>> 14), 0xc2b2ae35);
    return hash ^ (hash >>> 13);
  }

  private end6(a: Int32Array, at: number, port: number): number {
    let hash = this.end(a[at], port);
    hash = this.end(a[at + 1], hash);
    hash = this.end(a[at + 2], hash);
    return this.end(a[at + 3], hash);
  }
}
