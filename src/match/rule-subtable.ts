/**
 * The rules of a classifier that have one mask, found by hash and searched in stages.
 *
 * The masked words of a rule's match lie in `table` in stage order and lead to a slot: the rule of highest priority in
 * `first`, those of the same match but lower priority in `others`. `stageCounts` count, for each stage but the last, the
 * rules by the hash of their words up to that stage's end. `ports` knows which ports the rules ask for if ports are all that
 * the last stage looks at; so "no such port" is decided by a few bits of it.
 */
import { finish, mix } from '../../datapath/base/hash.js';
import { ABSENT, WordTable } from '../../datapath/base/word-table.js';
import { FLOW_WORDS, W_TP } from '../../datapath/keys/layout.js';
import type { Clause } from './conjunction.js';
import type { Match, Minimask } from './match.js';
import { type PrefixField, prefixMask } from './prefix-field.js';
import { PrefixTrie } from './prefix-trie.js';
import { type StagedMask, stageMask } from './stages.js';

/** What a classifier needs to know of a rule. */
export interface Classifiable {
  readonly match: Match;
  readonly priority: number;
  /** Of a rule that is part of conjunctive matches (conjunction.ts). */
  readonly clauses?: readonly Clause[] | null;
}

const gathered = new Int32Array(FLOW_WORDS + 1);
const probe = new Int32Array(1);
/** Masked ports of the packet; the trie may look at a word behind. */
const portsWord = new Int32Array(2);
/** A whole row for rules that come and go, and all zero between. */
const row = new Int32Array(FLOW_WORDS + 1);

/** The rules with one minimask, found by one hash over their masked words. */
export class RuleSubtable<R extends Classifiable> {
  readonly minimask: Minimask;
  maxPriority = -1;
  /** In order of insertion. */
  readonly rules = new Set<R>();
  /** How many rules there are of each priority. */
  private readonly priorities = new Map<number, number>();

  private readonly stages: StagedMask;
  private readonly table: WordTable;
  private readonly stageCounts: WordTable[] = [];
  private readonly first: (R | null)[] = [];
  private readonly others = new Map<number, R[]>();
  private readonly freeSlots: number[] = [];

  private portsMask = 0;
  /** The word of ports up to the last bit of the mask; 0: the last stage is not ports alone. */
  private portsLength = 0;
  private readonly ports = new PrefixTrie(32);

  /** Tracked prefix fields that the mask has as a prefix: which, how long, and before which stage to ask. */
  private prefixFields: PrefixField[] = [];
  private prefixLengths: number[] = [];
  private prefixStages: number[] = [];

  constructor(minimask: Minimask, prefixFields: readonly PrefixField[]) {
    this.minimask = minimask;
    this.stages = stageMask(minimask.words, minimask.masks);
    this.table = new WordTable(this.stages.words.length);
    for (let i = 1; i < this.stages.ends.length; i++) this.stageCounts.push(new WordTable(1));
    this.findPorts();
    this.usePrefixFields(prefixFields);
  }

  /** The best rule that matches; `wildcards` gets the bits that decided it. */
  lookup(key: Int32Array, at: number, wildcards: Int32Array, stamp: number): R | null {
    const { words, masks, ends } = this.stages;
    const last = ends.length - 1;
    let hash = 0;
    let i = 0;
    for (let stage = 0; stage <= last; stage++) {
      if (this.skips(stage, key, at, wildcards, stamp)) return this.miss(wildcards, i);
      const end = ends[stage];
      for (; i < end; i++) {
        const word = key[at + words[i]] & masks[i];
        gathered[i] = word;
        hash = mix(hash, word);
      }
      if (stage < last && !this.hasStage(stage, hash)) return this.miss(wildcards, i);
    }
    const slot = this.table.lookupHashed(gathered, 0, finish(hash, i << 2));
    if (slot !== ABSENT) {
      this.examine(wildcards, i);
      return this.first[slot];
    }
    if (this.portsLength === 0) return this.miss(wildcards, i);
    this.examinePorts(key, at, wildcards);
    return this.miss(wildcards, i - 1);
  }

  /** As `lookup`, for callers who do not ask why. */
  lookupOnly(key: Int32Array, at: number): R | null {
    const slot = this.slotOf(key, at);
    return slot === ABSENT ? null : this.first[slot];
  }

  find(match: Match, priority: number): R | null {
    this.fillRow(match);
    const slot = this.slotOf(row, 0);
    this.clearRow();
    if (slot === ABSENT) return null;
    const first = this.first[slot]!;
    if (first.priority === priority) return first;
    return this.others.get(slot)?.find((rule) => rule.priority === priority) ?? null;
  }

  /** The rule with the same match and the next lower priority. */
  nextBelow(rule: R): R | null {
    this.fillRow(rule.match);
    const slot = this.slotOf(row, 0);
    this.clearRow();
    return this.others.get(slot)?.find((other) => other.priority < rule.priority) ?? null;
  }

  hasPriority(priority: number): boolean {
    return this.priorities.has(priority);
  }

  /** There must be no rule with that match and priority. */
  insert(rule: R): void {
    this.fillRow(rule.match);
    const slot = this.slotOf(row, 0);
    if (slot === ABSENT) this.open(rule);
    else this.chain(slot, rule);
    this.clearRow();
    this.rules.add(rule);
    this.priorities.set(rule.priority, (this.priorities.get(rule.priority) ?? 0) + 1);
    this.maxPriority = Math.max(this.maxPriority, rule.priority);
  }

  /** False if it is not there. */
  remove(rule: R): boolean {
    if (!this.rules.delete(rule)) return false;
    this.fillRow(rule.match);
    this.unchain(this.slotOf(row, 0), rule);
    this.clearRow();
    const left = this.priorities.get(rule.priority)! - 1;
    if (left > 0) this.priorities.set(rule.priority, left);
    else this.priorities.delete(rule.priority);
    if (left === 0 && rule.priority === this.maxPriority) this.maxPriority = highest(this.priorities);
    return true;
  }

  /** Takes up other prefix fields, and gives each trie the prefixes of the rules that are here. */
  usePrefixFields(fields: readonly PrefixField[]): void {
    const mask = new Int32Array(FLOW_WORDS);
    for (let i = 0; i < this.minimask.words.length; i++) mask[this.minimask.words[i]!] = this.minimask.masks[i]!;
    this.prefixFields = fields.filter((field) => field.prefixLength(mask) > 0);
    this.prefixLengths = this.prefixFields.map((field) => field.prefixLength(mask));
    this.prefixStages = this.prefixFields.map((field) => this.stageOf(field.word));
    for (const rule of this.first) if (rule !== null) this.countPrefixes(rule.match, true);
  }

  /** Throws if the parts disagree. */
  selfCheck(): void {
    this.table.selfCheck();
    this.ports.selfCheck();
    for (const counts of this.stageCounts) counts.selfCheck();
    let linked = 0;
    for (const rule of this.first) if (rule !== null) linked++;
    if (linked !== this.table.size) throw new Error(`subtable: ${linked} slots used, ${this.table.size} entries`);
    for (const chain of this.others.values()) linked += chain.length;
    if (linked !== this.rules.size) throw new Error(`subtable: ${linked} rules linked of ${this.rules.size}`);
    for (const rule of this.rules) {
      if (this.find(rule.match, rule.priority) !== rule) throw new Error('subtable: a rule is not found by its match');
    }
    if (this.maxPriority !== highest(this.priorities)) throw new Error('subtable: wrong highest priority');
  }

  private skips(stage: number, key: Int32Array, at: number, wildcards: Int32Array, stamp: number): boolean {
    for (let i = 0; i < this.prefixFields.length; i++) {
      if (this.prefixStages[i] !== stage) continue;
      if (this.prefixFields[i].canSkip(this.prefixLengths[i], key, at, wildcards, stamp)) return true;
    }
    return false;
  }

  private hasStage(stage: number, hash: number): boolean {
    probe[0] = hash;
    return this.stageCounts[stage].lookup(probe, 0) !== ABSENT;
  }

  private miss(wildcards: Int32Array, count: number): null {
    this.examine(wildcards, count);
    return null;
  }

  /** The first `count` words, in stage order, have been looked at. */
  private examine(wildcards: Int32Array, count: number): void {
    const { words, masks } = this.stages;
    for (let i = 0; i < count; i++) wildcards[words[i]] |= masks[i];
  }

  /** The words before the ports are examined by the caller; of the ports, as many bits as tell that no rule has them. */
  private examinePorts(key: Int32Array, at: number, wildcards: Int32Array): void {
    portsWord[0] = key[at + W_TP] & this.portsMask;
    wildcards[W_TP] |= this.portsMask & prefixMask(this.ports.lookup(portsWord, 0));
  }

  private slotOf(key: Int32Array, at: number): number {
    const { words, masks } = this.stages;
    const count = words.length;
    let hash = 0;
    for (let i = 0; i < count; i++) {
      const word = key[at + words[i]] & masks[i];
      gathered[i] = word;
      hash = mix(hash, word);
    }
    return this.table.lookupHashed(gathered, 0, finish(hash, count << 2));
  }

  /** First rule with its match, whose words are in `gathered`. */
  private open(rule: R): void {
    const slot = this.freeSlots.pop() ?? this.first.length;
    this.first[slot] = rule;
    this.table.set(gathered, 0, slot);
    this.countStages(1);
    this.countPrefixes(rule.match, true);
    if (this.portsLength > 0) this.ports.insert(this.ownPorts(), 0, this.portsLength);
  }

  private close(slot: number, rule: R): void {
    this.first[slot] = null;
    this.freeSlots.push(slot);
    this.table.remove(gathered, 0);
    this.countStages(-1);
    this.countPrefixes(rule.match, false);
    if (this.portsLength > 0) this.ports.remove(this.ownPorts(), 0, this.portsLength);
  }

  private ownPorts(): Int32Array {
    portsWord[0] = gathered[this.stages.words.length - 1];
    return portsWord;
  }

  private chain(slot: number, rule: R): void {
    const chain = [this.first[slot]!, ...(this.others.get(slot) ?? [])];
    const place = chain.findIndex((other) => other.priority < rule.priority);
    chain.splice(place < 0 ? chain.length : place, 0, rule);
    this.first[slot] = chain[0]!;
    this.others.set(slot, chain.slice(1));
  }

  private unchain(slot: number, rule: R): void {
    const chain = [this.first[slot]!, ...(this.others.get(slot) ?? [])].filter((other) => other !== rule);
    if (chain.length === 0) return this.close(slot, rule);
    this.first[slot] = chain[0]!;
    if (chain.length === 1) this.others.delete(slot);
    else this.others.set(slot, chain.slice(1));
  }

  private countStages(by: number): void {
    let hash = 0;
    let i = 0;
    for (let stage = 0; stage < this.stageCounts.length; stage++) {
      for (; i < this.stages.ends[stage]; i++) hash = mix(hash, gathered[i]);
      probe[0] = hash;
      this.stageCounts[stage].addTo(probe, 0, by);
    }
  }

  private countPrefixes(match: Match, isNew: boolean): void {
    for (let i = 0; i < this.prefixFields.length; i++) {
      const { trie, word } = this.prefixFields[i];
      for (let j = 0; j < trie.bits >> 5; j++) addresses[j] = match.valueWord(word + j);
      if (isNew) trie.insert(addresses, 0, this.prefixLengths[i]);
      else trie.remove(addresses, 0, this.prefixLengths[i]);
    }
  }

  private findPorts(): void {
    const { words, masks, ends } = this.stages;
    const lastBegin = ends.length > 1 ? ends[ends.length - 2] : 0;
    if (words.length !== lastBegin + 1 || words[lastBegin] !== W_TP) return;
    this.portsMask = masks[lastBegin];
    this.portsLength = 1 + Math.clz32(this.portsMask & -this.portsMask);
  }

  private stageOf(word: number): number {
    const { words, ends } = this.stages;
    const i = words.indexOf(word);
    return ends.findIndex((end) => i < end);
  }

  private fillRow(match: Match): void {
    const { words } = match.minimask;
    const values = match.valueWords;
    for (let i = 0; i < words.length; i++) row[words[i]!] = values[i]!;
  }

  private clearRow(): void {
    for (let i = 0; i < this.minimask.words.length; i++) row[this.minimask.words[i]!] = 0;
  }
}

const addresses = new Int32Array(5);

function highest(priorities: ReadonlyMap<number, number>): number {
  let max = -1;
  for (const priority of priorities.keys()) max = Math.max(max, priority);
  return max;
}
