/** Copies: of a whole batch for a nested program, and of packets that a port has queued and an action is about to change. @hot */
import { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import { DROP_NO_MEMORY } from './drop-reasons.js';
import type { ActionHost } from './host.js';

/** Programs inside programs; a bound on the call stack. OVS's translator stops far earlier. */
const MAX_NESTING = 16;

/** Scratch batches, one per level of nesting. */
export class NestedBatches {
  private readonly batches = Array.from({ length: MAX_NESTING }, () => new PacketBatch());
  private level = 0;

  /** An empty batch to use until `leave`, null if the nesting is too deep. */
  enter(): PacketBatch | null {
    if (this.level === MAX_NESTING) return null;
    const batch = this.batches[this.level++];
    batch.count = 0;
    return batch;
  }

  leave(): void {
    this.level--;
  }
}

/** Fills `copies` with clones; the packets for which there is no memory are counted as dropped. */
export function cloneBatch(host: ActionHost, batch: PacketBatch, copies: PacketBatch): void {
  for (let i = 0; i < batch.count; i++) {
    const copy = host.clone(batch.packets[i]);
    if (copy === null) host.drop(batch.packets[i], DROP_NO_MEMORY);
    else copies.packets[copies.count++] = copy;
  }
}

/** Makes the packets of the batch safe to change; those for which there is no memory leave it as dropped, after `deliveries` others. */
export function own(host: ActionHost, batch: PacketBatch, deliveries: number): void {
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = ownPacket(host, packets[i], deliveries);
    if (packet !== null) packets[kept++] = packet;
  }
  batch.count = kept;
}

function ownPacket(host: ActionHost, packet: Packet, deliveries: number): Packet | null {
  if (packet.queued === 0) return packet;
  const copy = host.clone(packet);
  if (copy === null) {
    host.drop(packet, DROP_NO_MEMORY);
    host.multiplied(deliveries);
  }
  host.retire(packet);
  return copy;
}
