/**
 * The masks of the cached flows, in the order in which a lookup tries them, and which of them a new flow gets.
 *
 * A lookup in vain tries every mask, and senders can make masks: three fields of an access list, searched by prefix, give 8192 of them to
 * who sends one packet each (Csikor et al., "Tuple Space Explosion", CoNEXT 2019). So there is a bound. A flow whose mask would be
 * one too many gets, of those that are there, the one that has all bits of its own and the fewest beside them. Such a flow is narrower than it
 * might be, never wrong: more packets of its kind will go up. Where no mask has all bits, the mask of all bits is added, so one always does.
 */
import { add, counter } from '../base/counters.js';
import { hashWords, mix } from '../base/hash.js';
import { DP_WORDS, W_SHAPE } from '../keys/layout.js';
import { FlowMask } from './flow-mask.js';

/** Masks at once: far more than flow programs make by themselves (tens), and 5 us for a lookup in vain. A mask takes 1.5 KB at most, beside its flows. */
export const MAX_MASKS = 256;

/** Flows that got a narrower mask than they needed, since there were too many. */
const merged = counter('megaflow_mask_merged');

const WORDS = DP_WORDS - W_SHAPE - 1;
const ALL_BITS = new Int32Array(DP_WORDS).fill(-1);

export class MaskSet {
  /** In the order of their use. */
  readonly masks: FlowMask[] = [];
  /**
   * What a lookup reads. First how many words all masks have in common, with the same bits; their word, bits and salt. Then for each mask the
   * number of its other words, its basis; their word, bits and salt. What is in common (port, recirculation, type) is so hashed once.
   */
  plan = new Int32Array(64);
  private planEnd = 1;
  /** Bits that all masks have in common, in the words where they agree wholly; 0 in the others. */
  private readonly common = new Int32Array(DP_WORDS);
  private readonly salts = new Int32Array(DP_WORDS);
  private readonly byHash = new Map<number, FlowMask>();
  private serial = 0;

  constructor(private readonly seed: number) {
    for (let word = 0; word < DP_WORDS; word++) this.salts[word] = mix(seed, word);
  }

  /** The mask for a new flow that needs at least these bits. It stays if the flow is entered (`added`). */
  choose(mask: Int32Array): FlowMask {
    const known = this.byHash.get(hashOf(mask));
    if (known?.equals(mask)) return known;
    // One place is kept for the mask of all bits.
    if (this.masks.length < MAX_MASKS - 1 && known === undefined) return this.make(mask);
    add(merged);
    return this.narrowest(mask) ?? this.make(ALL_BITS);
  }

  /** A flow has got the mask. */
  added(mask: FlowMask): void {
    if (mask.count !== 1) return;
    this.masks.push(mask);
    this.byHash.set(hashOf(mask.mask), mask);
    if (this.masks.length > 1 && this.hasCommon(mask)) this.append(mask);
    else this.writePlan();
  }

  /** A flow that had the mask is gone. */
  removed(mask: FlowMask): void {
    if (mask.count > 0) return;
    this.masks.splice(this.masks.indexOf(mask), 1);
    this.byHash.delete(hashOf(mask.mask));
    this.writePlan();
  }

  clear(): void {
    this.masks.length = 0;
    this.byHash.clear();
    this.writePlan();
  }

  /** Puts those that answer most first; halves the counts so that the past fades. */
  sort(): void {
    this.masks.sort((a, b) => b.hits - a.hits);
    for (const mask of this.masks) mask.hits >>>= 1;
    this.writePlan();
  }

  private make(mask: Int32Array): FlowMask {
    return new FlowMask(mask, mix(this.seed, ++this.serial), this.salts);
  }

  private narrowest(mask: Int32Array): FlowMask | null {
    let best: FlowMask | null = null;
    for (const other of this.masks) {
      if ((best === null || other.bitCount < best.bitCount) && other.covers(mask)) best = other;
    }
    return best;
  }

  private hasCommon({ mask }: FlowMask): boolean {
    return this.common.every((bits, word) => bits === 0 || mask[word] === bits);
  }

  private findCommon(): void {
    if (this.masks.length === 0) this.common.fill(0);
    else this.common.set(this.masks[0].mask);
    for (const { mask } of this.masks) {
      for (let word = 0; word < DP_WORDS; word++) if (mask[word] !== this.common[word]) this.common[word] = 0;
    }
  }

  private writePlan(): void {
    this.findCommon();
    this.planEnd = 1;
    for (let word = 0; word < DP_WORDS; word++)
      if (this.common[word] !== 0) this.put(word, this.common[word], this.salts[word]);
    this.plan[0] = (this.planEnd - 1) / 3;
    for (const mask of this.masks) this.append(mask);
  }

  private append({ words, bits, basis }: FlowMask): void {
    const start = this.planEnd;
    this.put(0, basis);
    for (let i = 0; i < words.length; i++) {
      if (this.common[words[i]] === 0) this.put(words[i], bits[i], this.salts[words[i]]);
    }
    this.plan[start] = (this.planEnd - start - 2) / 3;
  }

  private put(...words: number[]): void {
    if (this.planEnd + words.length > this.plan.length) this.growPlan();
    this.plan.set(words, this.planEnd);
    this.planEnd += words.length;
  }

  private growPlan(): void {
    const grown = new Int32Array(2 * this.planEnd);
    grown.set(this.plan);
    this.plan = grown;
  }
}

const hashOf = (mask: Int32Array): number => hashWords(mask, W_SHAPE + 1, WORDS, 0);
