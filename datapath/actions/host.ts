/** What the executor needs of the datapath around it: ports, pool, queue of recirculated packets, counters. */
import type { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';

/** The tracker as the `ct` action sees it. */
export interface Tracker {
  /** Origin of the program that runs, see decision.ts: remembered with packets that are invalid. */
  origin: number;
  /** Refusals of a commit (1 << COMMIT_*) that cost the packet its life. */
  readonly droppedRefusals: number;
  /** Of each packet of the last batch: what its commit did (COMMITS). */
  readonly lastCommit: Uint8Array;
  /** Runs one ct action (words at `program[at]`) on each packet of the batch; may take packets out of it to hold them. */
  execute(batch: PacketBatch, program: Int32Array, at: number, now: number): void;
}

export interface ActionHost {
  readonly conntrack: Tracker;
  /** Queues every packet of the batch at the port; the batch stays as it is. Packets for an unknown port are counted as dropped. */
  output(batch: PacketBatch, port: number): void;
  /** Shows the packet to whoever handles the `userspace` action whose arguments start at `at`. */
  userspace(packet: Packet, program: Int32Array, at: number, now: number): void;
  /** Takes the packet over, to be looked up again as `packet.recircId` says. */
  recirculate(packet: Packet): void;
  /** A copy in pool memory, null if the pool is exhausted. */
  clone(packet: Packet): Packet | null;
  /** The packet is done with; its memory is reused once no port's queue refers to it. */
  retire(packet: Packet): void;
  /** Counts a drop; the packet itself is retired by whoever owns it. */
  drop(packet: Packet, reason: number): void;
  /** The batch has just been through the tracker. */
  tracked(batch: PacketBatch): void;
  /** Packets ended `count` times more often than they began, since an action sent them to several places. */
  multiplied(count: number): void;
  /** The tracker has kept `count` packets. */
  held(count: number): void;
}
