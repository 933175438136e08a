/** Up to 32 packets that travel together: the unit of work of ports, actions and the tracker. */
import type { Packet } from './packet.js';

export const BATCH_SIZE = 32;

export class PacketBatch {
  /** The first `count` entries are valid; later ones are stale and must not be read. */
  readonly packets: Packet[] = [];
  count = 0;

  get isFull(): boolean {
    return this.count === BATCH_SIZE;
  }

  push(packet: Packet): void {
    this.packets[this.count++] = packet;
  }

  clear(): void {
    this.count = 0;
  }
}
