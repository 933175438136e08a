/** ct() and ct_clear: the batch goes through the tracker, or forgets that it has been there. @hot */
import { COMMIT_NAT_EXHAUSTED, COMMIT_TABLE_FULL, COMMIT_ZONE_LIMIT } from '../conntrack/record/reasons.js';
import type { PacketBatch } from '../packet/batch.js';
import { clearConntrack } from '../packet/packet.js';
import { DROP_CT_NAT_EXHAUSTED, DROP_CT_TABLE_FULL, DROP_CT_ZONE_LIMIT } from './drop-reasons.js';
import type { ActionHost } from './host.js';

/** Drop reasons by what became of the commit. */
const DROP_OF_COMMIT = new Uint8Array(8);
DROP_OF_COMMIT[COMMIT_TABLE_FULL] = DROP_CT_TABLE_FULL;
DROP_OF_COMMIT[COMMIT_ZONE_LIMIT] = DROP_CT_ZONE_LIMIT;
DROP_OF_COMMIT[COMMIT_NAT_EXHAUSTED] = DROP_CT_NAT_EXHAUSTED;

/** `deliveries` is how many places the packets have been given to before, for those that the tracker keeps or gives back. */
export function track(
  host: ActionHost,
  batch: PacketBatch,
  program: Int32Array,
  at: number,
  deliveries: number,
  now: number,
): void {
  const before = batch.count;
  host.conntrack.execute(batch, program, at, now);
  const kept = before - batch.count;
  // Less than none: fragments that were held have come back.
  if (kept !== 0) {
    host.held(kept);
    host.multiplied(deliveries * kept);
  }
  host.tracked(batch);
  if (host.conntrack.droppedRefusals !== 0) dropRefused(host, batch, deliveries);
}

/** Packets whose connection could not be committed: nobody will know them by their next one. */
function dropRefused(host: ActionHost, batch: PacketBatch, deliveries: number): void {
  const { lastCommit, droppedRefusals } = host.conntrack;
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (((droppedRefusals >>> lastCommit[i]) & 1) === 0) {
      packets[kept++] = packet;
      continue;
    }
    host.drop(packet, DROP_OF_COMMIT[lastCommit[i]]);
    host.retire(packet);
  }
  batch.count = kept;
  host.multiplied(deliveries * (count - kept));
}

export function clearTracking(batch: PacketBatch): void {
  for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
}
