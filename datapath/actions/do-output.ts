/** Output of packets cut to a length. @hot */
import type { PacketBatch } from '../packet/batch.js';
import { GSO_NONE, OFFLOAD_NEEDS_CSUM, OFFLOAD_NONE, type Packet } from '../packet/packet.js';
import { cloneBatch, type NestedBatches } from './do-clone.js';
import { DROP_NESTED_TOO_DEEP } from './drop-reasons.js';
import type { ActionHost } from './host.js';

/** Sends the first `size` bytes of each packet; longer packets are copied, since the rest of the program sees them whole. */
export function outputCut(
  host: ActionHost,
  nested: NestedBatches,
  batch: PacketBatch,
  port: number,
  size: number,
): void {
  const cut = nested.enter();
  if (cut === null) {
    for (let i = 0; i < batch.count; i++) host.drop(batch.packets[i], DROP_NESTED_TOO_DEEP);
    return;
  }
  cloneBatch(host, batch, cut);
  for (let i = 0; i < cut.count; i++) cutTo(cut.packets[i], size);
  host.output(cut, port);
  for (let i = 0; i < cut.count; i++) host.retire(cut.packets[i]);
  nested.leave();
}

/** What is left of a segmentation or checksum job that the cut makes impossible is forgotten. */
function cutTo(packet: Packet, size: number): void {
  if (packet.size <= size) return;
  packet.size = size;
  packet.gsoType = GSO_NONE;
  packet.gsoSize = 0;
  const fieldEnd = packet.csumStart + packet.csumOffset + 2;
  if (packet.offload === OFFLOAD_NEEDS_CSUM && fieldEnd > packet.start + size) packet.offload = OFFLOAD_NONE;
}
