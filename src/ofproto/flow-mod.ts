/**
 * Changing the tables: add, modify and delete, strict and loose, exactly as Open vSwitch does them.
 *
 * A transaction applies flow-mods one after the other, each seeing what those before it did, and notes how to undo each
 * step. If one is refused all are undone; nobody has seen a thing, as no packet is processed meanwhile. Only `commit` tells
 * the outside: controllers of removed flows, the datapath of a new generation.
 */

import type { FieldName } from '../match/fields.js';
import type { Match } from '../match/match.js';
import type { ErrorName } from '../openflow/errors.js';
import type { GroupMod } from '../openflow/group-types.js';
import type { FlowMod, OfVersion } from '../openflow/message-types.js';
import { ALL_TABLES, NO_BUFFER } from '../openflow/new-flow-mod.js';
import { FLOW_REMOVED, type FlowRemovedReason } from './async-config.js';
import { checkInstructions } from './check-actions.js';
import { selectLoose, selectStrict } from './flow-query.js';
import { type GroupChange, groupsOf } from './groups.js';
import type { Ofproto } from './ofproto.js';
import { Rule, type RuleSnapshot } from './rule.js';
import { INTERNAL_TABLE, MAX_RULES } from './table.js';

type Change =
  | { op: 'added'; rule: Rule }
  | { op: 'changed'; rule: Rule; before: RuleSnapshot }
  | { op: 'removed'; rule: Rule; reason: FlowRemovedReason }
  | { op: 'group'; change: GroupChange };

/** Fields of the datapath's own bookkeeping: no flow of a controller may match them. */
const HIDDEN_FIELDS = ['recirc_id', 'dp_hash'] as const satisfies readonly FieldName[];

/** A packet that has not recirculated may be asked for: in the end all rules are about such. */
const isDefault = (match: Match, field: FieldName): boolean =>
  !match.has(field) || (field === 'recirc_id' && match.get(field).value === 0n);

/** What can be said of a flow-mod without looking at the rules that are there. */
export function checkFlowMod(mod: FlowMod, version: OfVersion): ErrorName | null {
  const error = checkInstructions(mod.instructions, mod.match, mod.table, version);
  if (error !== null || mod.command === 'delete_strict') return error;
  // In Open vSwitch the internal table has flows of the switch's own, which no controller can take out.
  if (mod.command === 'delete') return mod.table === INTERNAL_TABLE && mod.match.isCatchAll ? 'OFPBRC_EPERM' : null;
  if (mod.table === INTERNAL_TABLE || !HIDDEN_FIELDS.every((field) => isDefault(mod.match, field)))
    return 'OFPBRC_EPERM';
  return mod.bufferId === NO_BUFFER ? null : 'OFPBRC_BUFFER_UNKNOWN';
}

/** An add which leaves the table open goes to the first. */
const tableOfAdd = (mod: FlowMod): number => (mod.table === ALL_TABLES ? 0 : mod.table);

/** Flow-mods and group-mods that take effect together or not at all: `stage` each, then `commit`, or `rollback`. */
export class FlowTransaction {
  private readonly ofproto: Ofproto;
  private readonly now: number;
  private readonly changes: Change[] = [];
  private statsPushed = false;

  constructor(ofproto: Ofproto, now: number) {
    this.ofproto = ofproto;
    this.now = now;
  }

  /** Applies one flow-mod, checked before; if it is refused the tables are as they were before it. */
  stage(mod: FlowMod): ErrorName | null {
    switch (mod.command) {
      case 'add':
        return this.add(mod);
      case 'modify':
        return this.modify(mod, selectLoose(this.ofproto, mod));
      case 'modify_strict':
        return this.modify(mod, selectStrict(this.ofproto, mod, mod.priority));
      case 'delete':
        return this.remove(selectLoose(this.ofproto, mod));
      case 'delete_strict':
        return this.remove(selectStrict(this.ofproto, mod, mod.priority));
    }
  }

  /** The same for a group-mod. With a group go the flows that send packets to it. */
  stageGroup(mod: GroupMod): ErrorName | null {
    const planned = this.ofproto.groups.plan(mod, this.now);
    if (typeof planned === 'string') return planned;
    if (planned.length > 0) this.pushStats();
    for (const change of planned) {
      this.ofproto.groups.put(change);
      this.changes.push({ op: 'group', change });
    }
    const gone = new Set(planned.filter(({ after }) => after === null).map(({ id }) => id));
    return gone.size === 0 ? null : this.remove(this.rulesOfGroups(gone), FLOW_REMOVED.groupDelete);
  }

  private rulesOfGroups(groups: ReadonlySet<number>): Rule[] {
    const sends = (rule: Rule): boolean => groupsOf(rule.instructions).some((id) => groups.has(id));
    return this.ofproto.tables.flatMap((table) => (table.size === 0 ? [] : [...table].filter(sends)));
  }

  commit(): void {
    if (this.changes.length === 0) return;
    for (const change of this.changes) {
      if (change.op === 'removed') {
        if (change.rule.removed) this.ofproto.tellRemoved(change.rule, change.reason, this.now);
      } else if (change.op !== 'group') this.ofproto.observer?.rule(change.op, change.rule);
    }
    this.changes.length = 0;
    this.ofproto.changed();
  }

  rollback(): void {
    for (let change = this.changes.pop(); change !== undefined; change = this.changes.pop()) this.undo(change);
  }

  private undo(change: Change): void {
    if (change.op === 'group') return this.ofproto.groups.put({ ...change.change, after: change.change.before });
    const table = this.ofproto.tables[change.rule.table]!;
    switch (change.op) {
      case 'added':
        return table.remove(change.rule);
      case 'removed':
        return table.insert(change.rule);
      case 'changed':
        change.rule.restore(change.before);
        return table.ruleChanged(change.rule);
    }
  }

  /** Groups that the flow would send packets to have to be there, once there is a flow to put in. */
  private lacksGroup = ({ instructions }: FlowMod): boolean =>
    groupsOf(instructions).some((id) => !this.ofproto.groups.has(id));

  private add(mod: FlowMod): ErrorName | null {
    if (this.lacksGroup(mod)) return 'OFPBAC_BAD_OUT_GROUP';
    const table = this.ofproto.tables[tableOfAdd(mod)]!;
    const same = table.find(mod.match, mod.priority);
    if (same !== null) {
      this.replace(same, mod);
      return null;
    }
    if (mod.flags.checkOverlap && table.overlaps(mod.match, mod.priority)) return 'OFPFMFC_OVERLAP';
    if (this.ofproto.ruleCount >= MAX_RULES) return 'OFPFMFC_TABLE_FULL';
    const rule = new Rule(table, mod.match, mod.priority, mod, this.now);
    table.insert(rule);
    this.changes.push({ op: 'added', rule });
    return null;
  }

  /** Adding a flow that is there: all is new but the counters, which stay unless they are to be reset. */
  private replace(rule: Rule, mod: FlowMod): void {
    this.note(rule, mod);
    const { cookie, idleTimeout, hardTimeout, importance, flags } = mod;
    Object.assign(rule, { cookie, idleTimeout, hardTimeout, importance, flags });
    rule.createdMs = this.now;
    this.change(rule, mod);
  }

  /** Nothing to modify: OpenFlow 1.0 and 1.1 add instead, unless flows are chosen by cookie. */
  private modify(mod: FlowMod, rules: readonly Rule[]): ErrorName | null {
    const mayAdd = mod.cookieMask === 0n && (mod.modifyCookie || mod.newCookie !== undefined);
    if (rules.length === 0) return mayAdd ? this.add(mod) : null;
    if (this.lacksGroup(mod)) return 'OFPBAC_BAD_OUT_GROUP';
    for (const rule of rules) {
      this.note(rule, mod);
      if (mod.modifyCookie) rule.cookie = mod.newCookie ?? mod.cookie;
      this.change(rule, mod);
    }
    return null;
  }

  /** Notes how the rule is now. Counters that will be reset must not get, later, what was counted until now. */
  private note(rule: Rule, mod: FlowMod): void {
    if (mod.flags.resetCounts) this.pushStats();
    this.changes.push({ op: 'changed', rule, before: rule.snapshot() });
  }

  /** What an add of the same flow and a modify have in common. */
  private change(rule: Rule, mod: FlowMod): void {
    rule.setInstructions(mod.instructions);
    rule.modifiedMs = this.now;
    if (mod.flags.resetCounts) {
      rule.packets = 0;
      rule.bytes = 0;
      rule.usedMs = this.now;
    }
    this.ofproto.tables[rule.table]!.ruleChanged(rule);
  }

  private remove(rules: readonly Rule[], reason: FlowRemovedReason = FLOW_REMOVED.delete): null {
    if (rules.some((rule) => rule.flags.sendFlowRem)) this.pushStats();
    this.takeOut(rules);
    for (const rule of rules) this.changes.push({ op: 'removed', rule, reason });
    return null;
  }

  /** Tables that lose all they have are emptied at once: deleting everything is what deleting much mostly is. */
  private takeOut(rules: readonly Rule[]): void {
    const counts = new Map<number, number>();
    for (const { table } of rules) counts.set(table, (counts.get(table) ?? 0) + 1);
    const { tables } = this.ofproto;
    for (const [id, count] of counts) if (count === tables[id]!.size) tables[id]!.clear();
    for (const rule of rules) if (!rule.removed) tables[rule.table]!.remove(rule);
  }

  private pushStats(): void {
    if (!this.statsPushed) this.ofproto.provider?.pushStats();
    this.statsPushed = true;
  }
}

/** Applies all or none; the index of the refused one with its error. The way for flows that come from files. */
export function applyFlowMods(
  ofproto: Ofproto,
  mods: readonly FlowMod[],
  version: OfVersion,
  now: number,
): { index: number; error: ErrorName } | null {
  const transaction = new FlowTransaction(ofproto, now);
  for (const [index, mod] of mods.entries()) {
    const error = checkFlowMod(mod, version) ?? transaction.stage(mod);
    if (error === null) continue;
    transaction.rollback();
    return { index, error };
  }
  transaction.commit();
  return null;
}
