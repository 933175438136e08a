/**
 * One packet's way through the tracker, from its bytes to what is written beside it. @hot
 *
 * The order of the steps is Open vSwitch's (lib/conntrack.c, process_one), which flow programs rely on. The handle in
 * `packet.conn` (handle * 4 + related * 2 + direction) saves the second pass through a zone its lookup; it must be set to -1
 * when a header of the packet is rewritten.
 */
import * as S from '../packet/ct-state.js';
import type { Packet } from '../packet/packet.js';
import { adjust, readControl } from './alg/alg.js';
import { ControlPacket } from './alg/control-packet.js';
import type { Committer } from './commit.js';
import { type Fragments, HELD } from './fragments/fragments.js';
import type { Lifecycle } from './lifecycle.js';
import { applyNat, findTranslated, NATTED as NATTED_BITS } from './nat/natted.js';
import { EVENT_UPDATE } from './observer.js';
import { parsePacket } from './parse/packet-parse.js';
import { parseQuickly } from './parse/quick-parse.js';
import * as U from './protocols/l4-tracker.js';
import { trackerFor, update } from './protocols/trackers.js';
import * as C from './record/conn.js';
import type { ConnTable } from './record/conn-table.js';
import * as A from './record/ct-action.js';
import type { Expectation, Expectations } from './record/expectations.js';
import * as metadata from './record/metadata.js';
import { KEY_META, PacketKey } from './record/packet-key.js';
import * as R from './record/reasons.js';
import * as P from './record/tcp-peer.js';
import { countPacket } from './record/traffic.js';

const { CT_NEW, CT_ESTABLISHED, CT_RELATED, CT_REPLY_DIR, CT_INVALID } = S;
const { CONN_META, CONN_FLAGS, CONN_EXTRA, F_LIVE, F_NAT_SRC, F_NAT_DST, F_EXPECTED, REPLY } = C;
const { CT_COMMIT, CT_FORCE, CT_MARK_VALUE, CT_MARK_MASK, CT_LABEL_VALUE, CT_LABEL_MASK } = A;
const { UPDATE_NEW, UPDATE_RESTART, UPDATE_VALID } = U;
const { REASON_NONE, COMMIT_KNOWN, ALREADY_INVALID } = R;
const NATTED = NATTED_BITS;
/** Beside UPDATE_*: an ICMP error about the connection, which changes nothing. */
const RELATED = -3;

export class PacketTracker {
  readonly key = new PacketKey();
  /** Off: TCP segments outside the windows are accepted. */
  checksTcpSequence = true;
  /** The packet under way has been put together of fragments. */
  isReassembled = false;

  private readonly table: ConnTable;
  private readonly control = new ControlPacket();
  /** The action under way: its words, and those that every packet needs. */
  private program: Int32Array = new Int32Array(A.CT_ACTION_WORDS);
  private at = 0;
  private zone = 0;
  private flags = 0;
  private natFlags = 0;
  /** It changes marks or labels. */
  private writes = false;
  /** The packet under way has come through this zone before, and been counted. */
  private isCounted = false;
  /** What the packet under way was expected as. */
  private expectation: Expectation | null = null;

  constructor(
    private readonly life: Lifecycle,
    private readonly committer: Committer,
    private readonly expectations: Expectations,
    private readonly fragments: Fragments,
  ) {
    this.table = life.table;
  }

  /** The packets that follow are under the ct action at `program[at]`. */
  setAction(program: Int32Array, at: number): void {
    this.program = program;
    this.at = at;
    this.zone = program[at + A.CT_ZONE];
    this.flags = program[at + A.CT_FLAGS];
    this.natFlags = program[at + A.CT_NAT_FLAGS];
    let masks = program[at + A.CT_MARK_MASK];
    for (let i = 0; i < 4; i++) masks |= program[at + A.CT_LABEL_MASK + i];
    this.writes = masks !== 0;
  }

  /** Writes beside the packet what the tracker says of it; the reason why it is +inv, REASON_NONE, or HELD. */
  track(p: Packet): number {
    if (p.ctState === CT_INVALID) return this.reject(p, ALREADY_INVALID);
    if (p.conn >= 0 && this.isCachedValid(p.conn)) return this.trackCached(p);
    if (!parseQuickly(this.key, p, this.zone)) {
      const bad = parsePacket(this.key, p, this.zone);
      if (bad !== REASON_NONE) return bad === R.LATER_FRAGMENT ? this.hold(p) : this.reject(p, bad);
    }
    // Bits mean something in their own zone only.
    if (p.ctZone !== this.zone) p.ctState = 0;
    return this.process(p);
  }

  /** A fragment inside a packet that was itself put together is not waited for. */
  private hold(p: Packet): number {
    const { detail } = this.key;
    const outcome = this.isReassembled ? REASON_NONE : this.fragments.hold(p, this.zone, this.life.now, detail);
    if (outcome === HELD) return HELD;
    if (outcome !== REASON_NONE) return this.reject(p, outcome);
    detail[0] = this.fragments.isHandled(p) ? 1 : 0;
    detail[1] = this.isReassembled ? 1 : 0;
    return this.reject(p, R.LATER_FRAGMENT);
  }

  private reject(p: Packet, reason: number): number {
    metadata.writeInvalid(p, this.zone);
    if ((this.flags & CT_COMMIT) !== 0) this.committer.result = R.COMMIT_NOT_NEW;
    return reason;
  }

  /** With a helper, or with a translation still to be made, what is in the packet matters. */
  private isCachedValid(cached: number): boolean {
    const words = this.table.words(cached >> 2);
    const at = this.table.at(cached >> 2);
    const flags = words[at + CONN_FLAGS];
    if ((flags & F_LIVE) === 0 || words[at + CONN_EXTRA] !== 0) return false;
    if (this.natFlags !== 0 && (flags & (F_NAT_SRC | F_NAT_DST)) !== 0) return false;
    return words[at + CONN_META] >>> 16 === this.zone && (this.flags & CT_FORCE) === 0;
  }

  /** The packet has been through this zone before: its state stays, mark and label may have changed or are to change. */
  private trackCached(p: Packet): number {
    const handle = p.conn >> 2;
    const state = p.ctState;
    metadata.writeConnection(p, this.zone, this.table, this.table.words(handle), this.table.at(handle));
    if (this.writes) this.execWrites(p, handle);
    if ((this.flags & CT_COMMIT) !== 0) this.committer.result = COMMIT_KNOWN;
    return (state & CT_INVALID) !== 0 ? ALREADY_INVALID : REASON_NONE;
  }

  private process(p: Packet): number {
    const { table, key, life, flags, natFlags } = this;
    this.isCounted = p.ctState !== 0;
    const node =
      (p.ctState & NATTED) === 0
        ? table.find(key.words, life.now)
        : findTranslated(table, p, key, natFlags !== 0, life.now);
    if (node < 0) return this.processNew(p);
    const handle = node >> 1;
    const direction = node & 1;
    if (direction === REPLY && (flags & CT_FORCE) !== 0) return this.replace(p, handle, R.CAUSE_FORCED);
    const words = table.words(handle);
    const at = table.at(handle);
    const isPlain = words[at + CONN_EXTRA] === 0 && life.observer === null && !key.isRelated;
    const result = isPlain
      ? this.advance(handle, words, at, direction)
      : this.advanceSpecial(p, handle, words, at, direction);
    if (result === UPDATE_RESTART) return this.replace(p, handle, R.CAUSE_REOPENED);
    if (result === UPDATE_VALID)
      p.ctState = (p.ctState & ~CT_NEW) | CT_ESTABLISHED | (direction === REPLY ? CT_REPLY_DIR : 0);
    else if (result === UPDATE_NEW) p.ctState |= CT_NEW;
    else if (result === RELATED) p.ctState |= CT_RELATED | (direction === REPLY ? CT_REPLY_DIR : 0);
    else p.ctState = CT_INVALID;
    if ((flags & CT_COMMIT) !== 0) this.committer.result = COMMIT_KNOWN;
    if (natFlags !== 0 && (p.ctState & NATTED) === 0) applyNat(table, p, key, node);
    metadata.writeConnection(p, this.zone, table, words, at);
    if (this.writes) this.execWrites(p, handle);
    p.conn = natFlags === 0 ? (handle << 2) | (result === RELATED ? 2 : 0) | direction : -1;
    if (result > REASON_NONE) return result;
    if ((p.ctState & CT_INVALID) !== 0) return ALREADY_INVALID;
    return isPlain ? REASON_NONE : this.help(p, node);
  }

  /** Has the protocol's tracker check a packet, counts it, and sets the timer it asks for. Returns REASON_NONE, a reason, or UPDATE_*. */
  private advance(handle: number, words: Int32Array, at: number, direction: number): number {
    const { key } = this;
    const result = update(words, at, key, direction, this.checksTcpSequence);
    if (!this.isCounted && (result === UPDATE_VALID || result === UPDATE_NEW))
      countPacket(words, at, direction, key.size);
    if (result <= UPDATE_VALID && key.timeout >= 0) this.life.setTimer(handle, words, at, key.timeout);
    return result;
  }

  /** The same where there is more to it: an error about the connection, a helper, somebody who looks on. */
  private advanceSpecial(p: Packet, handle: number, words: Int32Array, at: number, direction: number): number {
    if (this.key.isRelated) return RELATED;
    if ((words[at + CONN_FLAGS] & F_EXPECTED) !== 0) p.ctState |= CT_RELATED;
    const { observer } = this.life;
    const before = P.connState(words, at);
    const hasExtra = words[at + CONN_EXTRA] !== 0;
    if (hasExtra) adjust(this.table, this.controlOf(p, handle, direction), true);
    const result = this.advance(handle, words, at, direction);
    if (hasExtra && result !== UPDATE_RESTART) adjust(this.table, this.controlOf(p, handle, direction), false);
    if (observer !== null && P.connState(words, at) !== before) observer.conn(EVENT_UPDATE, handle, before);
    return result;
  }

  /** The packet begins another connection with the same key. */
  private replace(p: Packet, handle: number, cause: number): number {
    this.life.close(handle, cause);
    return this.processNew(p);
  }

  /** A packet without a connection. */
  private processNew(p: Packet): number {
    const bad = this.begin(p);
    if (bad !== REASON_NONE) return this.reject(p, bad);
    const handle =
      (this.flags & CT_COMMIT) !== 0 ? this.committer.commit(this.key, this.expectation, this.program, this.at) : -1;
    p.conn = -1;
    if (handle < 0) {
      metadata.writeUncommitted(p, this.zone, this.key.words, this.expectation);
      return REASON_NONE;
    }
    const { table } = this;
    if (this.natFlags !== 0) applyNat(table, p, this.key, handle << 1);
    metadata.writeConnection(p, this.zone, table, table.words(handle), table.at(handle));
    if (this.writes) this.execWrites(p, handle);
    if (this.natFlags === 0) p.conn = handle << 2;
    return this.help(p, handle << 1);
  }

  /** It may begin a connection, or there is a reason why not. */
  private begin(p: Packet): number {
    if (this.key.isRelated) return R.ICMP_ERROR_INNER_NOT_FOUND;
    this.expectation = this.expectations.find(this.key.words);
    p.ctState = this.expectation === null ? CT_NEW : CT_NEW | CT_RELATED;
    return trackerFor(this.key.words[KEY_META]).validNew(this.key);
  }

  private controlOf(p: Packet, handle: number, direction: number): ControlPacket {
    return this.control.fill(p, this.key, handle, direction, this.natFlags !== 0, !this.isReassembled);
  }

  /** Has the connection's helper, if there is one, read the packet; a reason if that makes it invalid. */
  private help(p: Packet, node: number): number {
    if (this.key.isRelated) return REASON_NONE;
    if (this.table.words(node >> 1)[this.table.at(node >> 1) + CONN_EXTRA] === 0) return REASON_NONE;
    const reason = readControl(this.table, this.expectations, this.controlOf(p, node >> 1, node & 1));
    // It belongs to the connection all the same.
    if (reason !== REASON_NONE) p.ctState |= CT_INVALID;
    return reason;
  }

  /** The exec(...) of the action. What a helper expected keeps what it has from its parent. */
  private execWrites(p: Packet, handle: number): void {
    const { program, at, table } = this;
    if ((table.words(handle)[table.at(handle) + CONN_FLAGS] & F_EXPECTED) !== 0) return;
    const mask = program[at + CT_MARK_MASK];
    if (mask !== 0) metadata.setMark(p, table, handle, program[at + CT_MARK_VALUE], mask);
    const label = at + CT_LABEL_MASK;
    if ((program[label] | program[label + 1] | program[label + 2] | program[label + 3]) !== 0) {
      metadata.setLabel(p, table, handle, program, at + CT_LABEL_VALUE);
    }
  }
}
