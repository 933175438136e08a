/**
 * Packets that no flow matched and for which there was no time: first in, first out for each port, served one port after the other, so that
 * the port with the most of them delays only itself.
 */
import type { PacketBatch } from '../packet/batch.js';
import { BATCH_SIZE } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import type { MissBudget } from './miss-budget.js';

/** Packets of one port: more would be answered so late that their senders have asked again. */
export const MAX_WAITING_OF_PORT = 128;
/** Packets of all ports: two MiB of the packet pool. */
export const MAX_WAITING_MISSES = 1024;

export class WaitingMisses {
  /** No queue is empty. In the order of their turns. */
  private readonly queues = new Map<number, Packet[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(port: number): boolean {
    return this.count > 0 && this.queues.has(port);
  }

  hasRoom(port: number): boolean {
    return this.count < MAX_WAITING_MISSES && (this.queues.get(port)?.length ?? 0) < MAX_WAITING_OF_PORT;
  }

  /** There must be room. */
  push(packet: Packet): void {
    const queue = this.queues.get(packet.inPort);
    if (queue === undefined) this.queues.set(packet.inPort, [packet]);
    else queue.push(packet);
    this.count++;
  }

  /** Fills the batch with one packet of each port in turn; under a budget one of each port for which it is not used up, since each has its price. */
  take(batch: PacketBatch, budget: MissBudget | null): void {
    batch.count = 0;
    let turns = budget === null ? Number.POSITIVE_INFINITY : this.queues.size;
    for (const [port, queue] of this.queues) {
      if (batch.count === BATCH_SIZE || turns-- === 0) return;
      if (budget !== null && !budget.begin(port)) continue;
      batch.push(queue.shift()!);
      this.count--;
      // Its next turn comes after the others'.
      this.queues.delete(port);
      if (queue.length > 0) this.queues.set(port, queue);
    }
  }
}
