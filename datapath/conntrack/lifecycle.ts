/**
 * Births and deaths of connections: table, timers, zone counts and events kept in step. @hot
 *
 * Records are freed only by `sweep` and `flush`, never while packets are under way: what is closed before its timeout is
 * hidden at once and waits for the sweep.
 */
import type { Rng } from '../base/rng.js';
import { DONE, TimingWheel } from '../base/timing-wheel.js';
import { IP_PROTO_TCP } from '../wire/numbers.js';
import { type CtObserver, EVENT_DESTROY, EVENT_NEW } from './observer.js';
import { OutcomeCounters } from './outcome-counters.js';
import { Timeouts } from './protocols/timeouts.js';
import { type FlushFilter, FlushWalk, namedByFlush } from './query/flush.js';
import { History } from './query/history.js';
import { ConnWalk, type WalkCursor, type WalkFilter } from './query/walk.js';
import * as C from './record/conn.js';
import { ConnTable } from './record/conn-table.js';
import { CAUSE_CLOSED, CAUSE_EXPIRED, CAUSE_FLUSHED, CAUSE_RESET } from './record/reasons.js';
import { connState, FIN_WAIT_2, TIME_WAIT } from './record/tcp-peer.js';
import { Zones } from './record/zones.js';

export const DEFAULT_SWEEP_INTERVAL_MS = 20_000;
const MIN_SWEEP_INTERVAL_MS = 200;
/** Connections visited in one sweep, about a millisecond's work. */
const SWEEP_BUDGET = 4096;

export class Lifecycle {
  observer: CtObserver | null = null;
  /** Called with each handle just before it is freed. */
  onFree: ((handle: number) => void) | null = null;
  /** The longest that `sweep` asks to be left alone. */
  sweepIntervalMs = DEFAULT_SWEEP_INTERVAL_MS;
  readonly table: ConnTable;
  readonly timeouts = new Timeouts();
  readonly zones = new Zones();
  readonly outcomes = new OutcomeCounters();
  readonly history = new History();
  /** Closed connections that wait for the sweep. */
  dyingCount = 0;
  createdCount = 0;
  /** Milliseconds modulo 2^32. */
  now = 0;

  private readonly wheel = new TimingWheel(0);
  private nextId = 0;

  constructor(rng: Rng, maxConnections: number) {
    this.table = new ConnTable(rng, maxConnections);
  }

  /** Makes an allocated record a connection of the table. `timeout` is a row of the timeout table. */
  enter(handle: number, timeout: number): void {
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    const expires = (this.now + this.timeouts.ms(words[at + C.CONN_FLAGS] >>> C.POLICY_SHIFT, timeout)) | 0;
    words[at + C.CONN_ID] = this.nextId = (this.nextId + 1) | 0;
    words[at + C.CONN_START] = this.now;
    words[at + C.CONN_EXPIRES] = expires;
    // An empty wheel may have stood still for long; this lets it catch up.
    if (this.wheel.count === 0) this.wheel.advance(this.now, 0, this.onDue);
    this.wheel.add(handle, expires);
    this.table.link(handle);
    this.zones.counts[words[at + C.CONN_META] >>> 16]++;
    this.createdCount++;
    if (this.observer !== null) this.observer.conn(EVENT_NEW, handle, 0);
  }

  /** Sets the timer anew, after a packet. */
  setTimer(handle: number, words: Int32Array, at: number, timeout: number): void {
    const expires = (this.now + this.timeouts.ms(words[at + C.CONN_FLAGS] >>> C.POLICY_SHIFT, timeout)) | 0;
    const isSooner = ((expires - words[at + C.CONN_EXPIRES]) | 0) < 0;
    words[at + C.CONN_EXPIRES] = expires;
    // A later time is noticed when the wheel comes to the old one.
    if (isSooner) this.reschedule(handle, expires);
  }

  private reschedule(handle: number, expires: number): void {
    this.wheel.remove(handle);
    this.wheel.add(handle, expires);
  }

  /** Hides the connection at once; its record stays until the sweep, since packets under way may name it. */
  close(handle: number, cause: number): void {
    if (this.observer !== null) this.observer.conn(EVENT_DESTROY, handle, cause);
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    words[at + C.CONN_FLAGS] |= C.F_DYING | (cause << C.CAUSE_SHIFT);
    words[at + C.CONN_EXPIRES] = this.now;
    this.dyingCount++;
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
    this.free(handle, causeOf(words, at));
    return DONE;
  };

  /** `why` is the cause unless the connection has been closed before. */
  private free(handle: number, why: number): void {
    const words = this.table.words(handle);
    const at = this.table.at(handle);
    const isDying = (words[at + C.CONN_FLAGS] & C.F_DYING) !== 0;
    const cause = isDying ? causeOf(words, at) : why;
    if (isDying) this.dyingCount--;
    else if (this.observer !== null) this.observer.conn(EVENT_DESTROY, handle, cause);
    if (this.onFree !== null) this.onFree(handle);
    this.history.recordClosed(this.table, handle, cause, this.now);
    this.zones.counts[words[at + C.CONN_META] >>> 16]--;
    this.outcomes.causes[cause]++;
    this.table.remove(handle);
  }

  /** @cold */
  walk(filter: WalkFilter, from: WalkCursor | null = null): ConnWalk {
    return new ConnWalk(this.table, () => this.nextId, filter, from);
  }

  /** Null: the filter names one connection, and it is not there. @cold */
  flushInSteps(filter: FlushFilter, now: number, from: WalkCursor | null = null): FlushWalk | null {
    const named = from === null ? namedByFlush(this.table, now, filter) : null;
    if (named === 'not-found') return null;
    const { zone } = filter;
    const walk = this.walk(zone === undefined ? { list: 'all' } : { zone, list: 'all' }, from);
    return new FlushWalk(this.table, walk, filter, named, (handle, at) => this.flushOne(handle, at));
  }

  /** Removes what the filter selects and returns how many that were. */
  flush(filter: FlushFilter, now: number): number | 'not-found' {
    const flush = this.flushInSteps(filter, now);
    if (flush === null) return 'not-found';
    while (!flush.step(now));
    return flush.count;
  }

  /** Removes a connection at once. */
  flushOne(handle: number, now: number): void {
    this.now = now;
    this.wheel.remove(handle);
    this.free(handle, CAUSE_FLUSHED);
  }

  /** Bytes taken from the system for connections. */
  get capacityBytes(): number {
    return this.table.capacityBytes + this.wheel.capacityBytes;
  }
}

/** Why a connection whose time has come ends. A reset puts both ends into TIME_WAIT; closing brings them to FIN_WAIT_2. */
export function causeOf(words: Int32Array, at: number): number {
  const cause = (words[at + C.CONN_FLAGS] >>> C.CAUSE_SHIFT) & C.CAUSE_MASK;
  if (cause !== 0) return cause;
  const state = C.metaProto(words[at + C.CONN_META]) === IP_PROTO_TCP ? connState(words, at) : 0;
  const slower = Math.min(state >>> 8, state & 0xff);
  if (slower >= TIME_WAIT) return CAUSE_RESET;
  return slower >= FIN_WAIT_2 ? CAUSE_CLOSED : CAUSE_EXPIRED;
}
