/** What is pushed before a packet's headers and popped again: VLAN tags and MPLS labels. @hot */
import type { PacketBatch } from '../packet/batch.js';
import * as l2 from '../packet/edit-l2.js';
import { DROP_NO_HEADROOM } from './drop-reasons.js';
import type { ActionHost } from './host.js';
import { OPS } from './ops.js';

/** Runs the push or pop that stands at `at`. */
export function changeTags(
  host: ActionHost,
  batch: PacketBatch,
  program: Int32Array,
  at: number,
  deliveries: number,
): void {
  const args = at + 2;
  switch (program[at]) {
    case OPS.pushVlan:
      return pushVlan(host, batch, program[args], program[args + 1], deliveries);
    case OPS.popVlan:
      return popVlan(batch);
    case OPS.pushMpls:
      return pushMpls(host, batch, program[args], program[args + 1], deliveries);
    case OPS.popMpls:
      return popMpls(batch, program[args]);
  }
}

/** Packets without room for the tag leave the batch as dropped, after `deliveries` other ends. */
function pushVlan(host: ActionHost, batch: PacketBatch, tpid: number, tci: number, deliveries: number): void {
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (l2.pushVlan(packet, tpid, tci)) {
      packets[kept++] = packet;
      continue;
    }
    host.drop(packet, DROP_NO_HEADROOM);
    host.multiplied(deliveries);
    host.retire(packet);
  }
  batch.count = kept;
}

function popVlan(batch: PacketBatch): void {
  for (let i = 0; i < batch.count; i++) l2.popVlan(batch.packets[i]);
}

/** As `pushVlan`: label stack entry `entry`, after which the packet's Ethernet type is `ethType`. */
function pushMpls(host: ActionHost, batch: PacketBatch, ethType: number, entry: number, deliveries: number): void {
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (l2.pushMpls(packet, ethType, entry)) {
      packets[kept++] = packet;
      continue;
    }
    host.drop(packet, DROP_NO_HEADROOM);
    host.multiplied(deliveries);
    host.retire(packet);
  }
  batch.count = kept;
}

function popMpls(batch: PacketBatch, ethType: number): void {
  for (let i = 0; i < batch.count; i++) l2.popMpls(batch.packets[i], ethType);
}
