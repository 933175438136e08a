/**
 * What masks are made of: a word with some of its bits is a term, and masks share their terms. @hot
 *
 * A lookup computes each term once, and knows from a count whether any flow has its value there; a mask with a term for which none has is
 * passed over. So masks that differ in their prefixes, as an access list searched by prefix makes them, cost a lookup in vain as much as
 * there are prefixes, not as their product.
 */
import { termOf } from './flow-hash.js';

/** Counts of a term, by the upper bits of what a value adds to the hash: some values share one. A term takes 1 KB. */
const BUCKET_BITS = 8;
const BUCKET_SHIFT = 32 - BUCKET_BITS;
const FIRST_TERMS = 32;

export class MaskTerms {
  /** Flows by term and bucket: `id << 8 | value >>> 24`. */
  counts: Int32Array = new Int32Array(FIRST_TERMS << BUCKET_BITS);
  words: Int32Array = new Int32Array(FIRST_TERMS);
  bits: Int32Array = new Int32Array(FIRST_TERMS);
  /** Masks that have the term; 0 where the id is free. */
  users: Int32Array = new Int32Array(FIRST_TERMS);
  private readonly byBits = new Map<number, Map<number, number>>();
  private readonly freeIds: number[] = [];
  private nextId = 0;

  constructor(readonly salts: Int32Array) {}

  /** A mask has come: the ids of its terms, in the order of its words. @cold */
  enter(words: Int32Array, bits: Int32Array): Int32Array {
    return words.map((word, i) => {
      const id = this.byBits.get(word)?.get(bits[i]) ?? this.make(word, bits[i]);
      this.users[id]++;
      return id;
    });
  }

  /** The mask has gone, and all its flows before. @cold */
  leave(ids: Int32Array): void {
    for (const id of ids) {
      if (--this.users[id] > 0) continue;
      this.byBits.get(this.words[id])?.delete(this.bits[id]);
      this.freeIds.push(id);
    }
  }

  /** A flow with that row of masked words has come (1) or gone (-1). */
  count(ids: Int32Array, values: Int32Array, row: number, change: number): void {
    const { counts, words, salts } = this;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      counts[(id << BUCKET_BITS) | (termOf(values[row + i], salts[words[id]]) >>> BUCKET_SHIFT)] += change;
    }
  }

  /** All masks and flows have gone. @cold */
  clear(): void {
    this.counts.fill(0);
    this.users.fill(0);
    this.byBits.clear();
    this.freeIds.length = this.nextId = 0;
  }

  /** @cold */
  private make(word: number, bits: number): number {
    const id = this.freeIds.pop() ?? this.nextId++;
    if (id === this.words.length) this.grow();
    this.words[id] = word;
    this.bits[id] = bits;
    let known = this.byBits.get(word);
    if (known === undefined) this.byBits.set(word, (known = new Map()));
    known.set(bits, id);
    return id;
  }

  /** @cold */
  private grow(): void {
    const twice = (old: Int32Array): Int32Array => {
      const grown = new Int32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.counts = twice(this.counts);
    this.words = twice(this.words);
    this.bits = twice(this.bits);
    this.users = twice(this.users);
  }
}
