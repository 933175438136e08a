/** Extracted packets in batches, for benches of what comes after extraction. */
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { BATCH_SIZE, PacketBatch } from '../../datapath/packet/batch.js';
import { type Packet, packetOf } from '../../datapath/packet/packet.js';

export function extracted(frame: Uint8Array): Packet {
  const packet = packetOf(frame);
  packet.inPort = 1;
  extract(packet, keys, 0);
  return packet;
}

const keys = new Int32Array(DP_WORDS);

export function batchesOf(frames: readonly Uint8Array[]): PacketBatch[] {
  const batches: PacketBatch[] = [];
  for (let i = 0; i < frames.length; i++) {
    if (i % BATCH_SIZE === 0) batches.push(new PacketBatch());
    batches[batches.length - 1].push(extracted(frames[i]));
  }
  return batches;
}
