/**
 * The classifier: rules of all kinds of masks, and which of them matches a packet with the highest priority.
 * (After Pfaff et al., "The Design and Implementation of Open vSwitch", NSDI 2015, and the head of OVS's lib/classifier.h.)
 *
 * Tuple space search. Rules with the same mask form a subtable (rule-subtable.ts), where a lookup is one hash. Subtables
 * stand in descending order of the highest priority they hold, so the search ends as soon as what was found beats all
 * that could follow. Real flow programs have tens of masks for thousands of rules.
 *
 * Un-wildcarding. The answer for a packet is cached as a flow that covers many packets; `wildcards` collects the bits
 * that the answer rests on. Any packet that agrees in those gets the same answer, whatever the rest. Bits too many make
 * the cached flow needlessly narrow, a bit too few makes it wrong. Three things keep it wide:
 *
 * - Stages (stages.ts). A subtable is searched by metadata, L2, L3, L4 in turn; where no rule has the packet's values up
 *   to a stage, the later words were not looked at.
 * - Prefix tries (prefix-trie.ts). For the address fields in `prefixFields` the classifier knows all prefixes that rules
 *   have. A subtable whose length does not occur for the packet's address is skipped, on the strength of the few bits
 *   that show it.
 * - Ports. If only the ports of a subtable miss, a trie of its ports finds the bits that are enough to show that.
 *
 * Equal priorities: of two rules that overlap, OpenFlow leaves open which one matches; here it is the one whose subtable
 * stands first. Iteration yields subtable by subtable, each in order of insertion, as dumps of Open vSwitch do.
 *
 * The caller replaces: inserting a second rule with the match and priority of one that is there breaks the promise.
 */
import { invariant } from '../../datapath/base/error.js';
import { isPart, lookupConjunctive } from './conjunction.js';
import { FIELDS, type FieldName } from './fields.js';
import { type Match, sameMinimask } from './match.js';
import { MAX_PREFIX_FIELDS, PrefixField } from './prefix-field.js';
import { type Classifiable, RuleSubtable } from './rule-subtable.js';

export type { Classifiable } from './rule-subtable.js';

/** The fields with tries unless others are set, as in Open vSwitch's `prefixes`. */
export const DEFAULT_PREFIX_FIELDS: readonly FieldName[] = ['ip_dst', 'ip_src', 'ipv6_dst', 'ipv6_src'];

/** The rules of one table. Lookups add to a mask every bit that their answer depends on. */
export class Classifier<R extends Classifiable> {
  /** By descending highest priority. */
  private readonly order: RuleSubtable<R>[] = [];
  private readonly byMask = new Map<number, RuleSubtable<R>[]>();
  private prefixes: PrefixField[];
  private count = 0;
  /** Number of the current lookup, so that a trie is walked once in it. */
  private stamp = 0;

  constructor(prefixFields: readonly FieldName[] = DEFAULT_PREFIX_FIELDS) {
    this.prefixes = makePrefixFields(prefixFields);
  }

  /** Number of rules. */
  get size(): number {
    return this.count;
  }

  /** Number of different masks: what a lookup that finds nothing has to try. */
  get subtables(): number {
    return this.order.length;
  }

  get prefixFields(): readonly FieldName[] {
    return this.prefixes.map((prefix) => prefix.field);
  }

  /** Tracks the prefixes of other fields (marked `prefix` in the field table, MAX_PREFIX_FIELDS at most) from now on. */
  setPrefixFields(fields: readonly FieldName[]): void {
    this.prefixes = makePrefixFields(fields);
    for (const subtable of this.order) subtable.usePrefixFields(this.prefixes);
  }

  /** Takes the rule in. The match may not change while it is here. */
  insert(rule: R): void {
    const subtable = this.subtableOf(rule.match) ?? this.addSubtable(rule.match);
    invariant(subtable.find(rule.match, rule.priority) === null, 'no two rules have the same match and priority');
    rule.match.shareMinimask(subtable.minimask);
    subtable.insert(rule);
    this.count++;
    this.moveUp(subtable);
  }

  /** False if the rule is not here. */
  remove(rule: R): boolean {
    const subtable = this.subtableOf(rule.match);
    if (subtable === null || !subtable.remove(rule)) return false;
    this.count--;
    if (subtable.rules.size === 0) this.dropSubtable(subtable);
    else this.moveDown(subtable);
    return true;
  }

  /**
   * The rule of highest priority that matches the key at `at`. `wildcards`, a whole mask, gets all bits added that
   * decided it; without it the search is a little faster.
   */
  lookup(words: Int32Array, at: number, wildcards: Int32Array | null): R | null {
    const stamp = ++this.stamp;
    let best: R | null = null;
    let bestPriority = -1;
    for (let i = 0; i < this.order.length; i++) {
      const subtable = this.order[i]!;
      if (subtable.maxPriority <= bestPriority) break;
      const rule = wildcards === null ? subtable.lookupOnly(words, at) : subtable.lookup(words, at, wildcards, stamp);
      if (rule === null || rule.priority <= bestPriority) continue;
      best = rule;
      bestPriority = rule.priority;
    }
    return best;
  }

  /** As `lookup`, where some rules are clauses of conjunctive matches: the answer is none of those. */
  lookupConjunctive(words: Int32Array, at: number, wildcards: Int32Array | null): R | null {
    return lookupConjunctive(this, words, at, wildcards);
  }

  /** For conjunction.ts: the best of the rules that are answers; clauses that may beat it go to `parts`. */
  searchParts(words: Int32Array, at: number, wildcards: Int32Array | null, parts: R[] | null): R | null {
    const stamp = ++this.stamp;
    let best: R | null = null;
    for (const subtable of this.order) {
      if (best !== null && subtable.maxPriority <= best.priority) break;
      let rule = wildcards === null ? subtable.lookupOnly(words, at) : subtable.lookup(words, at, wildcards, stamp);
      if (parts === null) while (rule !== null && isPart(rule)) rule = subtable.nextBelow(rule);
      if (rule === null || (best !== null && rule.priority <= best.priority)) continue;
      if (isPart(rule)) parts!.push(rule);
      else best = rule;
    }
    return best;
  }

  /** The rule with the same match and the next lower priority. */
  nextBelow(rule: R): R | null {
    return this.subtableOf(rule.match)?.nextBelow(rule) ?? null;
  }

  /** The rule with exactly that match and priority. */
  findExact(match: Match, priority: number): R | null {
    return this.subtableOf(match)?.find(match, priority) ?? null;
  }

  /** The rules of that priority that could match a packet which `match` matches as well. */
  *overlapping(match: Match, priority: number): IterableIterator<R> {
    for (const subtable of this.order.slice()) {
      if (!subtable.hasPriority(priority)) continue;
      for (const rule of subtable.rules) if (rule.priority === priority && rule.match.overlaps(match)) yield rule;
    }
  }

  /** Rules may be removed while they are walked. */
  *[Symbol.iterator](): IterableIterator<R> {
    for (const subtable of this.order.slice()) yield* subtable.rules;
  }

  /** Throws if the structure contradicts itself. */
  selfCheck(): void {
    let rules = 0;
    let above = Number.POSITIVE_INFINITY;
    for (const subtable of this.order) {
      subtable.selfCheck();
      rules += subtable.rules.size;
      invariant(subtable.rules.size > 0, 'no subtable is empty');
      invariant(subtable.maxPriority <= above, 'subtables descend in priority');
      invariant(
        [...subtable.rules].every((rule) => rule.match.minimask === subtable.minimask),
        'rules share the minimask',
      );
      above = subtable.maxPriority;
    }
    invariant(rules === this.count, 'the rules of the subtables are all rules');
    for (const prefix of this.prefixes) prefix.trie.selfCheck();
  }

  private subtableOf(match: Match): RuleSubtable<R> | null {
    return (
      this.byMask.get(match.minimask.hash)?.find((subtable) => sameMinimask(subtable.minimask, match.minimask)) ?? null
    );
  }

  private addSubtable(match: Match): RuleSubtable<R> {
    const subtable = new RuleSubtable<R>(match.minimask, this.prefixes);
    const { hash } = match.minimask;
    const bucket = this.byMask.get(hash);
    if (bucket) bucket.push(subtable);
    else this.byMask.set(hash, [subtable]);
    this.order.push(subtable);
    return subtable;
  }

  private dropSubtable(subtable: RuleSubtable<R>): void {
    this.order.splice(this.order.indexOf(subtable), 1);
    const { hash } = subtable.minimask;
    const bucket = this.byMask.get(hash)!.filter((other) => other !== subtable);
    if (bucket.length > 0) this.byMask.set(hash, bucket);
    else this.byMask.delete(hash);
  }

  /** Restores the order after a subtable's highest priority rose; among equals it comes last. */
  private moveUp(subtable: RuleSubtable<R>): void {
    const { order } = this;
    let i = order.lastIndexOf(subtable);
    for (; i > 0 && order[i - 1]!.maxPriority < subtable.maxPriority; i--) order[i] = order[i - 1]!;
    order[i] = subtable;
  }

  /** The same after it fell; among equals it comes first. */
  private moveDown(subtable: RuleSubtable<R>): void {
    const { order } = this;
    let i = order.indexOf(subtable);
    for (; i + 1 < order.length && order[i + 1]!.maxPriority > subtable.maxPriority; i++) order[i] = order[i + 1]!;
    order[i] = subtable;
  }
}

function makePrefixFields(fields: readonly FieldName[]): PrefixField[] {
  invariant(fields.length <= MAX_PREFIX_FIELDS, `at most ${MAX_PREFIX_FIELDS} prefix fields`);
  for (const field of fields) invariant(FIELDS[field].prefix === true, `${field} can be tracked by prefix`);
  return fields.map((field) => new PrefixField(field));
}
