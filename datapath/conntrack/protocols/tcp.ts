/**
 * TCP: the states of the two ends, and the timeouts they mean. Windows are tcp-window's business. @hot
 * (Open vSwitch lib/conntrack-tcp.c, after BSD pf; read first)
 *
 * One word of state for each end: what it has said, and whether the other end has acknowledged it.
 *
 *     CLOSED -> SYN_SENT -(acknowledged)-> ESTABLISHED -(FIN)-> CLOSING -(acknowledged)-> FIN_WAIT_2; RST: both TIME_WAIT
 */
import * as numbers from '../../wire/numbers.js';
import * as tcp from '../../wire/tcp.js';
import * as C from '../record/conn.js';
import type { PacketKey } from '../record/packet-key.js';
import * as R from '../record/reasons.js';
import * as P from '../record/tcp-peer.js';
import type { L4Tracker } from './l4-tracker.js';
import * as U from './l4-tracker.js';
import * as W from './tcp-window.js';
import { begin, checkWindow } from './tcp-window.js';
import * as T from './timeouts.js';

const { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TCP_URG } = numbers;
const { ORIGINAL, REPLY } = C;
const { UPDATE_NEW, UPDATE_RESTART, UPDATE_VALID } = U;
const { IN_WINDOW, NEAR_WINDOW } = W;
const { CLOSING, ESTABLISHED, FIN_WAIT_2, SYN_SENT, TIME_WAIT } = P;
const { TCP_CLOSE, TCP_ESTABLISHED, TCP_FIN_WAIT, TCP_SYN_RECV, TCP_SYN_SENT, TCP_TIME_WAIT } = T;
const { NEW_TCP_FLAGS_BAD, NEW_TCP_SYNACK, REASON_NONE, TCP_FLAGS_BAD } = R;

/** SYN never comes with RST or FIN; without SYN or RST there is an ACK, and FIN, PSH and URG never come without one. */
function areImpossible(flags: number): boolean {
  if ((flags & TCP_SYN) !== 0 && (flags & (TCP_RST | TCP_FIN)) !== 0) return true;
  if ((flags & TCP_ACK) !== 0) return false;
  return (flags & (TCP_SYN | TCP_RST)) === 0 || (flags & (TCP_FIN | TCP_PSH | TCP_URG)) !== 0;
}

/** The state both ends stand for, by the slower of the two where it matters. */
function timeoutFor(one: number, other: number): number {
  const slower = Math.min(one, other);
  if (slower >= FIN_WAIT_2) return TCP_CLOSE;
  if (slower >= CLOSING) return TCP_TIME_WAIT;
  if (slower < ESTABLISHED) return TCP_SYN_RECV;
  return Math.max(one, other) >= CLOSING ? TCP_FIN_WAIT : TCP_ESTABLISHED;
}

/** What a segment that fits does to the states. */
function advance(words: Int32Array, src: number, dst: number, flags: number): void {
  if ((flags & TCP_FIN) !== 0 && P.state(words, src) < CLOSING) P.setState(words, src, CLOSING);
  if ((flags & TCP_ACK) !== 0) {
    if (P.state(words, dst) === SYN_SENT) P.setState(words, dst, ESTABLISHED);
    else if (P.state(words, dst) === CLOSING) P.setState(words, dst, FIN_WAIT_2);
  }
  if ((flags & TCP_RST) !== 0) close(words, src, dst);
}

/** What a segment that nearly fits does: it may end the connection, but proves nothing about the other end. */
function advanceLoosely(words: Int32Array, src: number, dst: number, flags: number): void {
  if ((flags & TCP_FIN) !== 0 && P.state(words, src) < CLOSING) P.setState(words, src, CLOSING);
  if ((flags & TCP_RST) !== 0) close(words, src, dst);
}

function close(words: Int32Array, src: number, dst: number): void {
  P.setState(words, src, TIME_WAIT);
  P.setState(words, dst, TIME_WAIT);
}

export function updateTcp(
  words: Int32Array,
  at: number,
  key: PacketKey,
  direction: number,
  checkSequence: boolean,
): number {
  const flags = tcp.flags(key.bytes, key.l4);
  const src = P.peerAt(at, direction);
  const dst = P.peerAt(at, direction ^ 1);
  key.timeout = -1;
  if (areImpossible(flags)) {
    key.detail[0] = flags;
    return TCP_FLAGS_BAD;
  }
  if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN) {
    if (Math.min(P.state(words, src), P.state(words, dst)) >= FIN_WAIT_2) return UPDATE_RESTART;
    if (P.state(words, src) <= SYN_SENT) {
      P.setState(words, src, SYN_SENT);
      key.timeout = TCP_SYN_SENT;
      return UPDATE_NEW;
    }
  }
  const fit = checkWindow(words, src, dst, key, flags, checkSequence);
  if (fit === IN_WINDOW) {
    advance(words, src, dst, flags);
    key.timeout = timeoutFor(P.state(words, src), P.state(words, dst));
  } else if (fit === NEAR_WINDOW) advanceLoosely(words, src, dst, flags);
  else return fit;
  return UPDATE_VALID;
}

export const tcpTracker: L4Tracker = {
  validNew(key: PacketKey): number {
    const flags = tcp.flags(key.bytes, key.l4);
    key.detail[0] = flags;
    if (areImpossible(flags)) return NEW_TCP_FLAGS_BAD;
    // A connection may begin in its middle, but not half way through the handshake.
    return (flags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK) ? NEW_TCP_SYNACK : REASON_NONE;
  },

  create(words: Int32Array, at: number, key: PacketKey): void {
    const src = P.peerAt(at, ORIGINAL);
    begin(words, src, P.peerAt(at, REPLY), key, tcp.flags(key.bytes, key.l4));
    P.setState(words, src, SYN_SENT);
    key.timeout = TCP_SYN_SENT;
  },

  update: updateTcp,
};
