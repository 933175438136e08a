/**
 * What the bridge remembers of a datapath flow: what its translation found, and how much of its traffic has been credited.
 * It hangs on the flow as `owner`.
 */
import type { DpFlow } from '../../datapath/dp/dp-flow.js';
import { DP_WORDS, W_SHAPE } from '../../datapath/keys/layout.js';
import type { Dependent, Link } from '../xlate/dependents.js';
import type { Translation } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';

/** What is remembered of a translation: its mask is the flow's. */
export type KeptTranslation = Omit<Translation, 'mask' | 'error'>;

const NONE: readonly never[] = [];
/** Most of the lists are empty: then they are all the same one. */
const listOf = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? NONE : list);

const keep = (t: KeptTranslation): KeptTranslation => ({
  program: t.program,
  effects: listOf(t.effects),
  dependencies: listOf(t.dependencies),
  rules: listOf(t.rules),
  buckets: listOf(t.buckets),
  misses: listOf(t.misses),
  recircIds: listOf(t.recircIds),
});

/** Less than any epoch of a datapath. */
const OUT_OF_DATE = -1;

export class CachedFlow implements Dependent {
  /** Packets and bytes of the flow that the rules have been credited with. */
  pushedPackets: number;
  pushedBytes: number;
  /** Where it waits to be told that the translation does not hold any more. */
  private links: readonly Link[] = NONE;

  /** The flow's mask has more bits than the translation asked for (datapath/dp/mask-set.ts). */
  private readonly isNarrowed: boolean;
  private kept: KeptTranslation;

  constructor(
    readonly flow: DpFlow,
    readonly bridge: Bridge,
    translation: Translation,
    readonly createdMs: number,
  ) {
    this.isNarrowed = !isSame(flow.mask, translation.mask);
    this.kept = keep(translation);
    this.pushedPackets = flow.packets;
    this.pushedBytes = flow.bytes;
  }

  get translation(): KeptTranslation {
    return this.kept;
  }

  set translation(translation: Translation | KeptTranslation) {
    this.kept = keep(translation);
  }

  /** True if the flow may stay as it is when its translation looks at these bits. */
  hasMask(mask: Int32Array): boolean {
    return this.isNarrowed ? covers(this.flow.mask, mask) : isSame(this.flow.mask, mask);
  }

  /** From now on the flow is translated anew, before its next packet, once an answer that the translation rests on has changed. */
  rely(now: number): void {
    this.letGo();
    const links: Link[] = [];
    for (const dependency of this.kept.dependencies) {
      const link = dependency.on.enter(dependency, this, now);
      if (link !== null) links.push(link);
    }
    this.links = listOf(links);
  }

  letGo(): void {
    for (const link of this.links) link.dependency.on.leave(link);
    this.links = NONE;
  }

  outdate(): void {
    this.flow.epoch = OUT_OF_DATE;
  }

  /** When a packet last hit it; the time of creation until then. */
  get usedMs(): number {
    return Math.max(this.flow.usedMs, this.createdMs);
  }
}

function isSame(mask: Int32Array, other: Int32Array): boolean {
  for (let i = W_SHAPE + 1; i < DP_WORDS; i++) if (mask[i] !== other[i]) return false;
  return true;
}

/** True if the mask has all bits of the other. */
function covers(mask: Int32Array, other: Int32Array): boolean {
  for (let i = W_SHAPE + 1; i < DP_WORDS; i++) if ((other[i] & ~mask[i]) !== 0) return false;
  return true;
}
