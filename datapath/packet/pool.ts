/**
 * Memory for packets that the switch itself makes or keeps: clones, packet-outs, held fragments. Packets as received stay
 * in the memory of their port.
 *
 * Slots of two sizes (an Ethernet frame, a 64 KiB segmentation offload frame) in slabs of about one MiB. Each slot has its
 * Packet object for life, so allocation makes nothing. A slab comes from the caller when it can be shared with the kernel. @hot
 */
import { invariant } from '../base/error.js';
import { copyMetadata, HEADROOM, Packet, resetMetadata } from './packet.js';

const SMALL_SLOT = 2 * 1024;
const LARGE_SLOT = 66 * 1024;
const SLAB_SIZE = 1024 * 1024;
/** The largest packet that fits: the largest IP packet and its Ethernet header with many tags. */
export const MAX_PACKET_SIZE = LARGE_SLOT - HEADROOM;
/** A batch of full-sized frames flooded to several dozen ports; a leak is found before the machine is. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024;

/** A piece of memory for many packets. */
export interface PoolMemory {
  bytes: Uint8Array;
  /** Native address of the first byte, 0 if it has none. */
  address: number;
}

/** The slots of one size; slot numbers of small slots are even, of large ones odd. */
class SlotClass {
  readonly packets: Packet[] = [];
  readonly free: Packet[] = [];
  /** Where each slot begins in its slab, since `start` of its packet moves. */
  slotAt = new Int32Array(0);
  isFree = new Uint8Array(0);

  constructor(
    readonly slotSize: number,
    readonly parity: number,
  ) {}

  /** Makes the packets of one more slab. @cold */
  addSlab(memory: PoolMemory): void {
    const added = Math.floor(memory.bytes.length / this.slotSize);
    const first = this.packets.length;
    this.grow(first + added);
    for (let i = 0; i < added; i++) {
      const packet = new Packet();
      packet.bytes = memory.bytes;
      packet.mem = memory.address;
      packet.poolSlot = (first + i) * 2 + this.parity;
      this.slotAt[first + i] = i * this.slotSize;
      this.isFree[first + i] = 1;
      this.packets.push(packet);
      this.free.push(packet);
    }
  }

  private grow(count: number): void {
    const { slotAt, isFree } = this;
    this.slotAt = new Int32Array(count);
    this.slotAt.set(slotAt);
    this.isFree = new Uint8Array(count);
    this.isFree.set(isFree);
  }
}

/** For who shares nothing with the kernel. @cold */
function ordinaryMemory(size: number): PoolMemory {
  return { bytes: new Uint8Array(size), address: 0 };
}

/** Allocates packets and takes them back; a program needs one. */
export class PacketPool {
  private readonly small = new SlotClass(SMALL_SLOT, 0);
  private readonly large = new SlotClass(LARGE_SLOT, 1);
  private liveCount = 0;
  private slabBytes = 0;
  /** Bytes that all slabs together may have; at this point `allocate` refuses. */
  limit = DEFAULT_LIMIT_BYTES;
  /** How often `allocate` has refused. */
  refused = 0;

  constructor(private readonly memory: (size: number) => PoolMemory = ordinaryMemory) {}

  /** Packets that are allocated and not yet freed. */
  get live(): number {
    return this.liveCount;
  }

  /** A packet of `size` bytes of unspecified content, metadata reset; null if it is too large or the limit is reached. */
  allocate(size: number): Packet | null {
    const slots = size <= SMALL_SLOT - HEADROOM ? this.small : this.large;
    if (size > MAX_PACKET_SIZE || (slots.free.length === 0 && !this.addSlab(slots))) {
      this.refused++;
      return null;
    }
    const packet = slots.free.pop()!;
    const index = packet.poolSlot >> 1;
    slots.isFree[index] = 0;
    packet.start = slots.slotAt[index] + HEADROOM;
    packet.size = size;
    resetMetadata(packet);
    this.liveCount++;
    return packet;
  }

  /** A copy with bytes, metadata and offsets of its own; null as `allocate`. */
  clone(from: Packet): Packet | null {
    const packet = this.allocate(from.size);
    if (packet === null) return null;
    copyBytes(packet.bytes, packet.start, from.bytes, from.start, from.size);
    copyMetadata(packet, from);
    const moved = packet.start - from.start;
    if (from.l2_5 >= 0) packet.l2_5 += moved;
    if (from.l3 >= 0) packet.l3 += moved;
    if (from.l4 >= 0) packet.l4 += moved;
    packet.csumStart += moved;
    return packet;
  }

  /** Takes a packet back; borrowed packets (poolSlot < 0) are left to their owner. */
  free(packet: Packet): void {
    if (packet.poolSlot < 0) return;
    const slots = (packet.poolSlot & 1) === 0 ? this.small : this.large;
    const index = packet.poolSlot >> 1;
    invariant(slots.packets[index] === packet && slots.isFree[index] === 0, 'a packet is freed once, to its own pool');
    slots.isFree[index] = 1;
    slots.free.push(packet);
    this.liveCount--;
  }

  /** False if that would exceed the limit. @cold */
  private addSlab(slots: SlotClass): boolean {
    const size = SLAB_SIZE - (SLAB_SIZE % slots.slotSize);
    if (this.slabBytes + size > this.limit) return false;
    slots.addSlab(this.memory(size));
    this.slabBytes += size;
    return true;
  }
}

/** For short copies a loop beats the call that `set` and `subarray` (which makes an object) are. */
const LOOP_COPY_MAX = 256;

function copyBytes(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, size: number): void {
  if (size > LOOP_COPY_MAX) {
    to.set(from.subarray(fromAt, fromAt + size), toAt);
    return;
  }
  for (let i = 0; i < size; i++) to[toAt + i] = from[fromAt + i];
}
