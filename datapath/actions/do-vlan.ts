/** push_vlan and pop_vlan. @hot */
import type { PacketBatch } from '../packet/batch.js';
import * as l2 from '../packet/edit-l2.js';
import { DROP_NO_HEADROOM } from './drop-reasons.js';
import type { ActionHost } from './host.js';

/** Packets without room for the tag leave the batch as dropped, after `fates` other ends. */
export function pushVlan(host: ActionHost, batch: PacketBatch, tpid: number, tci: number, fates: number): void {
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (l2.pushVlan(packet, tpid, tci)) {
      packets[kept++] = packet;
      continue;
    }
    host.drop(packet, DROP_NO_HEADROOM);
    host.multiplied(fates);
    host.retire(packet);
  }
  batch.count = kept;
}

export function popVlan(batch: PacketBatch): void {
  for (let i = 0; i < batch.count; i++) l2.popVlan(batch.packets[i]);
}
