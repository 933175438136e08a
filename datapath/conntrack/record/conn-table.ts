/**
 * All connections: records in a slab, found by key through hash chains that run through the records. @hot
 *
 * A chain link is a node, handle * 2 + direction. A connection without NAT has one node, since the hash is the same for a
 * key and its mirror; a NATed one has two. When there are more nodes than chains the array of heads is doubled, and the
 * chains move over a few at a time with each insertion, so that growing never pauses: until a chain has moved, it is
 * looked for in the old array.
 */
import type { Rng } from '../../base/rng.js';
import * as slab from '../../base/slab.js';
import * as C from './conn.js';
import { EXTRA_WORDS } from './extra.js';
import * as K from './packet-key.js';

const {
  CONN_CHAIN,
  CONN_EXPIRES,
  CONN_EXTRA,
  CONN_FLAGS,
  CONN_KEYS,
  CONN_LABEL,
  CONN_META,
  CONN_WORDS,
  F_LIVE,
  F_TWO_NODES,
  KEY_DST,
  KEY_PORTS,
  KEY_SRC,
  KEY_WORDS_STORED,
  ORIGINAL,
  REPLY,
} = C;
const { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KeyHash } = K;
const { SLAB_MASK, SLAB_SHIFT, Slab } = slab;

const INITIAL_CHAINS = 1024;
const NO_HEADS: Int32Array = new Int32Array(0);
/** Chains moved with each insertion; two would do for the move to end before the next doubling. */
const MOVES_PER_INSERT = 4;
const ADDRESS_WORDS = 16;

export class ConnTable {
  readonly records: slab.Slab;
  /** Both keys' addresses of IPv6 connections: src, dst, reply src, reply dst, four words each. */
  readonly addresses: slab.Slab;
  readonly labels: slab.Slab;
  readonly extras: slab.Slab;
  private readonly chunks: Int32Array[];
  private readonly hash: K.KeyHash;
  private heads = new Int32Array(INITIAL_CHAINS);
  /** The array that is being moved away from, empty if none; its chains below `moved` are done. */
  private oldHeads = NO_HEADS;
  private moved = 0;
  private isMoving = false;
  private nodes = 0;

  constructor(rng: Rng, limit: number) {
    this.hash = new KeyHash(rng.next(), rng.next(), rng.next(), rng.next());
    this.records = new Slab(CONN_WORDS, limit);
    this.chunks = this.records.chunks;
    this.addresses = new Slab(ADDRESS_WORDS, Number.MAX_SAFE_INTEGER);
    this.labels = new Slab(4, Number.MAX_SAFE_INTEGER);
    this.extras = new Slab(EXTRA_WORDS, Number.MAX_SAFE_INTEGER);
  }

  words(handle: number): Int32Array {
    return this.chunks[handle >>> SLAB_SHIFT];
  }

  at(handle: number): number {
    return (handle & SLAB_MASK) * CONN_WORDS;
  }

  isLive(handle: number): boolean {
    return handle < this.records.top && (this.words(handle)[this.at(handle) + CONN_FLAGS] & F_LIVE) !== 0;
  }

  /** The node (handle * 2 + direction of the key in it) of a connection that has not expired, -1 if there is none. */
  find(key: Int32Array, now: number): number {
    const meta = key[KEY_META];
    if ((meta & 0xff) !== 4) return this.find6(key, now);
    const l4 = key[KEY_L4];
    const src = key[KEY_SRC_ADDR];
    const dst = key[KEY_DST_ADDR];
    const { chunks } = this;
    let link = this.head(this.hash.of4(meta, l4, src, dst));
    while (link !== 0) {
      const node = link - 1;
      const words = chunks[node >>> (SLAB_SHIFT + 1)];
      const at = ((node >>> 1) & SLAB_MASK) * CONN_WORDS;
      if (words[at + CONN_META] === meta && ((words[at + CONN_EXPIRES] - now) | 0) > 0) {
        const own = at + CONN_KEYS;
        if (words[own] === l4 && words[own + KEY_SRC] === src && words[own + KEY_DST] === dst) return node & ~1;
        const other = own + KEY_WORDS_STORED;
        if (words[other] === l4 && words[other + KEY_SRC] === src && words[other + KEY_DST] === dst) return node | 1;
      }
      link = words[at + CONN_CHAIN + (node & 1)];
    }
    return -1;
  }

  private find6(key: Int32Array, now: number): number {
    const meta = key[KEY_META];
    let link = this.head(this.hash.of(meta, key[KEY_L4], key, KEY_SRC_ADDR, KEY_DST_ADDR));
    while (link !== 0) {
      const node = link - 1;
      const words = this.words(node >>> 1);
      const at = this.at(node >>> 1);
      if (words[at + CONN_META] === meta && ((words[at + CONN_EXPIRES] - now) | 0) > 0) {
        const direction = this.direction6(words, at, key);
        if (direction >= 0) return (node & ~1) | direction;
      }
      link = words[at + CONN_CHAIN + (node & 1)];
    }
    return -1;
  }

  /** In which direction the key is the record's, -1 if in none. */
  private direction6(words: Int32Array, at: number, key: Int32Array): number {
    const side = words[at + CONN_KEYS + KEY_SRC];
    const addresses = this.addresses.chunks[side >>> SLAB_SHIFT];
    const from = this.addresses.at(side);
    for (let direction = ORIGINAL; direction <= REPLY; direction++) {
      const own = at + CONN_KEYS + direction * KEY_WORDS_STORED;
      if (words[own + KEY_PORTS] === key[KEY_L4] && areAddresses(addresses, from + 8 * direction, key))
        return direction;
    }
    return -1;
  }

  /** A new record with both keys set, not yet linked; -1 if the table is full. */
  allocate(original: Int32Array, reply: Int32Array): number {
    const handle = this.records.allocate();
    if (handle < 0) return -1;
    const words = this.words(handle);
    const at = this.at(handle);
    words[at + CONN_META] = original[KEY_META];
    words[at + CONN_FLAGS] = F_LIVE;
    if ((original[KEY_META] & 0xff) === 6) words[at + CONN_KEYS + KEY_SRC] = this.addresses.allocate();
    this.storeKey(words, at, ORIGINAL, original);
    this.storeKey(words, at, REPLY, reply);
    return handle;
  }

  private storeKey(words: Int32Array, at: number, direction: number, key: Int32Array): void {
    const own = at + CONN_KEYS + direction * KEY_WORDS_STORED;
    words[own + KEY_PORTS] = key[KEY_L4];
    if ((key[KEY_META] & 0xff) === 4) {
      words[own + KEY_SRC] = key[KEY_SRC_ADDR];
      words[own + KEY_DST] = key[KEY_DST_ADDR];
      return;
    }
    const handle = words[at + CONN_KEYS + KEY_SRC];
    const addresses = this.addresses.chunks[handle >>> SLAB_SHIFT];
    const to = this.addresses.at(handle) + direction * 8;
    for (let i = 0; i < 8; i++) addresses[to + i] = key[KEY_SRC_ADDR + i];
  }

  /** Copies the key of that direction to `key`, as it would stand in a packet. */
  loadKey(handle: number, direction: number, key: Int32Array): void {
    const words = this.words(handle);
    const at = this.at(handle);
    const own = at + CONN_KEYS + direction * KEY_WORDS_STORED;
    key[KEY_META] = words[at + CONN_META];
    key[KEY_L4] = words[own + KEY_PORTS];
    if ((key[KEY_META] & 0xff) === 4) {
      key[KEY_SRC_ADDR] = words[own + KEY_SRC];
      key[KEY_DST_ADDR] = words[own + KEY_DST];
      return;
    }
    const side = words[at + CONN_KEYS + KEY_SRC];
    const addresses = this.addresses.chunks[side >>> SLAB_SHIFT];
    const from = this.addresses.at(side) + direction * 8;
    for (let i = 0; i < 8; i++) key[KEY_SRC_ADDR + i] = addresses[from + i];
  }

  /** Makes the connection findable, by its reply key too if that is not the mirror of the original one. */
  link(handle: number): void {
    this.growIfFull();
    this.push(handle << 1, this.hashOf(handle, ORIGINAL));
    if ((this.words(handle)[this.at(handle) + CONN_FLAGS] & F_TWO_NODES) === 0) return;
    this.push((handle << 1) | 1, this.hashOf(handle, REPLY));
  }

  /** Takes the connection out and frees its record and side records. */
  remove(handle: number): void {
    const words = this.words(handle);
    const at = this.at(handle);
    this.pull(handle << 1, this.hashOf(handle, ORIGINAL));
    if (words[at + CONN_FLAGS] & F_TWO_NODES) this.pull((handle << 1) | 1, this.hashOf(handle, REPLY));
    if ((words[at + CONN_META] & 0xff) === 6) this.addresses.free(words[at + CONN_KEYS + KEY_SRC]);
    if (words[at + CONN_LABEL] !== 0) this.labels.free(words[at + CONN_LABEL] - 1);
    if (words[at + CONN_EXTRA] !== 0) this.extras.free(words[at + CONN_EXTRA] - 1);
    this.records.free(handle);
  }

  private hashOf(handle: number, direction: number): number {
    const words = this.words(handle);
    const at = this.at(handle);
    const own = at + CONN_KEYS + direction * KEY_WORDS_STORED;
    const meta = words[at + CONN_META];
    const l4 = words[own + KEY_PORTS];
    if ((meta & 0xff) === 4) return this.hash.of(meta, l4, words, own + KEY_SRC, own + KEY_DST);
    const side = words[at + CONN_KEYS + KEY_SRC];
    const from = this.addresses.at(side) + direction * 8;
    return this.hash.of(meta, l4, this.addresses.chunks[side >>> SLAB_SHIFT], from, from + 4);
  }

  private head(hash: number): number {
    const { heads } = this;
    return this.isMoving ? this.headWhileMoving(hash) : heads[hash & (heads.length - 1)];
  }

  private headWhileMoving(hash: number): number {
    const old = hash & (this.oldHeads.length - 1);
    return old >= this.moved ? this.oldHeads[old] : this.heads[hash & (this.heads.length - 1)];
  }

  private setHead(hash: number, link: number): void {
    const old = hash & (this.oldHeads.length - 1);
    if (this.isMoving && old >= this.moved) this.oldHeads[old] = link;
    else this.heads[hash & (this.heads.length - 1)] = link;
  }

  private push(node: number, hash: number): void {
    this.setNext(node, this.head(hash));
    this.setHead(hash, node + 1);
    this.nodes++;
  }

  private pull(node: number, hash: number): void {
    let link = this.head(hash);
    if (link === node + 1) this.setHead(hash, this.next(node));
    else {
      while (this.next(link - 1) !== node + 1) link = this.next(link - 1);
      this.setNext(link - 1, this.next(node));
    }
    this.nodes--;
  }

  private next(node: number): number {
    return this.words(node >>> 1)[this.at(node >>> 1) + CONN_CHAIN + (node & 1)];
  }

  private setNext(node: number, link: number): void {
    this.words(node >>> 1)[this.at(node >>> 1) + CONN_CHAIN + (node & 1)] = link;
  }

  private growIfFull(): void {
    if (!this.isMoving) {
      if (this.nodes < this.heads.length) return;
      this.oldHeads = this.heads;
      this.heads = new Int32Array(this.oldHeads.length * 2);
      this.moved = 0;
      this.isMoving = true;
    }
    for (let i = 0; i < MOVES_PER_INSERT && this.isMoving; i++) this.moveChain();
  }

  private moveChain(): void {
    let link = this.oldHeads[this.moved++];
    while (link !== 0) {
      const node = link - 1;
      link = this.next(node);
      const bucket = this.hashOf(node >>> 1, node & 1) & (this.heads.length - 1);
      this.setNext(node, this.heads[bucket]);
      this.heads[bucket] = node + 1;
    }
    if (this.moved < this.oldHeads.length) return;
    this.oldHeads = NO_HEADS;
    this.isMoving = false;
  }

  /** How many chains there are: about as many as connections. */
  get chainCount(): number {
    return this.heads.length;
  }

  /** Length of one chain, for statistics. While chains move two may share an old one. */
  chainLength(chain: number): number {
    let size = 0;
    for (let link = this.head(chain); link !== 0; link = this.next(link - 1)) size++;
    return size;
  }

  get capacityBytes(): number {
    const slabs = this.records.capacityBytes + this.addresses.capacityBytes + this.labels.capacityBytes;
    return slabs + this.extras.capacityBytes + (this.heads.length + this.oldHeads.length) * 4;
  }
}

function areAddresses(addresses: Int32Array, at: number, key: Int32Array): boolean {
  for (let i = 0; i < 8; i++) if (addresses[at + i] !== key[KEY_SRC_ADDR + i]) return false;
  return true;
}
