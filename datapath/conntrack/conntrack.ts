/**
 * The connection tracker: what a ct action does with each packet of a batch. @hot
 *
 * A packet's key is looked up; its protocol's tracker judges it and moves the connection's state; a commit stores what is
 * new; addresses are translated; mark, label, zone, state and original tuple are written beside the packet. Every +inv has
 * one reason (reasons.ts). The order of the steps is Open vSwitch's (lib/conntrack.c, process_one), which flow programs rely on.
 *
 * `now` is monotonic in whole milliseconds. The handle in `packet.conn` (handle * 4 + related * 2 + direction) saves the second
 * pass through a zone its lookup; it must be set to -1 when a header of the packet is rewritten.
 */
import { type Rng, SeededRng } from '../base/rng.js';
import type { PacketBatch } from '../packet/batch.js';
import * as S from '../packet/ct-state.js';
import type { Packet } from '../packet/packet.js';
import { adjust, readControl } from './alg.js';
import { Committer } from './commit.js';
import * as C from './conn.js';
import type { ConnTable } from './conn-table.js';
import { ControlPacket } from './control-packet.js';
import * as A from './ct-action.js';
import { type ConnEntry, countShown, type DumpFilter, dumpEntries } from './dump.js';
import { type Expectation, Expectations } from './expectations.js';
import type { FlushFilter } from './flush.js';
import { Fragments, HELD, MAX_BATCH } from './fragments.js';
import type { History } from './history.js';
import { UPDATE_NEW, UPDATE_RESTART, UPDATE_VALID } from './l4-tracker.js';
import { Lifecycle } from './lifecycle.js';
import * as metadata from './metadata.js';
import { applyNat, lookUp, NATTED } from './natted.js';
import { type CtObserver, EVENT_UPDATE } from './observer.js';
import { KEY_META, PacketKey } from './packet-key.js';
import { parsePacket } from './packet-parse.js';
import * as R from './reasons.js';
import { type ConnStats, gatherStats } from './stats.js';
import * as P from './tcp-peer.js';
import type { Timeouts } from './timeouts.js';
import { trackerFor } from './trackers.js';
import type { Verdicts } from './verdicts.js';
import type { Zones } from './zones.js';

export interface ConntrackOptions {
  /** Basis of the hash; random where strangers send packets. */
  seed?: number;
  rng?: Rng;
  maxConnections?: number;
}

/** Connections at once, as in OVS; memory is taken as they come. */
export const DEFAULT_MAX_CONNECTIONS = 3_000_000;

export class Conntrack {
  /** Off: TCP segments outside the windows are accepted. */
  checksTcpSequence = true;
  /** Refusals of a commit (1 << COMMIT_*) for which whoever runs ct actions drops the packet. None, as in OVS: it goes on as +new. */
  droppedRefusals = 0;
  /** Of each packet of the last batch: id of the reason why it is +inv (REASONS), and what its commit did (COMMITS). */
  readonly lastReason = new Uint8Array(MAX_BATCH);
  readonly lastCommit = new Uint8Array(MAX_BATCH);
  readonly timeouts: Timeouts;
  readonly zones: Zones;
  readonly verdicts: Verdicts;
  readonly table: ConnTable;
  readonly history: History;
  readonly fragments = new Fragments();

  private readonly life: Lifecycle;
  private readonly committer: Committer;
  private readonly expectations: Expectations;
  private readonly key = new PacketKey();
  private readonly control = new ControlPacket();
  /** The action under way: its words, and those that every packet needs. */
  private program: Int32Array = new Int32Array(A.CT_ACTION_WORDS);
  private at = 0;
  private zone = 0;
  private flags = 0;
  private natFlags = 0;
  /** The packet under way has been put together of fragments. */
  private isWhole = false;
  /** What the packet under way was expected as. */
  private expectation: Expectation | null = null;

  constructor(options: ConntrackOptions = {}) {
    const rng = options.rng ?? new SeededRng(options.seed ?? 0);
    this.life = new Lifecycle(rng, options.maxConnections ?? DEFAULT_MAX_CONNECTIONS);
    this.table = this.life.table;
    this.timeouts = this.life.timeouts;
    this.zones = this.life.zones;
    this.verdicts = this.life.verdicts;
    this.history = this.life.history;
    this.committer = new Committer(this.life, rng);
    this.expectations = new Expectations(rng);
    this.life.onDispose = (handle) => this.expectations.removeOfParent(handle);
  }

  /** Null costs one test for each packet. */
  get observer(): CtObserver | null {
    return this.life.observer;
  }

  set observer(observer: CtObserver | null) {
    this.life.observer = observer;
  }

  /** Connections in the table, of which `dyingCount` wait for the sweep. */
  get count(): number {
    return this.table.records.count;
  }

  get dyingCount(): number {
    return this.life.dyingCount;
  }

  get createdCount(): number {
    return this.life.createdCount;
  }

  /** Bytes taken from the system for connections. */
  get capacityBytes(): number {
    return this.life.capacityBytes;
  }

  get maxConnections(): number {
    return this.table.records.limit;
  }

  /** Affects new connections only. */
  set maxConnections(limit: number) {
    this.table.records.limit = limit;
  }

  /** The longest that `sweep` asks to be left alone. */
  get sweepIntervalMs(): number {
    return this.life.sweepIntervalMs;
  }

  set sweepIntervalMs(ms: number) {
    this.life.sweepIntervalMs = ms;
  }

  /** Numbers that go with the reason of the packet just tracked; names in REASONS. */
  get detail(): Int32Array {
    return this.key.detail;
  }

  /**
   * Runs the ct action at `program[at]` on each packet of the batch; sets packet.ct*, lastReason and lastCommit. Fragments may
   * leave the batch to be held, or come back into it, so that it may be longer than BATCH_SIZE afterwards.
   */
  execute(batch: PacketBatch, program: Int32Array, at: number, now: number): void {
    this.program = program;
    this.at = at;
    this.zone = program[at + A.CT_ZONE];
    this.flags = program[at + A.CT_FLAGS];
    this.natFlags = program[at + A.CT_NAT_FLAGS];
    this.life.now = now | 0;
    const { packets, count } = batch;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const packet = packets[i];
      if (!this.one(packet, kept)) continue;
      if (kept !== i) packets[kept] = packet;
      kept++;
    }
    batch.count = kept;
    if (this.fragments.completed.length !== 0) this.trackWhole(batch);
  }

  /** The packet that is to be at that index of the batch; false if it is held instead. */
  private one(packet: Packet, index: number): boolean {
    const { observer } = this.life;
    const before = packet.ctState;
    this.committer.result = R.COMMIT_NONE;
    const reason = this.track(packet);
    if (reason === HELD) return false;
    const commit = this.committer.result;
    this.lastReason[index] = reason;
    this.lastCommit[index] = commit;
    if (reason !== R.REASON_NONE) this.verdicts.invalid(this.zone, reason);
    if (commit !== R.COMMIT_NONE) this.verdicts.commit(this.zone, commit);
    if (reason !== R.REASON_NONE || R.isRefusal(commit)) this.remember(packet, before, reason, commit);
    if (observer !== null) observer.packet(packet, before, reason, commit, packet.conn >> 2);
    return true;
  }

  /** Tracks the packets whose last fragments have come, and adds their fragments to the batch. */
  private trackWhole(batch: PacketBatch): void {
    const { fragments, lastReason, lastCommit } = this;
    for (let i = 0; i < fragments.completed.length; i++) {
      const list = fragments.completed[i];
      const whole = fragments.assemble(list);
      if (whole === null) continue;
      const first = batch.count;
      this.isWhole = true;
      this.one(whole, first);
      this.isWhole = false;
      fragments.giveBack(whole, list, batch);
      lastReason.fill(lastReason[first], first, batch.count);
      lastCommit.fill(lastCommit[first], first, batch.count);
    }
    fragments.completed.length = 0;
  }

  private remember(packet: Packet, before: number, reason: number, commit: number): void {
    const row = this.history.remember(packet, this.zone, reason, commit, this.life.now);
    row.before = before;
    row.program = this.program;
    row.detail.set(this.key.detail);
  }

  private track(p: Packet): number {
    if (p.ctState === S.CT_INVALID) return this.reject(p, R.ALREADY_INVALID);
    if (p.conn >= 0 && this.isCachedGood(p.conn)) return this.again(p);
    const bad = parsePacket(this.key, p, this.zone);
    if (bad !== R.REASON_NONE) return bad === R.LATER_FRAGMENT ? this.hold(p) : this.reject(p, bad);
    // Bits mean something in their own zone only.
    if (p.ctZone !== this.zone) p.ctState = 0;
    return this.process(p);
  }

  /** A fragment inside a packet that was itself put together is not waited for. */
  private hold(p: Packet): number {
    const { detail } = this.key;
    const outcome = this.isWhole ? R.REASON_NONE : this.fragments.hold(p, this.zone, this.life.now, detail);
    if (outcome === HELD) return HELD;
    if (outcome !== R.REASON_NONE) return this.reject(p, outcome);
    detail[0] = this.fragments.isHandled(p) ? 1 : 0;
    detail[1] = this.isWhole ? 1 : 0;
    return this.reject(p, R.LATER_FRAGMENT);
  }

  private reject(p: Packet, reason: number): number {
    metadata.writeInvalid(p, this.zone);
    if ((this.flags & A.CT_COMMIT) !== 0) this.committer.result = R.COMMIT_NOT_NEW;
    return reason;
  }

  /** With a helper, or with a translation still to be made, what is in the packet matters. */
  private isCachedGood(cached: number): boolean {
    const words = this.table.words(cached >> 2);
    const at = this.table.at(cached >> 2);
    const flags = words[at + C.CONN_FLAGS];
    if ((flags & C.F_LIVE) === 0 || words[at + C.CONN_EXTRA] !== 0) return false;
    if (this.natFlags !== 0 && (flags & (C.F_NAT_SRC | C.F_NAT_DST)) !== 0) return false;
    return words[at + C.CONN_META] >>> 16 === this.zone && (this.flags & A.CT_FORCE) === 0;
  }

  /** The packet has been through this zone before: its state stays, mark and label may have changed or are to change. */
  private again(p: Packet): number {
    const handle = p.conn >> 2;
    const state = p.ctState;
    metadata.writeConnection(p, this.zone, this.table, handle);
    this.execWrites(p, handle);
    if ((this.flags & A.CT_COMMIT) !== 0) this.committer.result = R.COMMIT_KNOWN;
    return (state & S.CT_INVALID) !== 0 ? R.ALREADY_INVALID : R.REASON_NONE;
  }

  private process(p: Packet): number {
    this.expectation = null;
    let node = lookUp(this.table, p, this.key, this.natFlags !== 0, this.life.now);
    if (node >= 0 && (node & 1) === C.REPLY && (this.flags & A.CT_FORCE) !== 0) {
      this.life.kill(node >> 1, R.CAUSE_FORCED);
      node = -1;
    }
    let reason = node < 0 ? UPDATE_RESTART : this.update(p, node);
    if (reason === UPDATE_RESTART) {
      if (node >= 0) this.life.kill(node >> 1, R.CAUSE_REOPENED);
      reason = this.begin(p);
      if (reason !== R.REASON_NONE) return this.reject(p, reason);
      node = (this.flags & A.CT_COMMIT) !== 0 ? this.create() : -1;
      if (node >= 0 && this.natFlags !== 0) applyNat(this.table, p, this.key, node);
    } else {
      if ((this.flags & A.CT_COMMIT) !== 0) this.committer.result = R.COMMIT_KNOWN;
      if (this.natFlags !== 0 && (p.ctState & NATTED) === 0) applyNat(this.table, p, this.key, node);
    }
    this.finish(p, node);
    if (reason !== R.REASON_NONE) return reason;
    return (p.ctState & S.CT_INVALID) !== 0 ? R.ALREADY_INVALID : this.help(p, node);
  }

  private create(): number {
    const handle = this.committer.commit(this.key, this.expectation, this.program, this.at);
    return handle < 0 ? -1 : handle << 1;
  }

  /** A packet of a known connection: sets the state bits. Returns REASON_NONE, a reason, or UPDATE_RESTART. */
  private update(p: Packet, node: number): number {
    const handle = node >> 1;
    const direction = node & 1;
    const reply = direction === C.REPLY ? S.CT_REPLY_DIR : 0;
    if (this.key.isRelated) {
      p.ctState |= S.CT_RELATED | reply;
      return R.REASON_NONE;
    }
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    if ((words[at + C.CONN_FLAGS] & C.F_EXPECTED) !== 0) p.ctState |= S.CT_RELATED;
    const result = this.advance(p, handle, words, at, direction);
    if (result === UPDATE_VALID) p.ctState = (p.ctState & ~S.CT_NEW) | S.CT_ESTABLISHED | reply;
    else if (result === UPDATE_NEW) p.ctState |= S.CT_NEW;
    else if (result !== UPDATE_RESTART) p.ctState = S.CT_INVALID;
    return result === UPDATE_NEW ? R.REASON_NONE : result;
  }

  /** Has the protocol's tracker judge the packet, and sets the timer it asks for. */
  private advance(p: Packet, handle: number, words: Int32Array, at: number, direction: number): number {
    const { key } = this;
    const { observer } = this.life;
    const before = observer === null ? 0 : P.connState(words, at);
    const hasExtra = words[at + C.CONN_EXTRA] !== 0;
    if (hasExtra) adjust(this.table, this.controlOf(p, handle, direction), true);
    const result = trackerFor(words[at + C.CONN_META]).update(words, at, key, direction, this.checksTcpSequence);
    if (hasExtra && result !== UPDATE_RESTART) adjust(this.table, this.controlOf(p, handle, direction), false);
    if (result <= UPDATE_VALID && key.timeout >= 0) this.life.setTimer(handle, words, at, key.timeout);
    if (observer !== null && P.connState(words, at) !== before) observer.conn(EVENT_UPDATE, handle, before);
    return result;
  }

  /** A packet without a connection: it may begin one, or there is a reason why not. */
  private begin(p: Packet): number {
    if (this.key.isRelated) return R.ICMP_ERROR_INNER_NOT_FOUND;
    this.expectation = this.expectations.find(this.key.words);
    p.ctState = this.expectation === null ? S.CT_NEW : S.CT_NEW | S.CT_RELATED;
    return trackerFor(this.key.words[KEY_META]).validNew(this.key);
  }

  /** Writes what the packet carries from now on. */
  private finish(p: Packet, node: number): void {
    p.conn = -1;
    if (node < 0) return metadata.writeUncommitted(p, this.zone, this.key.words, this.expectation);
    metadata.writeConnection(p, this.zone, this.table, node >> 1);
    this.execWrites(p, node >> 1);
    if (this.natFlags === 0) p.conn = ((node >> 1) << 2) | (this.key.isRelated ? 2 : 0) | (node & 1);
  }

  private controlOf(p: Packet, handle: number, direction: number): ControlPacket {
    return this.control.fill(p, this.key, handle, direction, this.natFlags !== 0);
  }

  /** Has the connection's helper, if there is one, read the packet; a reason if that makes it invalid. */
  private help(p: Packet, node: number): number {
    if (node < 0 || this.key.isRelated) return R.REASON_NONE;
    if (this.table.words(node >> 1)[this.table.at(node >> 1) + C.CONN_EXTRA] === 0) return R.REASON_NONE;
    const reason = readControl(this.table, this.expectations, this.controlOf(p, node >> 1, node & 1));
    if (reason !== R.REASON_NONE) metadata.writeInvalid(p, this.zone);
    return reason;
  }

  /** The exec(...) of the action. What a helper expected keeps what it has from its parent. */
  private execWrites(p: Packet, handle: number): void {
    const { program, at, table } = this;
    if ((table.words(handle)[table.at(handle) + C.CONN_FLAGS] & C.F_EXPECTED) !== 0) return;
    const mask = program[at + A.CT_MARK_MASK];
    if (mask !== 0) metadata.setMark(p, table, handle, program[at + A.CT_MARK_VALUE], mask);
    const label = at + A.CT_LABEL_MASK;
    if ((program[label] | program[label + 1] | program[label + 2] | program[label + 3]) !== 0) {
      metadata.setLabel(p, table, handle, program, at + A.CT_LABEL_VALUE);
    }
  }

  /** Frees what has expired, a bounded number at a time; returns when to be called again (monotonic ms). */
  sweep(now: number): number {
    const next = this.life.sweep(now);
    return Math.min(next, now + this.fragments.sweep(now | 0, this.sweepIntervalMs));
  }

  /** What the connection table shows: every connection that has not expired, one at a time; packets may flow in between. */
  dump(filter: DumpFilter = {}, now: number = this.life.now): IterableIterator<ConnEntry> {
    return dumpEntries(this.table, now | 0, filter);
  }

  /** What helpers expect. */
  expected(): IterableIterator<Expectation> {
    return this.expectations.values();
  }

  get expectedCount(): number {
    return this.expectations.count;
  }

  /** How many connections `dump` shows. */
  countAt(now: number): number {
    return countShown(this.table, now | 0);
  }

  /** The connections that `dump` shows, by protocol and by TCP state. */
  stats(zone?: number, now: number = this.life.now): ConnStats {
    return gatherStats(this.table, zone, now | 0);
  }

  /** Removes one connection, by its handle. The same holds as for `flush`. */
  flushOne(handle: number): void {
    this.life.flushOne(handle);
  }

  /** Removes what the filter selects and returns how many that were. Not to be called while packets are under way. */
  flush(filter: FlushFilter = {}, now: number = this.life.now): number | 'not-found' {
    return this.life.flush(filter, now | 0);
  }
}
