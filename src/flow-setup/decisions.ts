/**
 * What translations have decided: a program and the rules it stands for. Decisions that are alike are one, since most cached flows of a
 * switch have one of a few programs, and a program of its own would be a third of what a flow takes in memory. Alike are those of one
 * bridge with the same words and the same rules.
 *
 * Each has a number, which goes with the program into the datapath (`Decision.origin`): the tracker remembers it with packets that it finds
 * invalid, and `ct explain` asks here for the rules. A flow may be gone by then, so decisions are kept for a while after their end.
 */
import { hashWords } from '../../datapath/base/hash.js';
import type { Decision } from '../dpif/dpif.js';
import type { Rule } from '../ofproto/rule.js';
import type { XlateBridge } from '../xlate/view.js';

/** A program, the rules it comes from, and how many hold it. */
export interface SharedDecision {
  readonly origin: number;
  readonly bridge: XlateBridge;
  readonly program: Int32Array;
  readonly rules: readonly Rule[];
  /** Cached flows, and packets being executed, that have it. */
  references: number;
}

/** Decisions found again, a power of two: more than flow programs have kinds of traffic. Beyond it a flow may have a copy of its own. */
const MAX_REMEMBERED = 1024;
/** Decisions kept after their end: many times the packets that the tracker remembers (datapath/conntrack/query/history.ts). */
const MAX_ENDED = 4096;

/** The decisions of one datapath: `acquire` finds an equal one or makes it, `release` gives the reference back. */
export class Decisions {
  /** The latest of each hash. */
  private readonly latest = new Array<SharedDecision | null>(MAX_REMEMBERED).fill(null);
  private readonly inForce = new Map<number, SharedDecision>();
  /** Those without references, the one that ended first in front. */
  private readonly ended = new Map<number, SharedDecision>();
  private lastOrigin = 0;

  /** The decision for this program and these rules, with one more reference for the caller to give back. */
  acquire(bridge: XlateBridge, program: Int32Array, rules: readonly Rule[]): SharedDecision {
    const place = hashWords(program, 0, program.length, rules.length) & (MAX_REMEMBERED - 1);
    const known = this.latest[place];
    if (known !== null && known.bridge === bridge && isSame(known.program, program) && isSame(known.rules, rules)) {
      if (known.references++ === 0) this.ended.delete(known.origin);
      this.inForce.set(known.origin, known);
      return known;
    }
    const made = { origin: ++this.lastOrigin, bridge, program, rules, references: 1 };
    this.latest[place] = made;
    this.inForce.set(made.origin, made);
    return made;
  }

  release(decision: SharedDecision): void {
    if (--decision.references > 0) return;
    this.inForce.delete(decision.origin);
    this.ended.set(decision.origin, decision);
    if (this.ended.size <= MAX_ENDED) return;
    const oldest = this.ended.keys().next();
    if (oldest.done !== true) this.ended.delete(oldest.value);
  }

  /** Null if it ended too long ago. */
  get(origin: number): SharedDecision | null {
    return this.inForce.get(origin) ?? this.ended.get(origin) ?? null;
  }
}

/** The part of a decision that the datapath has. */
export const dpifDecision = ({ program, origin }: SharedDecision): Decision => ({ program, origin });

export function isSame<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
