/**
 * One entry of an OpenFlow table.
 *
 * A rule keeps its identity (table, match, priority) for life; modifying it, or adding the same flow again, changes it in place. So whoever
 * holds a rule to add packets to it never adds them to another: `removed` says that it has left its table.
 */
import type { Clause } from '../match/conjunction.js';
import type { Match } from '../match/match.js';
import type { Action, Instruction } from '../openflow/action-types.js';
import type { FlowModFlags, FlowStats } from '../openflow/message-types.js';

/** All of a rule that a flow-mod can set. */
export interface RuleSettings {
  cookie: bigint;
  idleTimeout: number;
  hardTimeout: number;
  importance: number;
  flags: FlowModFlags;
  instructions: readonly Instruction[];
}

/** What `Rule.restore` puts back: settings, counters and times at one moment. */
export interface RuleSnapshot extends RuleSettings {
  packets: number;
  bytes: number;
  createdMs: number;
  modifiedMs: number;
  usedMs: number;
}

/** A table of one switch, as its rules know it: who counts what has hit a rule counts it there, too. */
export interface RuleTable {
  readonly id: number;
  addStats(packets: number, matched: boolean): void;
}

/** Rules made so far, of all switches: the serial number of the youngest. */
let made = 0;
export const youngestSerial = (): number => made;

const NO_ACTIONS: readonly Action[] = [];

/** One flow of an OpenFlow table, with its counters and times. */
export class Rule {
  /** Ascends with each rule made: who walks over rules while some come and go sees by it which were there first. */
  readonly serial = ++made;
  /** Where it is, or was: the table object of its own switch, for life. */
  readonly home: RuleTable;
  readonly match: Match;
  readonly priority: number;
  cookie: bigint;
  idleTimeout: number;
  hardTimeout: number;
  importance: number;
  flags: FlowModFlags;
  instructions: readonly Instruction[];
  /** The actions of `apply_actions`; empty if there is none. */
  actions: readonly Action[];
  /** What it fulfils of conjunctive matches; null if it is no part of any. */
  clauses: readonly Clause[] | null;
  packets = 0;
  bytes = 0;
  createdMs: number;
  modifiedMs: number;
  /** When last hit; the time of creation until then. */
  usedMs: number;
  removed = false;
  /** Never shown to controllers, nor changed by them (the switch's own rules). */
  readonly hidden: boolean;

  constructor(home: RuleTable, match: Match, priority: number, settings: RuleSettings, now: number, hidden = false) {
    this.home = home;
    this.match = match;
    this.priority = priority;
    this.cookie = settings.cookie;
    this.idleTimeout = settings.idleTimeout;
    this.hardTimeout = settings.hardTimeout;
    this.importance = settings.importance;
    this.flags = settings.flags;
    this.instructions = settings.instructions;
    this.actions = appliedActions(settings.instructions);
    this.clauses = clausesOf(this.actions);
    this.createdMs = now;
    this.modifiedMs = now;
    this.usedMs = now;
    this.hidden = hidden;
  }

  /** The number of its table. */
  get table(): number {
    return this.home.id;
  }

  /** OpenFlow's table-miss flow: what has nothing else takes it. */
  get isTableMiss(): boolean {
    return this.priority === 0 && this.match.isCatchAll;
  }

  setInstructions(instructions: readonly Instruction[]): void {
    this.instructions = instructions;
    this.actions = appliedActions(instructions);
    this.clauses = clausesOf(this.actions);
  }

  /** Counts packets that hit this rule; `usedMs` never goes back. */
  addStats(packets: number, bytes: number, usedMs: number): void {
    this.packets += packets;
    this.bytes += bytes;
    if (usedMs > this.usedMs) this.usedMs = usedMs;
  }

  snapshot(): RuleSnapshot {
    const { cookie, idleTimeout, hardTimeout, importance, flags, instructions } = this;
    const { packets, bytes, createdMs, modifiedMs, usedMs } = this;
    return {
      cookie,
      idleTimeout,
      hardTimeout,
      importance,
      flags,
      instructions,
      packets,
      bytes,
      createdMs,
      modifiedMs,
      usedMs,
    };
  }

  restore(before: RuleSnapshot): void {
    Object.assign(this, before);
    this.setInstructions(before.instructions);
  }

  /** What flow statistics say of the rule at `now`. */
  stats(now: number): FlowStats {
    const age = Math.max(0, now - this.createdMs);
    return {
      table: this.table,
      match: this.match,
      priority: this.priority,
      cookie: this.cookie,
      durationSec: Math.floor(age / 1000),
      durationNsec: Math.floor(age % 1000) * 1e6, // in milliseconds, as Open vSwitch counts
      idleTimeout: this.idleTimeout,
      hardTimeout: this.hardTimeout,
      idleAge: seconds(now - this.usedMs),
      hardAge: seconds(now - this.modifiedMs),
      importance: this.importance,
      packets: BigInt(this.packets),
      bytes: BigInt(this.bytes),
      flags: this.flags,
      instructions: this.instructions as Instruction[],
    };
  }
}

const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1000));

function clausesOf(actions: readonly Action[]): readonly Clause[] | null {
  const clauses = actions.filter((action) => action.type === 'conjunction');
  return clauses.length === 0 ? null : clauses;
}

function appliedActions(instructions: readonly Instruction[]): readonly Action[] {
  for (const instruction of instructions) if (instruction.type === 'apply_actions') return instruction.actions;
  return NO_ACTIONS;
}
