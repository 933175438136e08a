/**
 * The masks of the cached flows, in the order in which a lookup tries them, and which of them a new flow gets.
 *
 * A lookup in vain tries every mask, and senders can make masks: three fields of an access list, searched by prefix, give 8192 of them to
 * who sends one packet each (Csikor et al., "Tuple Space Explosion", CoNEXT 2019). So there is a bound. A flow whose mask would be
 * one too many gets, of those that are there, the one that has all bits of its own and the fewest beside them. Such a flow is narrower than
 * it might be, never wrong: more packets of its kind will go up. Where no mask has all bits, the mask of all bits is added, so one always
 * does.
 */
import { add, counter } from '../base/counters.js';
import { hashWords, mix } from '../base/hash.js';
import { DP_WORDS, W_GROUPS } from '../keys/layout.js';
import { FlowMask } from './flow-mask.js';
import { MaskTerms } from './mask-terms.js';

/**
 * Masks at once: far more than flow programs make by themselves (tens), and under a microsecond for a lookup in vain. A mask takes 1.5 KB
 * at most, beside its flows and 1 KB for each word whose bits no other mask has.
 */
export const MAX_MASKS = 256;

/** Flows that got a narrower mask than they needed, since there were too many. */
const merged = counter('megaflow_mask_merged');

/** A term that so many masks have is computed once in a lookup, the others when their mask's turn comes. */
const MANY = 4;
const OF_ALL = -1;
const OF_FEW = -2;

const WORDS = DP_WORDS - W_GROUPS - 1;
const ALL_BITS = new Int32Array(DP_WORDS).fill(-1);

export class MaskSet {
  /** In the order of their use. */
  readonly masks: FlowMask[] = [];
  /**
   * What a lookup reads. First the number of terms that all masks have, then for each its id, word, bits and salt; the number of those that
   * many masks have, and the same for each; then for each mask its basis, how many of those it has, their places in that list, how many
   * other terms it has, and again the four words for each.
   */
  plan = new Int32Array(64);
  private planEnd = 0;
  /** By id, the place in the plan's list of terms that many masks have; else OF_ALL or OF_FEW. */
  private places: Int32Array = new Int32Array(0);
  readonly terms: MaskTerms;
  private readonly salts = new Int32Array(DP_WORDS);
  private readonly byHash = new Map<number, FlowMask>();
  private serial = 0;

  constructor(private readonly seed: number) {
    for (let word = 0; word < DP_WORDS; word++) this.salts[word] = mix(seed, word);
    this.terms = new MaskTerms(this.salts);
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

  /** A flow has got the mask, and the row of its values. */
  added(mask: FlowMask, slot: number): void {
    if (mask.count === 1) {
      mask.terms = this.terms.enter(mask.words, mask.bits);
      this.masks.push(mask);
      this.byHash.set(hashOf(mask.mask), mask);
      this.writePlan();
    }
    this.terms.count(mask.terms, mask.values, slot * mask.words.length, 1);
  }

  /** A flow that had the mask is gone, and has given its row back. */
  removed(mask: FlowMask, slot: number): void {
    this.terms.count(mask.terms, mask.values, slot * mask.words.length, -1);
    if (mask.count > 0) return;
    this.terms.leave(mask.terms);
    this.masks.splice(this.masks.indexOf(mask), 1);
    this.byHash.delete(hashOf(mask.mask));
    this.writePlan();
  }

  clear(): void {
    this.masks.length = 0;
    this.byHash.clear();
    this.terms.clear();
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

  private writePlan(): void {
    const { masks } = this;
    const { users } = this.terms;
    const seen = new Set<number>();
    for (const mask of masks) for (const id of mask.terms) seen.add(id);
    const ids = [...seen];
    if (this.places.length < users.length) this.places = new Int32Array(users.length);
    for (const id of ids) this.places[id] = users[id] === masks.length ? OF_ALL : OF_FEW;
    const shared = ids.filter((id) => this.places[id] === OF_FEW && users[id] >= MANY);
    for (const [place, id] of shared.entries()) this.places[id] = place;
    this.planEnd = 0;
    this.putTerms(ids.filter((id) => this.places[id] === OF_ALL));
    this.putTerms(shared);
    for (const mask of masks) this.append(mask);
  }

  private putTerms(ids: readonly number[]): void {
    const { words, bits } = this.terms;
    this.put(ids.length);
    for (const id of ids) this.put(id, words[id], bits[id], this.salts[words[id]]);
  }

  private append({ basis, terms }: FlowMask): void {
    const own = [...terms];
    const shared = own.map((id) => this.places[id]).filter((place) => place >= 0);
    this.put(basis, shared.length, ...shared);
    this.putTerms(own.filter((id) => this.places[id] === OF_FEW));
  }

  private put(...words: number[]): void {
    if (this.planEnd + words.length > this.plan.length) this.growPlan();
    this.plan.set(words, this.planEnd);
    this.planEnd += words.length;
  }

  private growPlan(): void {
    const grown = new Int32Array(2 * this.plan.length);
    grown.set(this.plan);
    this.plan = grown;
  }
}

const hashOf = (mask: Int32Array): number => hashWords(mask, W_GROUPS + 1, WORDS, 0);
