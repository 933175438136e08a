/**
 * TCP: the states of the two ends, and the timeouts they mean. Windows are tcp-window's business. @hot
 * (Open vSwitch lib/conntrack-tcp.c, after BSD pf; read first)
 *
 * One word of state for each end: what it has said, and whether the other end has acknowledged it.
 *
 *     CLOSED -> SYN_SENT -(acknowledged)-> ESTABLISHED -(FIN)-> CLOSING -(acknowledged)-> FIN_WAIT_2; RST: both TIME_WAIT
 */
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TCP_URG } from '../wire/numbers.js';
import * as tcp from '../wire/tcp.js';
import { ORIGINAL, REPLY } from './conn.js';
import { type L4Tracker, UPDATE_NEW, UPDATE_RESTART, UPDATE_VALID } from './l4-tracker.js';
import type { PacketKey } from './packet-key.js';
import * as R from './reasons.js';
import * as P from './tcp-peer.js';
import { begin, FITS, judge, NEARLY_FITS } from './tcp-window.js';
import * as T from './timeouts.js';

/** SYN never comes with RST or FIN; without SYN or RST there is an ACK, and FIN, PSH and URG never come without one. */
function areImpossible(flags: number): boolean {
  if ((flags & TCP_SYN) !== 0 && (flags & (TCP_RST | TCP_FIN)) !== 0) return true;
  if ((flags & TCP_ACK) !== 0) return false;
  return (flags & (TCP_SYN | TCP_RST)) === 0 || (flags & (TCP_FIN | TCP_PSH | TCP_URG)) !== 0;
}

/** The state both ends stand for, by the slower of the two where it matters. */
function timeoutFor(one: number, other: number): number {
  const slower = Math.min(one, other);
  if (slower >= P.FIN_WAIT_2) return T.TCP_CLOSE;
  if (slower >= P.CLOSING) return T.TCP_TIME_WAIT;
  if (slower < P.ESTABLISHED) return T.TCP_SYN_RECV;
  return Math.max(one, other) >= P.CLOSING ? T.TCP_FIN_WAIT : T.TCP_ESTABLISHED;
}

/** What a segment that fits does to the states. */
function advance(words: Int32Array, src: number, dst: number, flags: number): void {
  if ((flags & TCP_FIN) !== 0 && P.state(words, src) < P.CLOSING) P.setState(words, src, P.CLOSING);
  if ((flags & TCP_ACK) !== 0) {
    if (P.state(words, dst) === P.SYN_SENT) P.setState(words, dst, P.ESTABLISHED);
    else if (P.state(words, dst) === P.CLOSING) P.setState(words, dst, P.FIN_WAIT_2);
  }
  if ((flags & TCP_RST) !== 0) close(words, src, dst);
}

/** What a segment that nearly fits does: it may end the connection, but proves nothing about the other end. */
function advanceLoosely(words: Int32Array, src: number, dst: number, flags: number): void {
  if ((flags & TCP_FIN) !== 0 && P.state(words, src) < P.CLOSING) P.setState(words, src, P.CLOSING);
  if ((flags & TCP_RST) !== 0) close(words, src, dst);
}

function close(words: Int32Array, src: number, dst: number): void {
  P.setState(words, src, P.TIME_WAIT);
  P.setState(words, dst, P.TIME_WAIT);
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
    return R.TCP_FLAGS_BAD;
  }
  if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN) {
    if (Math.min(P.state(words, src), P.state(words, dst)) >= P.FIN_WAIT_2) return UPDATE_RESTART;
    if (P.state(words, src) <= P.SYN_SENT) {
      P.setState(words, src, P.SYN_SENT);
      key.timeout = T.TCP_SYN_SENT;
      return UPDATE_NEW;
    }
  }
  const fit = judge(words, src, dst, key, flags, checkSequence);
  if (fit === FITS) {
    advance(words, src, dst, flags);
    key.timeout = timeoutFor(P.state(words, src), P.state(words, dst));
  } else if (fit === NEARLY_FITS) advanceLoosely(words, src, dst, flags);
  else return fit;
  return UPDATE_VALID;
}

export const tcpTracker: L4Tracker = {
  validNew(key: PacketKey): number {
    const flags = tcp.flags(key.bytes, key.l4);
    key.detail[0] = flags;
    if (areImpossible(flags)) return R.NEW_TCP_FLAGS_BAD;
    // A connection may begin in its middle, but not half way through the handshake.
    return (flags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK) ? R.NEW_TCP_SYNACK : R.REASON_NONE;
  },

  create(words: Int32Array, at: number, key: PacketKey): void {
    const src = P.peerAt(at, ORIGINAL);
    begin(words, src, P.peerAt(at, REPLY), key, tcp.flags(key.bytes, key.l4));
    P.setState(words, src, P.SYN_SENT);
    key.timeout = T.TCP_SYN_SENT;
  },

  update: updateTcp,
};
