/**
 * One end of a TCP connection: three words of the record, two of them side by side from CONN_L4. @hot
 *
 *     PEER_SEQ_LOW   highest sequence number sent so far (the next one expected)
 *     PEER_SEQ_HIGH  highest sequence number the other end's window allows
 *     PEER_WINDOW    state 4 | wscale 8 | largest window advertised, before scaling 16     (from bit 24, 16, 0)
 */
import * as numbers from '../../wire/numbers.js';
import * as C from './conn.js';
import { metaProto } from './conn.js';

const { IP_PROTO_TCP } = numbers;
const { CONN_L4, CONN_META, ORIGINAL, REPLY } = C;

export const PEER_SEQ_LOW = 0;
export const PEER_SEQ_HIGH = 1;
const PEER_WINDOW = 2;
const PEER_WORDS = 3;

/** States of one end, numbered as Open vSwitch does; those that are never stored are LISTEN, SYN_RECV, CLOSE_WAIT and so on. */
export const CLOSED = 0;
export const SYN_SENT = 2;
export const ESTABLISHED = 4;
export const CLOSING = 7;
export const FIN_WAIT_2 = 9;
export const TIME_WAIT = 10;

/** Bits of wscale: the shift, and where it comes from. */
export const WSCALE_SHIFT = 0x0f;
/** The connection was picked up in its middle: nobody knows the shift, the largest is assumed. */
export const WSCALE_UNKNOWN = 0x40;
/** The end has sent the option. */
export const WSCALE_SENT = 0x80;

/** Where the words of the end that sends in that direction begin. */
export const peerAt = (at: number, direction: number): number => at + CONN_L4 + direction * PEER_WORDS;

export const state = (words: Int32Array, peer: number): number => words[peer + PEER_WINDOW] >>> 24;
export const wscale = (words: Int32Array, peer: number): number => (words[peer + PEER_WINDOW] >>> 16) & 0xff;
export const maxWindow = (words: Int32Array, peer: number): number => words[peer + PEER_WINDOW] & 0xffff;

export function setState(words: Int32Array, peer: number, value: number): void {
  words[peer + PEER_WINDOW] = (words[peer + PEER_WINDOW] & 0xffffff) | (value << 24);
}

export function setWscale(words: Int32Array, peer: number, value: number): void {
  words[peer + PEER_WINDOW] = (words[peer + PEER_WINDOW] & ~0xff0000) | (value << 16);
}

export function setMaxWindow(words: Int32Array, peer: number, value: number): void {
  words[peer + PEER_WINDOW] = (words[peer + PEER_WINDOW] & ~0xffff) | Math.min(value, 0xffff);
}

/** How far a connection of any protocol is: the states of both TCP ends (8 | 8 bits), or the one word of the others. */
export function connState(words: Int32Array, at: number): number {
  if (metaProto(words[at + CONN_META]) !== IP_PROTO_TCP) return words[at + CONN_L4];
  return (state(words, peerAt(at, ORIGINAL)) << 8) | state(words, peerAt(at, REPLY));
}
