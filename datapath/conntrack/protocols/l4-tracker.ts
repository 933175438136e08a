/**
 * Protocol trackers: who may begin a connection, what its state is after each packet, which timeout that means. @hot
 * One record for each kind of protocol; state lies in the connection's words from CONN_L4.
 */
import type { PacketKey } from '../record/packet-key.js';

/** Results of `update` besides the reasons of reasons.ts, which mean invalid. */
export const UPDATE_VALID = 0;
/** Valid, but the other end has not answered. */
export const UPDATE_NEW = -1;
/** The connection is over and this packet begins another one with the same key. */
export const UPDATE_RESTART = -2;

export interface L4Tracker {
  /** REASON_NONE if the packet may begin a connection. */
  validNew(key: PacketKey): number;
  /** Sets the state of a fresh connection from its first packet, and `key.timeout`. */
  create(words: Int32Array, at: number, key: PacketKey): void;
  /** A packet in that direction: UPDATE_*, or the reason why it is invalid. Sets `key.timeout`, -1 to leave the timer alone. */
  update(words: Int32Array, at: number, key: PacketKey, direction: number, checkSequence: boolean): number;
}
