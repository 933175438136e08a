/** Up to 32 packets that travel together: the unit of work of ports, actions and the tracker. */
import type { Packet } from './packet.js';

/** Packets in a full batch, as NETDEV_MAX_BURST in Open vSwitch. */
export const BATCH_SIZE = 32;

/** A list of packets that is used again and again: its array never shrinks. */
export class PacketBatch {
  /** The first `count` entries are valid; later ones are stale and must not be read. */
  readonly packets: Packet[] = [];
  count = 0;

  /** True with BATCH_SIZE packets. More can be pushed where a comment says so (fragments that are given back). */
  get isFull(): boolean {
    return this.count === BATCH_SIZE;
  }

  /** Adds a packet at the end; its owner is now whoever owns the batch. */
  push(packet: Packet): void {
    this.packets[this.count++] = packet;
  }

  /** Empties the batch; the packets are not given back to anybody. */
  clear(): void {
    this.count = 0;
  }
}
