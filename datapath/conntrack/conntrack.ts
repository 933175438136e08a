/**
 * The connection tracker: what a ct action does with each packet of a batch. @hot
 *
 * A packet's key is looked up; its protocol's tracker judges it and moves the connection's state; a commit stores what is
 * new; mark, label, zone, state and original tuple are written beside the packet. Every +inv has one reason (reasons.ts).
 * The order of the steps is Open vSwitch's (lib/conntrack.c, process_one), which flow programs rely on.
 *
 * `now` is monotonic in whole milliseconds. Records are freed only by `sweep` and `flush`, never while packets are under way:
 * the handle in `packet.conn` (handle * 4 + related * 2 + direction) saves the second pass through a zone its lookup, and
 * must be set to -1 when a header of the packet is rewritten.
 */
import { type Rng, SeededRng } from '../base/rng.js';
import { DONE, TimingWheel } from '../base/timing-wheel.js';
import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import * as S from '../packet/ct-state.js';
import type { Packet } from '../packet/packet.js';
import { IP_PROTO_TCP } from '../wire/numbers.js';
import * as C from './conn.js';
import { ConnTable } from './conn-table.js';
import * as A from './ct-action.js';
import { type ConnEntry, countShown, type DumpFilter, dumpEntries } from './dump.js';
import { type FlushFilter, selectForFlush } from './flush.js';
import { UPDATE_NEW, UPDATE_RESTART, UPDATE_VALID } from './l4-tracker.js';
import * as metadata from './metadata.js';
import { type CtObserver, EVENT_DESTROY, EVENT_NEW, EVENT_UPDATE } from './observer.js';
import { KEY_META, KEY_WORDS, PacketKey, reverseKey } from './packet-key.js';
import { parsePacket } from './packet-parse.js';
import * as R from './reasons.js';
import { type ConnStats, gatherStats } from './stats.js';
import * as P from './tcp-peer.js';
import { Timeouts } from './timeouts.js';
import { trackerFor } from './trackers.js';
import { Verdicts } from './verdicts.js';
import { Zones } from './zones.js';

export interface ConntrackOptions {
  /** Basis of the hash; random where strangers send packets. */
  seed?: number;
  rng?: Rng;
  maxConnections?: number;
}

const DEFAULT_MAX_CONNECTIONS = 3_000_000;
const DEFAULT_SWEEP_INTERVAL_MS = 20_000;
const MIN_SWEEP_INTERVAL_MS = 200;
/** Connections visited in one sweep, about a millisecond's work. */
const SWEEP_BUDGET = 4096;

export class Conntrack {
  /** Null costs one test for each packet. */
  observer: CtObserver | null = null;
  /** Off: TCP segments outside the windows are accepted. */
  checksTcpSequence = true;
  sweepIntervalMs = DEFAULT_SWEEP_INTERVAL_MS;
  /** Of each packet of the last batch: id of the reason why it is +inv (REASONS), and what its commit did (COMMITS). */
  readonly lastReason = new Uint8Array(BATCH_SIZE);
  readonly lastCommit = new Uint8Array(BATCH_SIZE);
  readonly timeouts = new Timeouts();
  readonly zones = new Zones();
  readonly verdicts = new Verdicts();
  readonly table: ConnTable;

  private readonly wheel: TimingWheel;
  private readonly key = new PacketKey();
  private readonly otherKey = new Int32Array(KEY_WORDS);
  /** The action under way: its words, and the two of them that every packet needs. */
  private program: Int32Array = new Int32Array(A.CT_ACTION_WORDS);
  private at = 0;
  private zone = 0;
  private flags = 0;
  private now = 0;
  /** What the commit of the packet under way did. */
  private commit = R.COMMIT_NONE;
  private dying = 0;
  private nextId = 0;
  private created = 0;

  constructor(options: ConntrackOptions = {}) {
    const rng = options.rng ?? new SeededRng(options.seed ?? 0);
    this.table = new ConnTable(rng, options.maxConnections ?? DEFAULT_MAX_CONNECTIONS);
    this.wheel = new TimingWheel(0);
  }

  /** Connections in the table, of which `dyingCount` wait for the sweep. */
  get count(): number {
    return this.table.records.count;
  }

  get dyingCount(): number {
    return this.dying;
  }

  get createdCount(): number {
    return this.created;
  }

  get maxConnections(): number {
    return this.table.records.limit;
  }

  /** Affects new connections only. */
  set maxConnections(limit: number) {
    this.table.records.limit = limit;
  }

  /** Numbers that go with the reason of the packet just tracked; names in REASONS. */
  get detail(): Int32Array {
    return this.key.detail;
  }

  /** Runs the ct action at `program[at]` on each packet of the batch; sets packet.ct*, lastReason and lastCommit. */
  execute(batch: PacketBatch, program: Int32Array, at: number, now: number): void {
    this.program = program;
    this.at = at;
    this.zone = program[at + A.CT_ZONE];
    this.flags = program[at + A.CT_FLAGS];
    this.now = now | 0;
    for (let i = 0; i < batch.count; i++) {
      const packet = batch.packets[i];
      const before = packet.ctState;
      this.commit = R.COMMIT_NONE;
      const reason = this.track(packet);
      this.lastReason[i] = reason;
      this.lastCommit[i] = this.commit;
      if (reason !== R.REASON_NONE) this.verdicts.invalid(this.zone, reason);
      if (this.commit !== R.COMMIT_NONE) this.verdicts.commit(this.commit);
      if (this.observer !== null) this.observer.packet(packet, before, reason, this.commit, packet.conn >> 2);
    }
  }

  private track(p: Packet): number {
    if (p.ctState === S.CT_INVALID) return this.reject(p, R.ALREADY_INVALID);
    if (p.conn >= 0 && this.isCachedGood(p.conn)) return this.again(p);
    const bad = parsePacket(this.key, p, this.zone);
    if (bad !== R.REASON_NONE) return this.reject(p, bad);
    // Bits mean something in their own zone only.
    if (p.ctZone !== this.zone) p.ctState = 0;
    return this.process(p);
  }

  private reject(p: Packet, reason: number): number {
    metadata.writeInvalid(p, this.zone);
    if ((this.flags & A.CT_COMMIT) !== 0) this.commit = R.COMMIT_NOT_NEW;
    return reason;
  }

  /** Connections with a helper are never taken from the packet: what is in the packet matters to the helper. */
  private isCachedGood(cached: number): boolean {
    const words = this.table.words(cached >> 2);
    const at = this.table.at(cached >> 2);
    if ((words[at + C.CONN_FLAGS] & C.F_LIVE) === 0 || words[at + C.CONN_EXTRA] !== 0) return false;
    return words[at + C.CONN_META] >>> 16 === this.zone && (this.flags & A.CT_FORCE) === 0;
  }

  /** The packet has been through this zone before: its state stays, mark and label may have changed or are to change. */
  private again(p: Packet): number {
    const handle = p.conn >> 2;
    const state = p.ctState;
    metadata.writeConnection(p, this.zone, this.table, handle);
    this.execWrites(p, handle);
    if ((this.flags & A.CT_COMMIT) !== 0) this.commit = R.COMMIT_KNOWN;
    return (state & S.CT_INVALID) !== 0 ? R.ALREADY_INVALID : R.REASON_NONE;
  }

  private process(p: Packet): number {
    const { key, table } = this;
    let node = table.find(key.words, this.now);
    if (node >= 0 && (node & 1) === C.REPLY && (this.flags & A.CT_FORCE) !== 0) {
      this.kill(node >> 1, R.CAUSE_FORCED);
      node = -1;
    }
    let reason = R.REASON_NONE;
    if (node >= 0) {
      reason = this.update(p, node);
      if (reason === UPDATE_RESTART) {
        this.kill(node >> 1, R.CAUSE_REOPENED);
        node = -1;
        reason = R.REASON_NONE;
      }
    }
    if (node < 0) {
      if (key.isRelated) return this.reject(p, R.ICMP_ERROR_INNER_NOT_FOUND);
      reason = trackerFor(key.words[KEY_META]).validNew(key);
      if (reason !== R.REASON_NONE) return this.reject(p, reason);
      p.ctState = S.CT_NEW;
      if ((this.flags & A.CT_COMMIT) !== 0) node = this.create();
    } else if ((this.flags & A.CT_COMMIT) !== 0) this.commit = R.COMMIT_KNOWN;
    this.finish(p, node);
    return reason === R.REASON_NONE && (p.ctState & S.CT_INVALID) !== 0 ? R.ALREADY_INVALID : reason;
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
    const result = this.advance(handle, words, at, direction);
    if (result === UPDATE_VALID) p.ctState = (p.ctState & ~S.CT_NEW) | S.CT_ESTABLISHED | reply;
    else if (result === UPDATE_NEW) p.ctState |= S.CT_NEW;
    else if (result !== UPDATE_RESTART) p.ctState = S.CT_INVALID;
    return result === UPDATE_NEW ? R.REASON_NONE : result;
  }

  /** Has the protocol's tracker judge the packet, and sets the timer it asks for. */
  private advance(handle: number, words: Int32Array, at: number, direction: number): number {
    const { key } = this;
    const before = this.observer === null ? 0 : protocolState(words, at);
    const result = trackerFor(words[at + C.CONN_META]).update(words, at, key, direction, this.checksTcpSequence);
    if (result <= UPDATE_VALID && key.timeout >= 0) this.setTimer(handle, words, at);
    if (this.observer !== null && protocolState(words, at) !== before) this.observer.conn(EVENT_UPDATE, handle, 0);
    return result;
  }

  private setTimer(handle: number, words: Int32Array, at: number): void {
    const expires = (this.now + this.timeouts.ms(words[at + C.CONN_POLICY], this.key.timeout)) | 0;
    const isSooner = ((expires - words[at + C.CONN_EXPIRES]) | 0) < 0;
    words[at + C.CONN_EXPIRES] = expires;
    // A later time is noticed when the wheel comes to the old one.
    if (isSooner) this.reschedule(handle, expires);
  }

  private reschedule(handle: number, expires: number): void {
    this.wheel.remove(handle);
    this.wheel.add(handle, expires);
  }

  /** Commits a connection for the key; its node, or -1 if it is refused. */
  private create(): number {
    const { key, table, otherKey } = this;
    if (!this.zones.admits(this.zone)) return this.refuse(R.COMMIT_ZONE_LIMIT);
    otherKey.set(key.words);
    reverseKey(otherKey);
    const handle = table.allocate(key.words, otherKey);
    if (handle < 0) return this.refuse(R.COMMIT_TABLE_FULL);
    const words = table.words(handle);
    const at = table.at(handle);
    words[at + C.CONN_POLICY] = this.program[this.at + A.CT_TIMEOUT_POLICY];
    words[at + C.CONN_ID] = this.nextId = (this.nextId + 1) | 0;
    words[at + C.CONN_START] = this.now;
    trackerFor(words[at + C.CONN_META]).create(words, at, key);
    this.enter(handle, words, at);
    return handle << 1;
  }

  private refuse(result: number): number {
    this.commit = result;
    return -1;
  }

  private enter(handle: number, words: Int32Array, at: number): void {
    const expires = (this.now + this.timeouts.ms(words[at + C.CONN_POLICY], this.key.timeout)) | 0;
    words[at + C.CONN_EXPIRES] = expires;
    // An empty wheel may have stood still for long; this lets it catch up.
    if (this.wheel.count === 0) this.wheel.advance(this.now, 0, this.onDue);
    this.wheel.add(handle, expires);
    this.table.link(handle, false);
    this.zones.counts[this.zone]++;
    this.created++;
    this.commit = R.COMMIT_DONE;
    if (this.observer !== null) this.observer.conn(EVENT_NEW, handle, 0);
  }

  /** Writes what the packet carries from now on. */
  private finish(p: Packet, node: number): void {
    if (node < 0) {
      metadata.writeUncommitted(p, this.zone, this.key.words);
      p.conn = -1;
      return;
    }
    metadata.writeConnection(p, this.zone, this.table, node >> 1);
    this.execWrites(p, node >> 1);
    p.conn = ((node >> 1) << 2) | (this.key.isRelated ? 2 : 0) | (node & 1);
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

  /** Hides the connection at once; its record stays until the sweep, since packets under way may name it. */
  private kill(handle: number, cause: number): void {
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    words[at + C.CONN_FLAGS] |= C.F_DYING | (cause << C.CAUSE_SHIFT);
    words[at + C.CONN_EXPIRES] = this.now;
    this.dying++;
    this.reschedule(handle, this.now);
  }

  /** Frees what has expired, a bounded number at a time; returns when to be called again (monotonic ms). */
  sweep(now: number): number {
    this.now = now | 0;
    if (this.wheel.advance(this.now, SWEEP_BUDGET, this.onDue)) return now;
    return now + Math.max(MIN_SWEEP_INTERVAL_MS, this.wheel.nextIn(this.now, this.sweepIntervalMs));
  }

  private readonly onDue = (handle: number): number => {
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    const expires = words[at + C.CONN_EXPIRES];
    if (((expires - this.now) | 0) > 0) return expires;
    const cause = (words[at + C.CONN_FLAGS] >>> C.CAUSE_SHIFT) & C.CAUSE_MASK;
    this.dispose(handle, cause === 0 ? R.CAUSE_EXPIRED : cause);
    return DONE;
  };

  private dispose(handle: number, cause: number): void {
    if (this.observer !== null) this.observer.conn(EVENT_DESTROY, handle, cause);
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    if ((words[at + C.CONN_FLAGS] & C.F_DYING) !== 0) this.dying--;
    this.zones.counts[words[at + C.CONN_META] >>> 16]--;
    this.verdicts.causes[cause]++;
    this.table.remove(handle);
  }

  /** What the connection table shows: every connection that has not expired, one at a time; packets may flow in between. */
  dump(filter: DumpFilter = {}, now: number = this.now): IterableIterator<ConnEntry> {
    return dumpEntries(this.table, now | 0, filter);
  }

  /** How many connections `dump` shows. */
  countAt(now: number): number {
    return countShown(this.table, now | 0);
  }

  /** The connections that `dump` shows, by protocol and by TCP state. */
  stats(zone?: number, now: number = this.now): ConnStats {
    return gatherStats(this.table, zone, now | 0);
  }

  /** Removes what the filter selects and returns how many that were. Not to be called while packets are under way. */
  flush(filter: FlushFilter = {}, now: number = this.now): number | 'not-found' {
    const handles = selectForFlush(this.table, now | 0, filter);
    if (handles === null) return 'not-found';
    for (const handle of handles) {
      this.wheel.remove(handle);
      this.dispose(handle, R.CAUSE_FLUSHED);
    }
    return handles.length;
  }
}

/** Enough of the protocol's state to notice that it has changed. */
function protocolState(words: Int32Array, at: number): number {
  if (C.metaProto(words[at + C.CONN_META]) !== IP_PROTO_TCP) return words[at + C.CONN_L4];
  return (P.state(words, P.peerAt(at, C.ORIGINAL)) << 8) | P.state(words, P.peerAt(at, C.REPLY));
}
