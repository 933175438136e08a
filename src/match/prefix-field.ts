/** An address field whose prefixes a classifier tracks: its trie, and the trie's answer for the packet being looked up. */
import type { FieldName } from './fields.js';
import { compiledField } from './key.js';
import { PrefixTrie } from './prefix-trie.js';

/** How many fields a classifier tracks at most: each costs a walk through its trie for every lookup that asks. */
export const MAX_PREFIX_FIELDS = 4;

export class PrefixField {
  readonly field: FieldName;
  /** First word of the field in a key. */
  readonly word: number;
  readonly trie: PrefixTrie;
  private stamp = 0;
  private decided = 0;

  /** The field must be marked `prefix` in the table of fields: all of those fill whole words. */
  constructor(field: FieldName) {
    const f = compiledField(field)!;
    this.field = field;
    this.word = f.firstWord;
    this.trie = new PrefixTrie(32 * (f.lastWord - f.firstWord + 1));
  }

  /** How many of its first bits a mask has, if it has those and no others; else 0. */
  prefixLength(masks: Int32Array): number {
    const words = this.trie.bits >> 5;
    let length = 0;
    for (let i = 0; i < words; i++) {
      const mask = masks[this.word + i];
      const ones = Math.clz32(~mask);
      if (ones < 32 && mask << ones !== 0) return 0;
      if (ones > 0 && length < 32 * i) return 0;
      length += ones;
    }
    return length;
  }

  /**
   * True if no rule with a prefix of that length can match the packet, and saying so un-wildcards no more than looking
   * would. The bits that it rests on are then in `wildcards`. The trie is walked once for each `stamp`.
   */
  canSkip(length: number, key: Int32Array, at: number, wildcards: Int32Array, stamp: number): boolean {
    if (this.stamp !== stamp) {
      this.decided = this.trie.lookup(key, at + this.word);
      this.stamp = stamp;
    }
    if (this.trie.lengths[length] !== 0) return false;
    if (this.decided > length) return this.isExamined(wildcards);
    this.examine(wildcards);
    return true;
  }

  private isExamined(wildcards: Int32Array): boolean {
    for (let i = 0, bits = this.decided; bits > 0; i++, bits -= 32) {
      const mask = prefixMask(bits);
      if ((wildcards[this.word + i] & mask) !== mask) return false;
    }
    return true;
  }

  private examine(wildcards: Int32Array): void {
    for (let i = 0, bits = this.decided; bits > 0; i++, bits -= 32) wildcards[this.word + i] |= prefixMask(bits);
  }
}

/** The first `bits` bits of a word; all of them from 32 on. */
export function prefixMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}
