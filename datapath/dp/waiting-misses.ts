/**
 * Packets that no flow matched and for which there was no time. Those of a port wait in lanes, by their sender and protocol: first in,
 * first out in each lane, served one lane after the other. So who sends most of them delays only those in his own lane, which are few
 * others' even where many come by one port; an attack of one protocol does not take the turn of ARP or of a ping.
 */
import { mix } from '../base/hash.js';
import { W_DL, W_TYPE_PROTO_FRAG } from '../keys/layout.js';
import type { PacketBatch } from '../packet/batch.js';
import { BATCH_SIZE } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import type { MissBudget } from './miss-budget.js';

/** Packets of one lane: more would be answered so late that their senders have asked again. */
export const MAX_WAITING_IN_LANE = 64;
/** Packets of all ports: four MiB of the packet pool, four ports with every lane full. */
export const MAX_WAITING_MISSES = 2048;

/** Lanes of a port, a power of two. */
const LANES = 8;
const PROTOCOL = 0xffff00ff | 0;

export class WaitingMisses {
  /** No queue is empty. In the order of their turns. */
  private readonly queues = new Map<number, Packet[]>();
  private count = 0;

  constructor(private readonly seed: number) {}

  get size(): number {
    return this.count;
  }

  /** The lane of a packet that has come by the port, with its key. */
  laneOf(port: number, keys: Int32Array, at: number): number {
    const sender = mix(mix(this.seed, keys[at + W_DL + 1] & 0xffff), keys[at + W_DL + 2]);
    const hash = mix(sender, keys[at + W_TYPE_PROTO_FRAG] & PROTOCOL);
    return port * LANES + ((hash >>> 16) & (LANES - 1));
  }

  has(lane: number): boolean {
    return this.count > 0 && this.queues.has(lane);
  }

  hasRoom(lane: number): boolean {
    return this.count < MAX_WAITING_MISSES && (this.queues.get(lane)?.length ?? 0) < MAX_WAITING_IN_LANE;
  }

  /** There must be room. */
  push(packet: Packet, lane: number): void {
    const queue = this.queues.get(lane);
    if (queue === undefined) this.queues.set(lane, [packet]);
    else queue.push(packet);
    this.count++;
  }

  /**
   * Fills the batch with one packet of each lane in turn; under a budget one of each lane of ports for which it is not used up, since each
   * has its price.
   */
  take(batch: PacketBatch, budget: MissBudget | null): void {
    batch.count = 0;
    if (this.count === 0) return;
    const now = budget === null ? 0 : budget.now;
    let turns = budget === null ? Number.POSITIVE_INFINITY : this.queues.size;
    for (const [lane, queue] of this.queues) {
      if (batch.count === BATCH_SIZE || turns-- === 0) return;
      if (budget !== null && !budget.allows(Math.floor(lane / LANES), now)) continue;
      batch.push(queue.shift()!);
      this.count--;
      // Its next turn comes after the others'.
      this.queues.delete(lane);
      if (queue.length > 0) this.queues.set(lane, queue);
    }
  }
}
