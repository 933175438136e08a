/** What the tracker reports while it has an observer: numbers only, valid during the call. Text is the observer's business. */
import type { Packet } from '../packet/packet.js';

export const EVENT_NEW = 1;
export const EVENT_UPDATE = 2;
export const EVENT_DESTROY = 3;

/** Sees every packet and every connection of a tracker; both calls come from the packet path and have to be quick. */
export interface CtObserver {
  /**
   * A packet has been through; its metadata is written. `before` is the ct_state it came with, `reason` and `commit` are ids of
   * reasons.ts, `conn` is -1 if there is no connection. The numbers that go with the reason are in `Conntrack.detail`.
   */
  packet(packet: Packet, before: number, reason: number, commit: number, conn: number): void;
  /**
   * A connection began, changed its protocol state, or ended. `about` is 0 for one that began, the state before the change
   * (connState), or why it ended (CAUSE_*).
   */
  conn(event: number, conn: number, about: number): void;
}
