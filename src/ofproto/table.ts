/** One OpenFlow table: a classifier of rules with a limit and its counters. */
import { invariant } from '../../datapath/base/error.js';
import { Classifier } from '../match/classifier.js';
import type { Match } from '../match/match.js';
import type { Rule, RuleTable } from './rule.js';

/** Tables that exist: 0 to 253 for controllers, 254 for the switch itself. */
export const TABLE_COUNT = 255;
/** Tables controllers see. */
export const VISIBLE_TABLES = 254;
export const INTERNAL_TABLE = 254;

/** Rules all tables take together: enough for the largest flow programs, and a bound on memory. Each table reports it as its limit. */
export const MAX_RULES = 1_000_000;

/** What to do with a packet that no rule of the table matches; 'default' is as the controllers' OpenFlow versions have it. */
export type MissConfig = 'default' | 'controller' | 'continue' | 'drop';

/** One OpenFlow table: its rules, found by match or by key, and how many packets were looked up. */
export class OfTable implements RuleTable {
  readonly id: number;
  name = '';
  missConfig: MissConfig = 'default';
  /** Packets that were looked up here and those that matched; whoever translates and counts packets adds them. */
  lookups = 0;
  matches = 0;
  /** Rules with an idle or a hard timeout, so that expiry need not walk over the others. */
  readonly expiring = new Set<Rule>();
  /** Rules that are clauses of conjunctive matches: with any, lookups take the long way. */
  private readonly conjunctive = new Set<Rule>();
  private rules = new Classifier<Rule>();

  private hidden = 0;

  /** `counted` is called for each rule that comes (1) or goes (-1). */
  constructor(
    id: number,
    private readonly counted: (by: number) => void,
  ) {
    this.id = id;
  }

  get size(): number {
    return this.rules.size;
  }

  /** Rules that controllers see. */
  get visibleSize(): number {
    return this.rules.size - this.hidden;
  }

  /** The matching rule of highest priority; ORs the bits examined into `wildcards` unless it is null. */
  lookup(words: Int32Array, at: number, wildcards: Int32Array | null): Rule | null {
    if (this.conjunctive.size > 0) return this.rules.lookupConjunctive(words, at, wildcards);
    return this.rules.lookup(words, at, wildcards);
  }

  addStats(packets: number, matched: boolean): void {
    this.lookups += packets;
    if (matched) this.matches += packets;
  }

  find(match: Match, priority: number): Rule | null {
    return this.rules.findExact(match, priority);
  }

  /** True if a rule of this priority could match a packet that `match` matches, too. */
  overlaps(match: Match, priority: number): boolean {
    for (const _ of this.rules.overlapping(match, priority)) return true;
    return false;
  }

  insert(rule: Rule): void {
    this.rules.insert(rule);
    rule.removed = false;
    if (rule.hidden) this.hidden++;
    this.counted(1);
    this.ruleChanged(rule);
  }

  remove(rule: Rule): void {
    if (!this.rules.remove(rule)) return;
    rule.removed = true;
    if (rule.hidden) this.hidden--;
    this.counted(-1);
    this.expiring.delete(rule);
    this.conjunctive.delete(rule);
  }

  /** Removes all rules at once, in a fraction of the time that one by one takes. */
  clear(): void {
    for (const rule of this.rules) rule.removed = true;
    this.counted(-this.rules.size);
    this.rules = new Classifier<Rule>();
    this.expiring.clear();
    this.conjunctive.clear();
  }

  /** To be called after a change of a rule that is in the table. */
  ruleChanged(rule: Rule): void {
    if (rule.idleTimeout > 0 || rule.hardTimeout > 0) this.expiring.add(rule);
    else this.expiring.delete(rule);
    if (rule.clauses === null) this.conjunctive.delete(rule);
    else this.conjunctive.add(rule);
  }

  /** Throws if the table contradicts itself. */
  selfCheck(): void {
    this.rules.selfCheck();
    for (const rule of this.expiring) invariant(!rule.removed, 'only rules that are there expire');
  }

  [Symbol.iterator](): Iterator<Rule> {
    return this.rules[Symbol.iterator]();
  }
}
