/**
 * Does a TCP segment fit the windows of both ends? After G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter", as
 * pf and Open vSwitch (lib/conntrack-tcp.c, read first) apply it. @hot
 *
 * Written once, for a segment from `src` to `dst`; the other direction is the same call with the ends exchanged. Numbers
 * are int32 modulo 2^32, compared by the sign of their difference.
 */
import * as numbers from '../../wire/numbers.js';
import * as tcp from '../../wire/tcp.js';
import type { PacketKey } from '../record/packet-key.js';
import * as R from '../record/reasons.js';
import * as P from '../record/tcp-peer.js';

const { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } = numbers;
const { FIN_WAIT_2, PEER_SEQ_HIGH, PEER_SEQ_LOW, SYN_SENT, WSCALE_SENT, WSCALE_SHIFT, WSCALE_UNKNOWN } = P;
const { TCP_ACK_AHEAD, TCP_ACK_TOO_OLD, TCP_RST_INEXACT, TCP_SEQ_ABOVE_WINDOW, TCP_SEQ_BELOW_WINDOW } = R;

/** Results of the check, besides the reasons why it is out of the window. */
export const IN_WINDOW = 0;
/** Outside the window but near enough for an end that is just opening or closing: neither timers nor ACK move the state. */
export const NEAR_WINDOW = -1;

const MAX_WSCALE = 14;
/** How far an acknowledgement may be off: a window and an arbitrary fudge. */
const MAX_ACK_WINDOW = 0xffff + 1500;

/** What is known of the segment that is checked. */
const S = { seq: 0, end: 0, ack: 0, window: 0, srcShift: 0, dstShift: 0, checksAck: true };

/** Payload bytes of the segment. */
export const payloadSize = (key: PacketKey): number => key.l4Size - tcp.headerSize(key.bytes, key.l4);

/** Sets both ends from the first segment seen. */
export function begin(words: Int32Array, src: number, dst: number, key: PacketKey, flags: number): void {
  const { bytes, l4 } = key;
  const seq = tcp.seq(bytes, l4);
  const size = payloadSize(key) + 1 + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
  words[src + PEER_SEQ_LOW] = seq;
  words[src + PEER_SEQ_HIGH] = (seq + size) | 0;
  words[dst + PEER_SEQ_HIGH] = 1;
  P.setMaxWindow(words, dst, 1);
  P.setWscale(words, src, flags & TCP_SYN ? offeredScale(key) : WSCALE_UNKNOWN);
  P.setWscale(words, dst, flags & TCP_SYN ? 0 : WSCALE_UNKNOWN);
  const shift = P.wscale(words, src) & WSCALE_SHIFT;
  P.setMaxWindow(words, src, scaledDown(Math.max(tcp.window(bytes, l4), 1), shift));
}

/** IN_WINDOW, NEAR_WINDOW, or the reason why it is outside; a segment that is accepted updates both peers. */
export function checkWindow(
  words: Int32Array,
  src: number,
  dst: number,
  key: PacketKey,
  flags: number,
  checkSequence: boolean,
): number {
  const { bytes, l4 } = key;
  const firstSeq = tcp.seq(bytes, l4);
  S.seq = firstSeq;
  S.window = tcp.window(bytes, l4);
  S.end = (S.seq + payloadSize(key) + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0)) | 0;
  S.ack = tcp.ack(bytes, l4);
  S.checksAck = true;
  chooseShifts(words, src, dst, flags);
  if (P.state(words, src) < SYN_SENT) initPeer(words, src, dst, key, flags);
  const hasAck = (flags & TCP_ACK) !== 0;
  // Some stacks leave the number out of the RST-ACK that answers a SYN.
  if (!hasAck || (S.ack === 0 && (flags & TCP_RST) !== 0)) S.ack = words[dst + PEER_SEQ_LOW];
  // Where there are no data, there is nothing to restrict.
  if (S.seq === S.end) S.seq = S.end = words[src + PEER_SEQ_LOW];

  const reason = checkSequence ? failedClause(words, src, dst, flags, firstSeq) : IN_WINDOW;
  if (reason !== IN_WINDOW && !isNearWindow(words, src, dst)) {
    writeDetail(words, src, dst, key, firstSeq, reason);
    return reason;
  }
  updatePeers(words, src, dst);
  return reason === IN_WINDOW ? IN_WINDOW : NEAR_WINDOW;
}

/** Windows are scaled if both ends have offered to, never in SYN segments. */
function chooseShifts(words: Int32Array, src: number, dst: number, flags: number): void {
  const own = P.wscale(words, src);
  const other = P.wscale(words, dst);
  S.srcShift = S.dstShift = 0;
  if ((flags & TCP_SYN) !== 0) return;
  if (own & other & WSCALE_SENT) {
    S.srcShift = own & WSCALE_SHIFT;
    S.dstShift = other & WSCALE_SHIFT;
  } else if (own & other & WSCALE_UNKNOWN) S.srcShift = S.dstShift = MAX_WSCALE;
}

/** The first segment from this end: adopt its numbers. */
function initPeer(words: Int32Array, src: number, dst: number, key: PacketKey, flags: number): void {
  if ((flags & TCP_SYN) !== 0 && (P.wscale(words, dst) & WSCALE_SENT) !== 0) answerScale(words, src, dst, key);
  words[src + PEER_SEQ_LOW] = S.seq;
  P.setState(words, src, SYN_SENT);
  const high = (S.end + Math.max(1, P.maxWindow(words, dst) << S.dstShift)) | 0;
  // Picked up after it began, or just beginning: the window may slide and acknowledgements cannot be checked yet.
  if (words[src + PEER_SEQ_HIGH] === 1 || ((high - words[src + PEER_SEQ_HIGH]) | 0) >= 0) {
    words[src + PEER_SEQ_HIGH] = high;
    S.checksAck = false;
  }
  if (S.window > P.maxWindow(words, src)) P.setMaxWindow(words, src, S.window);
}

/** The answer to a SYN that offered a window scale: both scale, or none does. */
function answerScale(words: Int32Array, src: number, dst: number, key: PacketKey): void {
  const shift = P.wscale(words, dst) & WSCALE_SHIFT;
  const offered = offeredScale(key);
  P.setWscale(words, src, offered);
  if ((offered & WSCALE_SENT) !== 0) {
    S.srcShift = offered & WSCALE_SHIFT;
    S.dstShift = shift;
    S.window = scaledDown(S.window, S.srcShift);
    return;
  }
  P.setMaxWindow(words, dst, P.maxWindow(words, dst) << shift);
  P.setWscale(words, dst, 0);
}

function offeredScale(key: PacketKey): number {
  const shift = tcp.windowScale(key.bytes, key.l4);
  return shift < 0 ? 0 : shift | WSCALE_SENT;
}

/** The window of a SYN is never scaled; kept in the units of later ones, rounded up. */
const scaledDown = (window: number, shift: number): number => (window + (1 << shift) - 1) >>> shift;

/** IN_WINDOW, or the first clause that the segment fails. */
function failedClause(words: Int32Array, src: number, dst: number, flags: number, firstSeq: number): number {
  const low = words[src + PEER_SEQ_LOW];
  if (((words[src + PEER_SEQ_HIGH] - S.end) | 0) < 0) return TCP_SEQ_ABOVE_WINDOW;
  const backward = P.maxWindow(words, dst) << S.dstShift;
  if (((S.seq - low + backward) | 0) < 0) return TCP_SEQ_BELOW_WINDOW;
  const skew = S.checksAck ? (words[dst + PEER_SEQ_LOW] - S.ack) | 0 : 0;
  if (skew < -MAX_ACK_WINDOW) return TCP_ACK_AHEAD;
  if (skew > MAX_ACK_WINDOW << S.srcShift) return TCP_ACK_TOO_OLD;
  const offset = (firstSeq - low) | 0;
  if ((flags & TCP_RST) !== 0 && (offset < -1 || offset > 1)) return TCP_RST_INEXACT;
  return IN_WINDOW;
}

/** SYNs that cross, connections picked up in their middle, and stray segments just after the close. */
function isNearWindow(words: Int32Array, src: number, dst: number): boolean {
  const dstState = P.state(words, dst);
  if (dstState >= SYN_SENT && dstState < FIN_WAIT_2 && P.state(words, src) < FIN_WAIT_2) return false;
  const above = (words[src + PEER_SEQ_HIGH] + MAX_ACK_WINDOW - S.end) | 0;
  const below = (S.seq - words[src + PEER_SEQ_LOW] + MAX_ACK_WINDOW) | 0;
  return above >= 0 && below >= 0;
}

function updatePeers(words: Int32Array, src: number, dst: number): void {
  if (P.maxWindow(words, src) < S.window) P.setMaxWindow(words, src, S.window);
  if (((S.end - words[src + PEER_SEQ_LOW]) | 0) > 0) words[src + PEER_SEQ_LOW] = S.end;
  const open = S.window << S.srcShift;
  if (((S.ack + open - words[dst + PEER_SEQ_HIGH]) | 0) >= 0) {
    words[dst + PEER_SEQ_HIGH] = (S.ack + Math.max(open, 1)) | 0;
  }
}

/** The numbers that reasons.ts names for segments that miss a window. */
function writeDetail(
  words: Int32Array,
  src: number,
  dst: number,
  key: PacketKey,
  firstSeq: number,
  reason: number,
): void {
  const { detail } = key;
  detail[0] = firstSeq;
  detail[1] = S.ack;
  detail[2] = S.end;
  detail[3] = words[src + PEER_SEQ_LOW];
  detail[4] = words[src + PEER_SEQ_HIGH];
  detail[5] = words[dst + PEER_SEQ_LOW];
  detail[6] = P.maxWindow(words, dst) << S.dstShift;
  detail[7] = missedBy(detail, reason);
}

/** How far the segment is outside of what it should have hit. */
function missedBy(detail: Int32Array, reason: number): number {
  switch (reason) {
    case TCP_SEQ_ABOVE_WINDOW:
      return detail[2] - detail[4];
    case TCP_SEQ_BELOW_WINDOW:
      return detail[3] - detail[6] - detail[0];
    case TCP_ACK_AHEAD:
      return detail[1] - detail[5] - MAX_ACK_WINDOW;
    case TCP_ACK_TOO_OLD:
      return detail[5] - (MAX_ACK_WINDOW << S.srcShift) - detail[1];
    default:
      return detail[0] - detail[3];
  }
}
