/**
 * A table of keys that all have the same mask: one subtable of a tuple space search. The megaflow cache is a list of
 * these; the classifier builds its subtables on them. @hot
 *
 * Only words with mask bits are looked at, whatever the length of the keys; what lies behind them may be anything.
 */
import { finish, mix } from '../base/hash.js';
import { ABSENT, WordTable } from '../base/word-table.js';
import { FLOW_WORDS } from './layout.js';

/** The masked words of the key being looked up. */
const scratch = new Int32Array(FLOW_WORDS);

export class MaskedTable {
  /** Numbers and mask bits of the words that matter. */
  readonly words: Int32Array;
  readonly masks: Int32Array;
  private readonly table: WordTable;

  constructor(words: ArrayLike<number>, masks: ArrayLike<number>) {
    this.words = Int32Array.from(words);
    this.masks = Int32Array.from(masks);
    this.table = new WordTable(this.words.length);
  }

  /** For a whole mask, whose first word (the shape) counts for nothing. */
  static forMask(mask: Int32Array): MaskedTable {
    const words: number[] = [];
    const masks: number[] = [];
    for (let i = 1; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      words.push(i);
      masks.push(mask[i]);
    }
    return new MaskedTable(words, masks);
  }

  get size(): number {
    return this.table.size;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.table.bytes;
  }

  /** The value of the entry that agrees with the key at `at` in all masked bits, or ABSENT. */
  lookup(key: Int32Array, at: number): number {
    return this.table.lookupHashed(scratch, 0, this.gather(key, at));
  }

  /** Adds an entry, or gives it a new value; bits of the key outside the mask are ignored. The value is not ABSENT. */
  set(key: Int32Array, at: number, value: number): void {
    this.table.setHashed(scratch, 0, this.gather(key, at), value);
  }

  /** False if there was none. */
  remove(key: Int32Array, at: number): boolean {
    return this.table.removeHashed(scratch, 0, this.gather(key, at));
  }

  selfCheck(): void {
    this.table.selfCheck();
  }

  /** Copies the masked words to `scratch` and returns their hash, which is WordTable's. */
  private gather(key: Int32Array, at: number): number {
    const words = this.words;
    const masks = this.masks;
    const count = words.length;
    let hash = 0;
    for (let i = 0; i < count; i++) {
      const word = key[at + words[i]] & masks[i];
      scratch[i] = word;
      hash = mix(hash, word);
    }
    return finish(hash, count << 2);
  }
}

export { ABSENT };
