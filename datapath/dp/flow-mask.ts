/**
 * One mask of cached flows, and the masked words of all flows that have it, a row each.
 *
 * Rows that flows have given back are taken again, so `values` is as large as there were ever flows of this mask at a time. A mask that no
 * flow has any more is thrown away as a whole (mask-set.ts).
 */
import { DP_WORDS, W_GROUPS } from '../keys/layout.js';
import type { MaskedWords } from './dp-flow.js';
import { finishHash, termOf } from './flow-hash.js';

const FIRST_ROWS = 2;
const NO_TERMS = new Int32Array(0);

export class FlowMask implements MaskedWords {
  readonly words: Int32Array;
  readonly bits: Int32Array;
  readonly mask: Int32Array;
  values: Int32Array;
  /** Flows that have it. */
  count = 0;
  /** Lookups answered since the masks were last sorted. */
  hits = 0;
  /** Ids of its terms while any flow has it (mask-terms.ts), in the order of its words. */
  terms: Int32Array = NO_TERMS;
  /** How many bits it has. */
  readonly bitCount: number;
  /** Rows given back, and the first never used. */
  private readonly freeSlots: number[] = [];
  private nextSlot = 0;

  /** `mask` has the layout of a key and may be longer than DP_WORDS; `basis`, and `salts` by word, are those of its flows' hashes. */
  constructor(
    mask: Int32Array,
    readonly basis: number,
    private readonly salts: Int32Array,
  ) {
    this.mask = mask.slice(0, DP_WORDS);
    this.mask[W_GROUPS] = 0;
    const words: number[] = [];
    for (let i = 0; i < DP_WORDS; i++) if (this.mask[i] !== 0) words.push(i);
    this.words = Int32Array.from(words);
    this.bits = this.words.map((word) => this.mask[word]);
    this.bitCount = this.bits.reduce((sum, bits) => sum + countOnes(bits), 0);
    this.values = new Int32Array(FIRST_ROWS * words.length);
  }

  /** A row with the masked words of the key, for a flow. */
  takeSlot(keys: Int32Array, at: number): number {
    const { words, bits } = this;
    const slot = this.freeSlots.length > 0 ? this.freeSlots.pop()! : this.nextSlot++;
    const row = slot * words.length;
    if (row + words.length > this.values.length) this.grow();
    for (let i = 0; i < words.length; i++) this.values[row + i] = keys[at + words[i]] & bits[i];
    this.count++;
    return slot;
  }

  /** Under which the flow of this mask and key is kept (flow-hash.ts). */
  hash(keys: Int32Array, at: number): number {
    const { words, bits, salts } = this;
    let sum = this.basis;
    for (let i = 0; i < words.length; i++) sum = (sum + termOf(keys[at + words[i]] & bits[i], salts[words[i]])) | 0;
    return finishHash(sum);
  }

  giveSlot(slot: number): void {
    this.freeSlots.push(slot);
    this.count--;
  }

  /** True if it is the same; what lies in the presence word does not matter. */
  equals(mask: Int32Array): boolean {
    for (let i = W_GROUPS + 1; i < DP_WORDS; i++) if (this.mask[i] !== mask[i]) return false;
    return true;
  }

  /** True if it has all bits of the other. */
  covers(mask: Int32Array): boolean {
    for (let i = W_GROUPS + 1; i < DP_WORDS; i++) if ((mask[i] & ~this.mask[i]) !== 0) return false;
    return true;
  }

  private grow(): void {
    const grown = new Int32Array(2 * this.values.length);
    grown.set(this.values);
    this.values = grown;
  }
}

function countOnes(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
