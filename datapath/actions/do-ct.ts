/** ct() and ct_clear: the batch goes through the tracker, or forgets that it has been there. @hot */
import { COMMIT_NAT_EXHAUSTED } from '../conntrack/reasons.js';
import type { PacketBatch } from '../packet/batch.js';
import { clearConntrack } from '../packet/packet.js';
import { DROP_NAT_EXHAUSTED } from './drop-reasons.js';
import type { ActionHost } from './host.js';

/** `fates` is how many places the packets have been given to before, for those that the tracker keeps or gives back. */
export function track(
  host: ActionHost,
  batch: PacketBatch,
  program: Int32Array,
  at: number,
  fates: number,
  now: number,
): void {
  const before = batch.count;
  host.conntrack.execute(batch, program, at, now);
  const kept = before - batch.count;
  // Less than none: fragments that were held have come back.
  if (kept !== 0) {
    host.held(kept);
    host.multiplied(fates * kept);
  }
  host.tracked(batch);
  if (host.conntrack.dropsUntranslated) dropUntranslated(host, batch, fates);
}

/** Packets that would leave under the address they were to lose. */
function dropUntranslated(host: ActionHost, batch: PacketBatch, fates: number): void {
  const { lastCommit } = host.conntrack;
  const { packets, count } = batch;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const packet = packets[i];
    if (lastCommit[i] !== COMMIT_NAT_EXHAUSTED) {
      packets[kept++] = packet;
      continue;
    }
    host.drop(packet, DROP_NAT_EXHAUSTED);
    host.retire(packet);
  }
  batch.count = kept;
  host.multiplied(fates * (count - kept));
}

export function clearTracking(batch: PacketBatch): void {
  for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
}
