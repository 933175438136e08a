/** Extracted packets in batches, for benches of what comes after extraction. */
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { BATCH_SIZE, PacketBatch } from '../../datapath/packet/batch.js';
import { Packet } from '../../datapath/packet/packet.js';

const HEADROOM = 128;

export function packetOf(frame: Uint8Array): Packet {
  const packet = new Packet();
  packet.bytes = new Uint8Array(HEADROOM + frame.length);
  packet.bytes.set(frame, HEADROOM);
  packet.start = HEADROOM;
  packet.size = frame.length;
  packet.inPort = 1;
  extract(packet, keys, 0);
  return packet;
}

const keys = new Int32Array(DP_WORDS);

export function batchesOf(frames: readonly Uint8Array[]): PacketBatch[] {
  const batches: PacketBatch[] = [];
  for (let i = 0; i < frames.length; i++) {
    if (i % BATCH_SIZE === 0) batches.push(new PacketBatch());
    batches[batches.length - 1].push(packetOf(frames[i]));
  }
  return batches;
}
