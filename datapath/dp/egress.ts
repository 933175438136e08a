/**
 * Where packets go: into a port's queue, back to the input, up to a handler, or nowhere. The executor's host. @hot
 *
 * Ports send when they are flushed, straight from the memory of the packets. So a pool packet that is done with but has
 * been queued waits in `retired` for the flush; one that has not goes back to the pool at once. Packets in a port's
 * receive ring are given back by the poll, after the flush (datapath.ts).
 */
import {
  DROP_INTERNAL_ERROR,
  DROP_NO_SUCH_PORT,
  DROP_NO_UPCALL,
  DROP_QUEUE_FULL,
  DROP_TOO_OFTEN,
} from '../actions/drop-reasons.js';
import type { ActionHost } from '../actions/host.js';
import { guard } from '../base/guard.js';
import type { Conntrack } from '../conntrack/conntrack.js';
import type { PacketBatch } from '../packet/batch.js';
import { BATCH_SIZE } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import type { PacketPool } from '../packet/pool.js';
import type { Port } from '../ports/port.js';
import type { DatapathObserver } from './observer.js';
import type { PortTable } from './port-table.js';
import type { DatapathStats } from './stats.js';

/** Rounds through the tables that one packet may take; as in OVS. */
export const MAX_RECIRCULATIONS = 8;
/** Packets waiting for their next round: far more than a batch yields unless a pipeline multiplies packets. */
const MAX_WAITING = 4096;
/** Pool packets waiting for the flush; with more the ports are flushed early. */
const MAX_RETIRED = 1024;

/** Gets the packets of `userspace` actions, with the words of the action; the packet is only lent, and must not be changed. */
export type UserspaceHandler = (packet: Packet, words: Int32Array, now: number) => void;

export class Egress implements ActionHost {
  observer: DatapathObserver | null = null;
  userspaceHandler: UserspaceHandler | null = null;

  /** Recirculated packets, first in first out; those before `waitingFrom` have been taken. */
  private readonly waiting: Packet[] = [];
  private waitingFrom = 0;
  private waitingTo = 0;
  private readonly retired: Packet[] = [];
  private retiredCount = 0;
  /** Ports with anything in their queue, and the same as a flag per port number. */
  private readonly dirty: Port[] = [];
  private dirtyCount = 0;
  private readonly isDirty = new Uint8Array(0x10000);
  private readonly dirtyNumbers = new Int32Array(0x10000);

  constructor(
    readonly conntrack: Conntrack,
    private readonly ports: PortTable,
    private readonly pool: PacketPool,
    private readonly stats: DatapathStats,
  ) {}

  output(batch: PacketBatch, number: number): void {
    const port = this.ports.get(number);
    const { packets, count } = batch;
    if (port === null) {
      for (let i = 0; i < count; i++) this.drop(packets[i], DROP_NO_SUCH_PORT);
      return;
    }
    if (this.isDirty[number] === 0) this.markDirty(port, number);
    for (let i = 0; i < count; i++) {
      packets[i].queued = 1;
      port.send(packets[i]);
    }
    this.stats.transmitted += count;
    if (this.observer !== null) this.observeOutput(this.observer, batch, number);
  }

  userspace(packet: Packet, program: Int32Array, at: number, now: number): void {
    if (this.userspaceHandler === null) return this.drop(packet, DROP_NO_UPCALL);
    this.stats.toUserspace++;
    this.userspaceHandler(packet, program.slice(at, at + program[at - 1]), now);
  }

  recirculate(packet: Packet): void {
    const reason = packet.depth > MAX_RECIRCULATIONS ? DROP_TOO_OFTEN : DROP_QUEUE_FULL;
    if (reason === DROP_TOO_OFTEN || this.waitingTo - this.waitingFrom >= MAX_WAITING) {
      this.drop(packet, reason);
      this.retire(packet);
      return;
    }
    this.waiting[this.waitingTo++] = packet;
  }

  clone(packet: Packet): Packet | null {
    return this.pool.clone(packet);
  }

  retire(packet: Packet): void {
    if (packet.poolSlot < 0) return;
    if (packet.queued === 0) return this.pool.free(packet);
    if (this.retiredCount === MAX_RETIRED) this.flush();
    this.retired[this.retiredCount++] = packet;
  }

  drop(packet: Packet, reason: number): void {
    this.stats.drops[reason]++;
    if (this.observer !== null) this.observer.drop(packet.id, reason);
  }

  tracked(batch: PacketBatch): void {
    if (this.observer === null) return;
    const { lastReason } = this.conntrack;
    for (let i = 0; i < batch.count; i++) {
      const packet = batch.packets[i];
      this.observer.ct(packet.id, packet.ctZone, packet.ctState, lastReason[i]);
    }
  }

  multiplied(count: number): void {
    this.stats.multiplied += count;
  }

  held(count: number): void {
    this.stats.held += count;
  }

  /** Fills the batch with packets that were recirculated, oldest first; leaves it empty if there are none. */
  takeWaiting(batch: PacketBatch): void {
    const { waiting } = this;
    batch.count = 0;
    while (batch.count < BATCH_SIZE && this.waitingFrom < this.waitingTo) {
      batch.packets[batch.count++] = waiting[this.waitingFrom++];
    }
    if (this.waitingFrom === this.waitingTo) this.waitingFrom = this.waitingTo = 0;
  }

  /** Has every port send its queue, then reuses the memory of what was sent. */
  flush(): void {
    for (let i = 0; i < this.dirtyCount; i++) {
      this.isDirty[this.dirtyNumbers[i]] = 0;
      this.dirty[i].flush();
    }
    this.dirtyCount = 0;
    for (let i = 0; i < this.retiredCount; i++) this.pool.free(this.retired[i]);
    this.retiredCount = 0;
  }

  /** Something was thrown: what waited for another round is lost, what can be sent is. */
  clearAfterFailure(): void {
    while (this.waitingFrom < this.waitingTo) {
      const packet = this.waiting[this.waitingFrom++];
      this.drop(packet, DROP_INTERNAL_ERROR);
      this.retire(packet);
    }
    this.waitingFrom = this.waitingTo = 0;
    for (let i = 0; i < this.dirtyCount; i++) {
      const port = this.dirty[i];
      this.isDirty[this.dirtyNumbers[i]] = 0;
      guard('sending packets', undefined, () => port.flush());
    }
    this.dirtyCount = 0;
    for (let i = 0; i < this.retiredCount; i++) this.pool.free(this.retired[i]);
    this.retiredCount = 0;
  }

  private markDirty(port: Port, number: number): void {
    this.isDirty[number] = 1;
    this.dirtyNumbers[this.dirtyCount] = number;
    this.dirty[this.dirtyCount++] = port;
  }

  private observeOutput(observer: DatapathObserver, batch: PacketBatch, number: number): void {
    for (let i = 0; i < batch.count; i++) observer.tx(batch.packets[i].id, number, batch.packets[i].size);
  }
}
