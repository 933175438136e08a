/** A tracker that takes fragments: it has a pool to hold them in. */
import { PacketBatch } from '../../datapath/packet/batch.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import { frameOf, packetFrom } from './segments.js';
import { type Action, actionWords, TestTracker } from './tracker.js';

export class FragmentTracker extends TestTracker {
  readonly pool = new PacketPool();

  constructor() {
    super();
    this.ct.fragments.memory = this.pool;
  }

  /** What is in the batch after the tracker. */
  batch(pieces: readonly Uint8Array[], action: Action = {}): Packet[] {
    const batch = new PacketBatch();
    for (const ip of pieces) batch.push(packetFrom(frameOf(ip)));
    this.ct.execute(batch, actionWords(action), 0, this.now);
    return batch.packets.slice(0, batch.count);
  }
}
