/**
 * A match: which bits of a flow key must have which values. What OpenFlow messages carry and rules are made of.
 *
 * Tables hold hundreds of thousands, so a match keeps only the words it looks at: their numbers and mask bits (the minimask,
 * which all rules of a subtable share once they are in a classifier) and their values. The rows of whole keys and masks
 * that `key` and `mask` give are made anew each time: take them once.
 *
 * Invariants: words ascend, no mask word is 0, no value has a bit outside its mask.
 */

import { invariant } from '../../datapath/base/error.js';
import { mix } from '../../datapath/base/hash.js';
import { FLOW_WORDS, W_GROUPS, W_VLAN } from '../../datapath/keys/layout.js';
import { PCP_MASK, VID_MASK } from '../../datapath/wire/vlan.js';
import { fieldsOfWords } from './field-order.js';
import type { FieldName } from './fields.js';
import {
  type CompiledField,
  compiledField,
  fullMask,
  recomputeGroups,
  slotOfValue,
  VLAN_PRESENT,
  valueOfSlot,
} from './key.js';

/** Which bits a match looks at: word numbers, ascending, and the mask of each; what Open vSwitch calls a minimask. */
export class Minimask {
  readonly hash: number;
  /** The minimask that this one was changed into last time, and by what: the next match of its kind is built up the same way. */
  private next: Minimask | null = null;
  private nextWord = 0;
  private nextMask = 0;

  constructor(
    readonly words: readonly number[],
    readonly masks: readonly number[],
  ) {
    let hash = words.length;
    for (let i = 0; i < words.length; i++) hash = mix(mix(hash, words[i]!), masks[i]!);
    this.hash = hash;
  }

  /** The minimask in which the word has that mask; 0 takes it out. */
  with(word: number, mask: number): Minimask {
    if (this.next !== null && this.nextWord === word && this.nextMask === mask) return this.next;
    const { words, masks } = this;
    const i = placeOf(words, word);
    const drop = words[i] === word ? 1 : 0;
    const next =
      mask === 0
        ? new Minimask(words.toSpliced(i, drop), masks.toSpliced(i, drop))
        : new Minimask(words.toSpliced(i, drop, word), masks.toSpliced(i, drop, mask));
    this.next = next;
    this.nextWord = word;
    this.nextMask = mask;
    return next;
  }
}

/** Where the word is, or would be. */
function placeOf(words: readonly number[], word: number): number {
  let i = 0;
  while (i < words.length && words[i]! < word) i++;
  return i;
}

/** A field's value under a mask, both in the units of the field; mask bits of 1 matter. */
export interface FieldMatch {
  value: bigint;
  mask: bigint;
}

const ANYTHING = new Minimask([], []);
const VLAN_NONE = 0xffffn;
const VLAN_TCI_BITS = 0xffff;

/** Values of fields under masks, as a flow-mod has them; a new one matches every packet. */
export class Match {
  private sharedMask: Minimask = ANYTHING;
  private values: number[] = [];

  /** A match on the bits of a key (at `at`) that are set in the mask. */
  static fromKey(key: Int32Array, at: number, mask: Int32Array): Match {
    const match = new Match();
    const words: number[] = [];
    const masks: number[] = [];
    for (let i = W_GROUPS + 1; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      words.push(i);
      masks.push(mask[i]);
      match.values.push(key[at + i] & mask[i]);
    }
    match.sharedMask = new Minimask(words, masks);
    return match;
  }

  /** Which words matter, with their masks. May be shared with other matches. */
  get minimask(): Minimask {
    return this.sharedMask;
  }

  /** The values of the minimask's words, in its order. */
  get valueWords(): readonly number[] {
    return this.values;
  }

  /** A whole key with the values and zeros elsewhere; a copy. */
  get key(): Int32Array {
    const key = spread(this.sharedMask.words, this.values);
    recomputeGroups(key, 0);
    return key;
  }

  /** A whole mask; a copy. */
  get mask(): Int32Array {
    return spread(this.sharedMask.words, this.sharedMask.masks);
  }

  /** True if every packet matches. */
  get isCatchAll(): boolean {
    return this.sharedMask.words.length === 0;
  }

  /** The value of one word of the key (datapath/keys/layout.ts), 0 outside the mask. */
  valueWord(word: number): number {
    const i = this.sharedMask.words.indexOf(word);
    return i < 0 ? 0 : this.values[i]!;
  }

  /** The mask of one word of the key, 0 if it does not matter. */
  maskWord(word: number): number {
    const i = this.sharedMask.words.indexOf(word);
    return i < 0 ? 0 : this.sharedMask.masks[i]!;
  }

  /** Both 0 where the field does not matter. The mask of an exact match is `fullMask(field)`. */
  get(field: FieldName): FieldMatch {
    const f = compiledField(field);
    if (f === null) return { value: 0n, mask: 0n };
    const mask = this.slot(f, true);
    return {
      value: valueOfSlot(f, this.slot(f, false)),
      mask: mask === f.slotOnes ? f.fullMask : mask << f.shift,
    };
  }

  /**
   * Requires the field to have the value in the bits of the mask (all by default), instead of what was required of the
   * field before; a mask of 0 requires nothing. VLAN fields imply what they cannot be without, as in Open vSwitch: a
   * priority or `dl_vlan` that there is a tag, `dl_vlan` 0xffff that there is none.
   */
  set(field: FieldName, value: bigint, mask: bigint = fullMask(field)): this {
    const f = compiledField(field);
    invariant(f !== null, `${field} has a place in the flow key`);
    if (f.isVlan && mask !== 0n && this.setVlan(field, Number(value))) return this;
    const isExact = (mask & f.fullMask) === f.fullMask;
    const slotMask = isExact ? f.slotOnes : (mask >> f.shift) & f.slotOnes;
    this.setSlot(f, slotOfValue(f, value) & slotMask, slotMask);
    return this;
  }

  /** True if any bit of the field matters. */
  has(field: FieldName): boolean {
    const f = compiledField(field);
    return f !== null && this.slot(f, true) !== 0n;
  }

  /** True if every bit of the field matters. */
  isExact(field: FieldName): boolean {
    const f = compiledField(field);
    return f !== null && this.slot(f, true) === f.slotOnes;
  }

  /**
   * The fields that matter, each bit named once, in the order in which Open vSwitch writes NXM and OXM. Where several
   * fields share a place the other fields decide (ARP or IP, TCP or ICMP); tags come as `vlan_tci`, registers as `regN`,
   * the two parts of the TOS byte as `nw_tos` and `nw_ecn`.
   */
  fields(): FieldName[] {
    return fieldsOfWords(this);
  }

  /** True if both match the same packets and say so with the same masks. */
  equals(other: Match): boolean {
    return sameNumbers(this.values, other.values) && sameMinimask(this.sharedMask, other.sharedMask);
  }

  /** True if a packet with the key at `at` matches. */
  matches(words: Int32Array, at: number): boolean {
    const { words: numbers, masks } = this.sharedMask;
    for (let i = 0; i < numbers.length; i++) {
      if ((words[at + numbers[i]!] & masks[i]!) !== this.values[i]) return false;
    }
    return true;
  }

  /** True if whatever matches this matches `other`, too: how a loose flow-mod or a statistics request selects rules. */
  isMoreSpecificOrEqual(other: Match): boolean {
    const { words, masks } = other.sharedMask;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if ((this.maskWord(word) & masks[i]!) !== masks[i]) return false;
      if ((this.valueWord(word) & masks[i]!) !== other.values[i]) return false;
    }
    return true;
  }

  /** True if some packet could match both. */
  overlaps(other: Match): boolean {
    const { words, masks } = this.sharedMask;
    for (let i = 0; i < words.length; i++) {
      const both = masks[i]! & other.maskWord(words[i]!);
      if (((this.values[i]! ^ other.valueWord(words[i]!)) & both) !== 0) return false;
    }
    return true;
  }

  /** A copy that can be changed by itself. */
  clone(): Match {
    const copy = new Match();
    copy.sharedMask = this.sharedMask;
    copy.values = this.values.slice();
    return copy;
  }

  /** Equal matches have equal hashes; 32 bits. */
  hash(): number {
    let { hash } = this.sharedMask;
    for (let i = 0; i < this.values.length; i++) hash = mix(hash, this.values[i]!);
    return hash;
  }

  /** Replaces the minimask by an equal one that others hold as well. */
  shareMinimask(minimask: Minimask): void {
    this.sharedMask = minimask;
  }

  /** By name of the field, hexadecimal: "0x50", or "0xa000000/0xff000000" under a mask. */
  toJSON(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const field of this.fields()) {
      const { value, mask } = this.get(field);
      out[field] = this.isExact(field) ? `0x${value.toString(16)}` : `0x${value.toString(16)}/0x${mask.toString(16)}`;
    }
    return out;
  }

  /** True if the field was one that implies more than itself, which is then done. */
  private setVlan(field: FieldName, value: number): boolean {
    if (field === 'dl_vlan' && BigInt(value) === VLAN_NONE) {
      this.setWord(W_VLAN, VLAN_TCI_BITS, VLAN_TCI_BITS, 0);
    } else if (field === 'dl_vlan') {
      const bits = VID_MASK | VLAN_PRESENT;
      this.setWord(W_VLAN, bits, bits, (value & VID_MASK) | VLAN_PRESENT);
    } else if (field === 'dl_vlan_pcp' || field === 'vlan_pcp') {
      const bits = PCP_MASK | VLAN_PRESENT;
      this.setWord(W_VLAN, bits, bits, ((value << 13) & PCP_MASK) | VLAN_PRESENT);
    } else {
      return false;
    }
    return true;
  }

  /** The slot's value, or its mask. */
  private slot(f: CompiledField, ofMask: boolean): bigint {
    if (f.wordMask !== 0) {
      const word = ofMask ? this.maskWord(f.lastWord) : this.valueWord(f.lastWord);
      return BigInt((word & f.wordMask) >>> f.lowBit);
    }
    let bits = 0n;
    for (let i = f.firstWord; i <= f.lastWord; i++) {
      bits = (bits << 32n) | BigInt((ofMask ? this.maskWord(i) : this.valueWord(i)) >>> 0);
    }
    return (bits >> BigInt(f.lowBit)) & f.slotOnes;
  }

  private setSlot(f: CompiledField, value: bigint, mask: bigint): void {
    if (f.wordMask !== 0) {
      this.setWord(f.lastWord, f.wordMask, Number(mask) << f.lowBit, Number(value) << f.lowBit);
      return;
    }
    const low = BigInt(f.lowBit);
    let place = f.slotOnes << low;
    let masks = mask << low;
    let values = value << low;
    for (let i = f.lastWord; i >= f.firstWord; i--) {
      this.setWord(
        i,
        Number(place & 0xffffffffn) | 0,
        Number(masks & 0xffffffffn) | 0,
        Number(values & 0xffffffffn) | 0,
      );
      place >>= 32n;
      masks >>= 32n;
      values >>= 32n;
    }
  }

  /** Replaces the bits `place` of a word. The minimask may be shared, so it is replaced, not changed. */
  private setWord(word: number, place: number, mask: number, value: number): void {
    const { words, masks } = this.sharedMask;
    const i = placeOf(words, word);
    const isThere = words[i] === word;
    const newMask = (isThere ? masks[i]! & ~place : 0) | mask;
    const newValue = (isThere ? this.values[i]! & ~place : 0) | (value & mask);
    if (newMask !== (isThere ? masks[i] : 0)) this.sharedMask = this.sharedMask.with(word, newMask);
    if (!isThere && newMask !== 0) this.values.splice(i, 0, newValue);
    else if (newMask === 0) this.values.splice(i, isThere ? 1 : 0);
    else this.values[i] = newValue;
  }
}

/** True if both have the same words under the same masks. */
export function sameMinimask(a: Minimask, b: Minimask): boolean {
  return a === b || (a.hash === b.hash && sameNumbers(a.words, b.words) && sameNumbers(a.masks, b.masks));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function spread(words: readonly number[], values: readonly number[]): Int32Array {
  const row = new Int32Array(FLOW_WORDS);
  for (let i = 0; i < words.length; i++) row[words[i]!] = values[i]!;
  return row;
}
