/**
 * The control side's own copy of a cached flow, as udpif_key in Open vSwitch's ofproto-dpif-upcall.c: where it came from, what its
 * translation found, how much of its traffic has been added to the rules' statistics. The flow itself is the datapath's, named by `id`.
 */
import { DP_WORDS, W_GROUPS } from '../../datapath/keys/layout.js';
import type { Dpif } from '../dpif/dpif.js';
import type { Dependency, Dependent, Link } from '../xlate/dependents.js';
import { kindOf } from '../xlate/effects.js';
import type { Translation } from '../xlate/translate.js';
import type { XlateBridge } from '../xlate/view.js';
import type { SharedDecision } from './decisions.js';

/** What is remembered of a translation: its mask is the flow's, program and rules are those of the decision. */
export type StoredTranslation = Omit<Translation, 'mask' | 'error'>;

const NONE: readonly never[] = [];
/** Most of the lists are empty: then they are all the same one. */
const listOf = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? NONE : list);

const keep = (t: StoredTranslation, { program, rules }: SharedDecision): StoredTranslation => ({
  program,
  effects: listOf(t.effects),
  dependencies: listOf(t.dependencies),
  rules,
  buckets: listOf(t.buckets),
  misses: listOf(t.misses),
  recircIds: listOf(t.recircIds),
});

const NO_MASK = new Int32Array(DP_WORDS);
/** Less than any epoch of a datapath. */
const INVALID = -1;

/** The control side's record of one flow in the datapath; made when the flow is installed, dropped when it is removed. */
export class CachedFlow implements Dependent {
  /** Packets and bytes of the flow that have been added to the rules' statistics. */
  pushedPackets = 0;
  pushedBytes = 0;
  /** When a packet was last seen to have hit it; the time of creation until then. */
  usedMs: number;
  /** The answers that the translation depends on: a change of one invalidates it. */
  private links: readonly Link[] = NONE;

  /** The flow's mask has more bits than the translation asked for (datapath/dp/mask-set.ts). */
  private readonly isNarrowed: boolean;
  private kept: StoredTranslation;

  constructor(
    private readonly dpif: Dpif,
    readonly id: number,
    readonly bridge: XlateBridge,
    translation: Translation,
    private made: SharedDecision,
    /** The datapath's epoch for which the translation holds. */
    public epoch: number,
    now: number,
  ) {
    this.isNarrowed = !isSameMask(this.mask, translation.mask);
    this.kept = keep(translation, made);
    this.usedMs = now;
  }

  get translation(): StoredTranslation {
    return this.kept;
  }

  /** What the flow's program comes from; it holds a reference on it. */
  get decision(): SharedDecision {
    return this.made;
  }

  /** The flow is translated anew: this is what has come of it, from the datapath's epoch `epoch` on. */
  setTranslation(translation: Translation, decision: SharedDecision, epoch: number): void {
    this.kept = keep(translation, decision);
    this.made = decision;
    this.epoch = epoch;
  }

  /** Only lent. */
  private get mask(): Int32Array {
    return this.dpif.flowMask(this.id) ?? NO_MASK;
  }

  /** True if the flow may stay as it is when its translation looks at these bits. */
  hasMask(mask: Int32Array): boolean {
    return this.isNarrowed ? covers(this.mask, mask) : isSameMask(this.mask, mask);
  }

  /**
   * From now on the flow is translated anew, before its next packet, once an answer that the translation rests on has changed. At once,
   * if that packet would change something: only by `outdated` it comes to apply the effects.
   */
  subscribe(now: number): void {
    this.unsubscribe();
    const { dependencies, effects } = this.kept;
    const links: Link[] = [];
    for (const dependency of dependencies) this.enter(links, dependency, now);
    for (const effect of effects) {
      const kind = kindOf(effect);
      if (kind.wouldChange(effect, now)) this.invalidate();
      else this.enter(links, kind.dependency(effect, now), now);
    }
    this.links = listOf(links);
  }

  private enter(links: Link[], dependency: Dependency, now: number): void {
    const link = dependency.on.enter(dependency, this, now);
    if (link !== null) links.push(link);
  }

  unsubscribe(): void {
    for (const link of this.links) link.dependency.on.leave(link);
    this.links = NONE;
  }

  /** An answer that the translation depends on has changed. */
  get isInvalid(): boolean {
    return this.epoch === INVALID;
  }

  invalidate(): void {
    this.epoch = INVALID;
    this.dpif.setFlow(this.id, null, INVALID);
  }
}

function isSameMask(mask: Int32Array, other: Int32Array): boolean {
  for (let i = W_GROUPS + 1; i < DP_WORDS; i++) if (mask[i] !== other[i]) return false;
  return true;
}

/** True if the mask has all bits of the other. */
function covers(mask: Int32Array, other: Int32Array): boolean {
  for (let i = W_GROUPS + 1; i < DP_WORDS; i++) if ((other[i] & ~mask[i]) !== 0) return false;
  return true;
}
