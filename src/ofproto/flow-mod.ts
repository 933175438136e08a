/**
 * Changing the tables: add, modify and delete, strict and loose, exactly as Open vSwitch does them.
 *
 * A transaction applies flow-mods one after the other, each seeing what those before it did, and notes how to undo each
 * step. If one is refused all are undone; nobody has seen a thing, as no packet is processed meanwhile. Only `commit` tells
 * the outside: controllers of removed flows, the datapath of a new generation.
 */
import type { FieldName } from '../../datapath/flow/fields.js';
import type { ErrorName } from '../openflow/errors.js';
import type { GroupMod } from '../openflow/group-types.js';
import type { FlowMod, OfVersion } from '../openflow/message-types.js';
import { FLOW_REMOVED, type FlowRemovedReason } from './async-config.js';
import { checkInstructions } from './check-actions.js';
import { selectLoose, selectStrict } from './flow-query.js';
import { type GroupChange, groupsOf } from './groups.js';
import type { Ofproto } from './ofproto.js';
import { Rule, type RuleSnapshot } from './rule.js';
import { ANY_TABLE, INTERNAL_TABLE, MAX_RULES } from './table.js';

type Change =
  | { op: 'added'; rule: Rule }
  | { op: 'changed'; rule: Rule; before: RuleSnapshot }
  | { op: 'removed'; rule: Rule; reason: FlowRemovedReason }
  | { op: 'group'; change: GroupChange };

const NO_BUFFER = 0xffffffff;
/** Fields of the datapath's own bookkeeping: no flow of a controller may match them. */
const HIDDEN_FIELDS = ['recirc_id', 'dp_hash'] as const satisfies readonly FieldName[];

/** What can be said of a flow-mod without looking at the rules that are there. */
export function checkFlowMod(mod: FlowMod, version: OfVersion): ErrorName | null {
  if (mod.command === 'delete' || mod.command === 'delete_strict') return null;
  if (mod.table === INTERNAL_TABLE) return 'OFPBRC_EPERM';
  if (mod.command === 'add' && HIDDEN_FIELDS.some((field) => mod.match.has(field))) return 'OFPBRC_EPERM';
  if (mod.bufferId !== NO_BUFFER) return 'OFPBRC_BUFFER_UNKNOWN';
  return checkInstructions(mod.instructions, mod.match, tableOfAdd(mod), version);
}

/** An add which leaves the table open goes to the first. */
const tableOfAdd = (mod: FlowMod): number => (mod.table === ANY_TABLE ? 0 : mod.table);

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
    const isDelete = mod.command === 'delete' || mod.command === 'delete_strict';
    if (!isDelete && groupsOf(mod.instructions).some((id) => !this.ofproto.groups.has(id)))
      return 'OFPBAC_BAD_OUT_GROUP';
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
      if (change.op === 'removed' && change.rule.removed)
        this.ofproto.tellRemoved(change.rule, change.reason, this.now);
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

  private add(mod: FlowMod): ErrorName | null {
    const table = this.ofproto.tables[tableOfAdd(mod)]!;
    const same = table.find(mod.match, mod.priority);
    if (same !== null) {
      this.replace(same, mod);
      return null;
    }
    if (mod.flags.checkOverlap && table.overlaps(mod.match, mod.priority)) return 'OFPFMFC_OVERLAP';
    if (this.ofproto.ruleCount >= MAX_RULES) return 'OFPFMFC_TABLE_FULL';
    const rule = new Rule(table.id, mod.match, mod.priority, mod, this.now);
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
    if (rules.length === 0) return mod.modifyCookie && mod.cookieMask === 0n ? this.add(mod) : null;
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
    for (const rule of rules) {
      this.ofproto.tables[rule.table]!.remove(rule);
      this.changes.push({ op: 'removed', rule, reason });
    }
    return null;
  }

  private pushStats(): void {
    if (!this.statsPushed) this.ofproto.below?.pushStats();
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
