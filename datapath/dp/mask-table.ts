/**
 * All cached flows with one mask: a hash table from the masked words of a key to the flow. @hot
 *
 * Open addressing with linear probing; removal shifts the followers back, so there are no tombstones. The table keeps each
 * flow's hash beside its slot, so a probe reads the masked words only when the hash is right.
 */
import { finish, mix } from '../base/hash.js';
import * as layout from '../flow/layout.js';
import type { DpFlow, MaskedWords } from './dp-flow.js';

const { DP_WORDS, W_SHAPE } = layout;

const FIRST_CAPACITY = 16;

export class MaskTable implements MaskedWords {
  readonly words: Int32Array;
  readonly bits: Int32Array;
  readonly mask: Int32Array;
  values: Int32Array;
  count = 0;
  /** Lookups answered since the tables were last sorted. */
  hits = 0;

  /** Hash and flow per place; a null flow marks the end of a run. */
  private hashes = new Int32Array(FIRST_CAPACITY);
  private flows: (DpFlow | null)[] = new Array<DpFlow | null>(FIRST_CAPACITY).fill(null);
  private capacity = FIRST_CAPACITY;
  /** Rows of `values` given back, and the first never used. */
  private readonly freeSlots: number[] = [];
  private nextSlot = 0;

  constructor(
    mask: Int32Array,
    private readonly seed: number,
  ) {
    this.mask = mask.slice(0, DP_WORDS);
    this.mask[W_SHAPE] = 0;
    const words: number[] = [];
    for (let i = 0; i < DP_WORDS; i++) if (this.mask[i] !== 0) words.push(i);
    this.words = Int32Array.from(words);
    this.bits = this.words.map((word) => this.mask[word]);
    this.values = new Int32Array(FIRST_CAPACITY * words.length);
  }

  lookup(keys: Int32Array, at: number): DpFlow | null {
    const hash = this.hash(keys, at);
    const { hashes, flows } = this;
    const last = this.capacity - 1;
    for (let place = hash & last; ; place = (place + 1) & last) {
      const flow = flows[place];
      if (flow === null) return null;
      if (hashes[place] === hash && flow.matches(keys, at)) return flow;
    }
  }

  /** The hash under which the key at `at` is kept. */
  hash(keys: Int32Array, at: number): number {
    const { words, bits } = this;
    const count = words.length;
    let hash = this.seed;
    for (let i = 0; i < count; i++) hash = mix(hash, keys[at + words[i]] & bits[i]);
    return finish(hash, count);
  }

  /** A row of `values` with the masked words of the key: for the flow that `insert` brings next. */
  takeSlot(keys: Int32Array, at: number): number {
    const { words, bits } = this;
    const slot = this.freeSlots.length > 0 ? this.freeSlots.pop()! : this.nextSlot++;
    const row = slot * words.length;
    if (row + words.length > this.values.length) this.growValues();
    for (let i = 0; i < words.length; i++) this.values[row + i] = keys[at + words[i]] & bits[i];
    return slot;
  }

  insert(flow: DpFlow): void {
    // At most half full: runs stay short.
    if (2 * (this.count + 1) > this.capacity) this.grow();
    this.place(flow);
    this.count++;
  }

  remove(flow: DpFlow): void {
    const { flows, hashes } = this;
    const last = this.capacity - 1;
    let hole = flow.hash & last;
    while (flows[hole] !== flow) hole = (hole + 1) & last;
    // Whatever follows in the run moves into the hole, unless its own place lies behind the hole.
    for (let place = (hole + 1) & last; flows[place] !== null; place = (place + 1) & last) {
      const distance = (place - hashes[place]) & last;
      if (distance < ((place - hole) & last)) continue;
      flows[hole] = flows[place];
      hashes[hole] = hashes[place];
      hole = place;
    }
    flows[hole] = null;
    this.count--;
    this.freeSlots.push(flow.slot);
  }

  private place(flow: DpFlow): void {
    const last = this.capacity - 1;
    let place = flow.hash & last;
    while (this.flows[place] !== null) place = (place + 1) & last;
    this.flows[place] = flow;
    this.hashes[place] = flow.hash;
  }

  private growValues(): void {
    const grown = new Int32Array(2 * this.values.length);
    grown.set(this.values);
    this.values = grown;
  }

  private grow(): void {
    const old = this.flows;
    this.capacity *= 2;
    this.hashes = new Int32Array(this.capacity);
    this.flows = new Array<DpFlow | null>(this.capacity).fill(null);
    for (let i = 0; i < old.length; i++) {
      const flow = old[i];
      if (flow !== null) this.place(flow);
    }
  }
}
