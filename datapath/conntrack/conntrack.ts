/**
 * The connection tracker: what a ct action does with each packet of a batch. @hot
 *
 * A packet's key is looked up; its protocol's tracker checks it and moves the connection's state; a commit stores what is
 * new; addresses are translated; mark, label, zone, state and original tuple are written beside the packet. Every +inv has
 * one reason (reasons.ts). What happens to a single packet is in packet-tracker.ts; here are batches, counters and the table.
 *
 * `now` is monotonic in whole milliseconds.
 */
import { type Rng, SeededRng } from '../base/rng.js';
import type { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import { Committer } from './commit.js';
import { Fragments, HELD, MAX_BATCH } from './fragments/fragments.js';
import { Lifecycle } from './lifecycle.js';
import type { CtObserver } from './observer.js';
import type { OutcomeCounters } from './outcome-counters.js';
import { PacketTracker } from './packet-tracker.js';
import type { Timeouts } from './protocols/timeouts.js';
import { type ConnEntry, type DumpFilter, dumpEntries } from './query/dump.js';
import type { FlushFilter, FlushWalk } from './query/flush.js';
import type { History } from './query/history.js';
import type { ConnWalk, WalkCursor, WalkFilter } from './query/walk.js';
import type { ConnTable } from './record/conn-table.js';
import { CT_ZONE } from './record/ct-action.js';
import { type Expectation, Expectations } from './record/expectations.js';
import * as R from './record/reasons.js';
import type { Zones } from './record/zones.js';

/** What a tracker is made with. */
export interface ConntrackOptions {
  /** Basis of the hash; random where strangers send packets. */
  seed?: number;
  /** For what NAT chooses at random; seeded with `seed` if absent. */
  rng?: Rng;
  /** DEFAULT_MAX_CONNECTIONS unless said. */
  maxConnections?: number;
}

/** Connections at once, as in OVS; memory is taken as they come. */
export const DEFAULT_MAX_CONNECTIONS = 3_000_000;

/**
 * Tracks connections over batches of packets. `sweep` has to be called now and then; whoever shares packets' memory with it sets
 * `fragments.memory`.
 */
export class Conntrack {
  /** Refusals of a commit (1 << COMMIT_*) for which whoever runs ct actions drops the packet. None, as in OVS: it goes on as +new. */
  droppedRefusals = 0;
  /** Of each packet of the last batch: id of the reason why it is +inv (REASONS), and what its commit did (COMMITS). */
  readonly lastReason = new Uint8Array(MAX_BATCH);
  readonly lastCommit = new Uint8Array(MAX_BATCH);
  readonly timeouts: Timeouts;
  readonly zones: Zones;
  readonly outcomes: OutcomeCounters;
  readonly table: ConnTable;
  readonly history: History;
  readonly fragments = new Fragments();

  private readonly life: Lifecycle;
  private readonly committer: Committer;
  private readonly expectations: Expectations;
  private readonly tracker: PacketTracker;
  /** The action under way and its zone. */
  /** See actions/decision.ts; set by who runs the program. */
  origin = 0;
  private zone = 0;

  constructor(options: ConntrackOptions = {}) {
    const rng = options.rng ?? new SeededRng(options.seed ?? 0);
    this.life = new Lifecycle(rng, options.maxConnections ?? DEFAULT_MAX_CONNECTIONS);
    this.table = this.life.table;
    this.timeouts = this.life.timeouts;
    this.zones = this.life.zones;
    this.outcomes = this.life.outcomes;
    this.history = this.life.history;
    this.committer = new Committer(this.life, rng);
    this.expectations = new Expectations(rng);
    this.tracker = new PacketTracker(this.life, this.committer, this.expectations, this.fragments);
    this.life.onFree = (handle) => this.expectations.removeOfParent(handle);
  }

  /** Off: TCP segments outside the windows are accepted. */
  get checksTcpSequence(): boolean {
    return this.tracker.checksTcpSequence;
  }

  set checksTcpSequence(checks: boolean) {
    this.tracker.checksTcpSequence = checks;
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
    return this.tracker.key.detail;
  }

  /**
   * Runs the ct action at `program[at]` on each packet of the batch; sets packet.ct*, lastReason and lastCommit. Fragments may
   * leave the batch to be held, or come back into it, so that it may be longer than BATCH_SIZE afterwards.
   */
  execute(batch: PacketBatch, program: Int32Array, at: number, now: number): void {
    this.zone = program[at + CT_ZONE];
    this.tracker.setAction(program, at);
    this.life.now = now | 0;
    const { packets, count } = batch;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const packet = packets[i];
      if (!this.trackPacket(packet, kept)) continue;
      if (kept !== i) packets[kept] = packet;
      kept++;
    }
    batch.count = kept;
    if (this.fragments.completed.length !== 0) this.trackWhole(batch);
  }

  /** The packet that is to be at that index of the batch; false if it is held instead. */
  private trackPacket(packet: Packet, index: number): boolean {
    const { observer } = this.life;
    const before = packet.ctState;
    this.committer.result = R.COMMIT_NONE;
    const reason = this.tracker.track(packet);
    if (reason === HELD) return false;
    const commit = this.committer.result;
    this.lastReason[index] = reason;
    this.lastCommit[index] = commit;
    if (reason !== R.REASON_NONE) this.outcomes.invalid(this.zone, reason);
    if (commit !== R.COMMIT_NONE) this.outcomes.commit(this.zone, commit);
    if (reason !== R.REASON_NONE || R.isRefusal(commit)) this.recordInvalid(packet, before, reason, commit);
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
      this.tracker.isReassembled = true;
      this.trackPacket(whole, first);
      this.tracker.isReassembled = false;
      fragments.replaceWithFragments(whole, list, batch);
      lastReason.fill(lastReason[first], first, batch.count);
      lastCommit.fill(lastCommit[first], first, batch.count);
    }
    fragments.completed.length = 0;
  }

  private recordInvalid(packet: Packet, before: number, reason: number, commit: number): void {
    const row = this.history.recordInvalid(packet, this.zone, reason, commit, this.life.now);
    row.before = before;
    row.origin = this.origin;
    row.detail.set(this.tracker.key.detail);
  }

  /** Frees what has expired, a bounded number at a time; returns when to be called again (monotonic ms). */
  sweep(now: number): number {
    const next = this.life.sweep(now);
    return Math.min(next, now + this.fragments.sweep(now | 0, this.sweepIntervalMs));
  }

  /** Begins a walk over the connections that have not expired, between whose steps packets may flow, or goes on with one. @cold */
  walk(filter: WalkFilter = {}, from: WalkCursor | null = null): ConnWalk {
    return this.life.walk(filter, from);
  }

  /** What the connection table shows at this moment: every connection that has not expired. */
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

  /** Removes one connection, by its handle. The same holds as for `flushInSteps`. */
  flushOne(handle: number, now: number): void {
    this.life.flushOne(handle, now | 0);
  }

  /**
   * Begins to remove what the filter selects, or goes on; packets may flow between the steps, but not during one. Null: it names one,
   * which is not there.
   */
  flushInSteps(filter: FlushFilter, now: number = this.life.now, from: WalkCursor | null = null): FlushWalk | null {
    return this.life.flushInSteps(filter, now | 0, from);
  }

  /** The same in one go; returns how many there were. */
  flush(filter: FlushFilter = {}, now: number = this.life.now): number | 'not-found' {
    return this.life.flush(filter, now | 0);
  }
}
