/**
 * The hash table of the datapath: keys of a fixed number of int32 words, values int32. @hot
 *
 *     slots    hash | row + 1      open addressing, linear probing, at most 3/4 full, a power of two of them
 *     rows     key words | value   dense: row 0 to size - 1, so walking all entries is a loop
 *
 * Removing moves the last row into the hole and shifts slots back, so there are no tombstones and a table that shrinks
 * stays fast. Row numbers are therefore only good until the next removal. The functions that take a hash want the one
 * that `hash` gives for the key: a caller that gathers the key word by word computes it on the way.
 */
import { hashWords } from './hash.js';

/** What lookups answer for "not there"; no value may be this. */
export const ABSENT = -1;

const FIRST_SLOTS = 16;

export class WordTable {
  readonly keyWords: number;
  private readonly rowWords: number;
  private readonly basis: number;
  private slots = new Int32Array(2 * FIRST_SLOTS);
  private slotMask = FIRST_SLOTS - 1;
  private rows: Int32Array;
  private count = 0;

  constructor(keyWords: number, basis = 0) {
    this.keyWords = keyWords;
    this.rowWords = keyWords + 1;
    this.basis = basis;
    this.rows = new Int32Array(this.rowWords * FIRST_SLOTS);
  }

  get size(): number {
    return this.count;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.slots.byteLength + this.rows.byteLength;
  }

  hash(words: Int32Array, at: number): number {
    return hashWords(words, at, this.keyWords, this.basis);
  }

  /** The value of the key at `at`, or ABSENT. */
  lookup(words: Int32Array, at: number): number {
    return this.lookupHashed(words, at, this.hash(words, at));
  }

  lookupHashed(words: Int32Array, at: number, hash: number): number {
    const slot = this.find(words, at, hash);
    return slot < 0 ? ABSENT : this.rows[(this.slots[slot + 1] - 1) * this.rowWords + this.keyWords];
  }

  /** Adds the key, or gives it a new value. The value must not be ABSENT. */
  set(words: Int32Array, at: number, value: number): void {
    this.setHashed(words, at, this.hash(words, at), value);
  }

  setHashed(words: Int32Array, at: number, hash: number, value: number): void {
    const slot = this.find(words, at, hash);
    if (slot >= 0) {
      this.rows[(this.slots[slot + 1] - 1) * this.rowWords + this.keyWords] = value;
      return;
    }
    if (4 * (this.count + 1) > 3 * (this.slotMask + 1)) this.resize(2 * (this.slotMask + 1));
    const base = this.count * this.rowWords;
    for (let i = 0; i < this.keyWords; i++) this.rows[base + i] = words[at + i];
    this.rows[base + this.keyWords] = value;
    this.count++;
    this.place(hash, this.count);
  }

  /** Adds `by` to the value of the key, 0 if it is new; the entry goes when the sum is 0. For counting things. */
  addTo(words: Int32Array, at: number, by: number): number {
    const hash = this.hash(words, at);
    const old = this.lookupHashed(words, at, hash);
    const sum = (old === ABSENT ? 0 : old) + by;
    if (sum === 0) this.removeHashed(words, at, hash);
    else this.setHashed(words, at, hash, sum);
    return sum;
  }

  /** False if the key was not there. */
  remove(words: Int32Array, at: number): boolean {
    return this.removeHashed(words, at, this.hash(words, at));
  }

  removeHashed(words: Int32Array, at: number, hash: number): boolean {
    const slot = this.find(words, at, hash);
    if (slot < 0) return false;
    const row = this.slots[slot + 1];
    this.closeGap(slot >> 1);
    this.fillRow(row);
    return true;
  }

  /** The value in a row, 0 <= row < size. */
  valueAt(row: number): number {
    return this.rows[row * this.rowWords + this.keyWords];
  }

  /** Copies the key in a row. */
  keyAt(row: number, into: Int32Array, at: number): void {
    const base = row * this.rowWords;
    for (let i = 0; i < this.keyWords; i++) into[at + i] = this.rows[base + i];
  }

  /** Throws if the table's invariants do not hold: each row is found by its key, once, and no slot is left over. */
  selfCheck(): void {
    let used = 0;
    for (let slot = 0; slot <= this.slotMask; slot++) if (this.slots[2 * slot + 1] !== 0) used++;
    if (used !== this.count) throw new Error(`word table: ${used} slots for ${this.count} rows`);
    for (let row = 0; row < this.count; row++) {
      const at = row * this.rowWords;
      const slot = this.find(this.rows, at, this.hash(this.rows, at));
      if (slot < 0 || this.slots[slot + 1] !== row + 1)
        throw new Error(`word table: row ${row} is not found by its key`);
    }
  }

  /** Index into `slots` of the key's slot, -1 if it has none. */
  private find(words: Int32Array, at: number, hash: number): number {
    const slots = this.slots;
    const mask = this.slotMask;
    let i = hash & mask;
    let row = slots[2 * i + 1];
    while (row !== 0) {
      if (slots[2 * i] === hash && this.holds(row - 1, words, at)) return 2 * i;
      i = (i + 1) & mask;
      row = slots[2 * i + 1];
    }
    return -1;
  }

  private holds(row: number, words: Int32Array, at: number): boolean {
    const rows = this.rows;
    const base = row * this.rowWords;
    for (let i = 0; i < this.keyWords; i++) if (rows[base + i] !== words[at + i]) return false;
    return true;
  }

  /** Takes the first free slot of the hash's run. */
  private place(hash: number, rowPlusOne: number): void {
    const slots = this.slots;
    let i = hash & this.slotMask;
    while (slots[2 * i + 1] !== 0) i = (i + 1) & this.slotMask;
    slots[2 * i] = hash;
    slots[2 * i + 1] = rowPlusOne;
  }

  /** Frees a slot, moving back those behind it that would otherwise be cut off from their place. */
  private closeGap(gap: number): void {
    const slots = this.slots;
    const mask = this.slotMask;
    let i = gap;
    for (;;) {
      i = (i + 1) & mask;
      if (slots[2 * i + 1] === 0) break;
      const home = slots[2 * i] & mask;
      // It may move only if its home does not lie between the gap and itself.
      if (((i - home) & mask) < ((i - gap) & mask)) continue;
      slots[2 * gap] = slots[2 * i];
      slots[2 * gap + 1] = slots[2 * i + 1];
      gap = i;
    }
    slots[2 * gap + 1] = 0;
  }

  /** Moves the last row into the freed one and points its slot there. The freed row's slot is gone already. */
  private fillRow(freedPlusOne: number): void {
    const last = this.count--;
    if (last !== freedPlusOne) {
      const from = (last - 1) * this.rowWords;
      this.rows.copyWithin((freedPlusOne - 1) * this.rowWords, from, from + this.rowWords);
      this.repoint(last, freedPlusOne);
    }
    if (this.slotMask >= 4 * FIRST_SLOTS && 8 * this.count < this.slotMask) this.resize((this.slotMask + 1) >> 1);
  }

  /** The row that was moved has its new place already, its slot still the old number. */
  private repoint(rowPlusOne: number, newRowPlusOne: number): void {
    let i = this.hash(this.rows, (newRowPlusOne - 1) * this.rowWords) & this.slotMask;
    while (this.slots[2 * i + 1] !== rowPlusOne) i = (i + 1) & this.slotMask;
    this.slots[2 * i + 1] = newRowPlusOne;
  }

  private resize(slotCount: number): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * slotCount);
    this.slotMask = slotCount - 1;
    const rows = new Int32Array(this.rowWords * ((slotCount * 3) >> 2));
    rows.set(this.rows.subarray(0, this.count * this.rowWords));
    this.rows = rows;
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.place(old[i], old[i + 1]);
  }
}
