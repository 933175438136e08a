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
    case OPS.pushMpls:
      return push(host, batch, program, at, deliveries);
    case OPS.popVlan:
      return popVlan(batch);
    case OPS.popMpls:
      return popMpls(batch, program[args]);
  }
}

/** Packets without room for the tag or label leave the batch as dropped, after `deliveries` other ends. */
function push(host: ActionHost, batch: PacketBatch, program: Int32Array, at: number, deliveries: number): void {
  const { packets, count } = batch;
  const isVlan = program[at] === OPS.pushVlan;
  const first = program[at + 2];
  const second = program[at + 3];
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (isVlan ? l2.pushVlan(packet, first, second) : l2.pushMpls(packet, first, second)) {
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

function popMpls(batch: PacketBatch, ethType: number): void {
  for (let i = 0; i < batch.count; i++) l2.popMpls(batch.packets[i], ethType);
}
