/**
 * Receiving from an AF_PACKET socket: a memory-mapped TPACKET_V2 ring (packet(7), Documentation/networking/packet_mmap).
 *
 * The slots fit the interface's MTU, so that the ring is small and stays in the caches. A larger frame - up to 64 KiB when
 * segmentation is left to the receiver - is announced in its slot (TP_STATUS_COPY) and waits whole in the socket's queue,
 * from where one recvmsg fetches it. So large frames cost a system call for each 64 KiB, and small ones none.
 *
 *     slot  |tpacket2_hdr, sockaddr_ll, PACKET_RESERVE (headroom)|virtio header|frame.......|
 *                                                                ^tp_mac - 10  ^tp_mac
 *
 * @hot
 */

import { add, type Counter, counter } from '../base/counters.js';
import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import { Packet, resetMetadata } from '../packet/packet.js';
import { ETH_TYPE_VLAN } from '../wire/numbers.js';
import { LargeFrames } from './large-frames.js';
import type { PortStats } from './port.js';
import * as linux from './sys/linux.js';
import { mapShared, type NativeMemory, release, scratch } from './sys/memory.js';
import { libc, must } from './sys/native.js';
import { putVlanBack, readVirtio, VIRTIO_SIZE } from './virtio.js';

/** Offsets in struct tpacket2_hdr. */
const TP_LEN = 4;
const TP_SNAPLEN = 8;
const TP_MAC = 12;
const TP_VLAN_TCI = 24;
const TP_VLAN_TPID = 26;

/** Room in front of the frame that the kernel leaves for headers to be pushed. */
const RESERVE = 128;
/** What the kernel may need of a slot beside the frame's IP packet: its headers, ours, Ethernet with two VLAN tags. */
const SLOT_OVERHEAD = 256;
const RING_SIZE = 8 << 20;
const BLOCK_SIZE = 128 << 10;
const MIN_SLOT = 2048;
/** Larger frames than this are fetched from the queue whatever the MTU. */
const MAX_SLOT = 16_384;
/** Packets that may be away at a time: four batches. */
const MAX_IN_FLIGHT = 4 * BATCH_SIZE;
const MIN_FRAME = 14;

/** Frames of which the kernel gave only a part. */
const TOO_LARGE: Counter = counter('packet_rx_too_large');
/** Large frames announced in the ring whose copy in the socket was gone. */
const LOST: Counter = counter('packet_rx_large_lost');
/** Frames shorter than an Ethernet header. */
const TOO_SMALL: Counter = counter('packet_rx_too_small');

export class PacketRing {
  private readonly memory: NativeMemory;
  private readonly words: Int32Array;
  private readonly halves: Uint16Array;
  private readonly slotSize: number;
  private readonly slotCount: number;
  private readonly packets: Packet[] = Array.from({ length: MAX_IN_FLIGHT }, () => new Packet());
  private readonly large: LargeFrames;
  /** Next slot to look at, and how many before it are not given back. */
  private cursor = 0;
  private inFlight = 0;

  constructor(
    private readonly fd: number,
    mtu: number,
    private readonly counts: PortStats,
  ) {
    this.slotSize = slotSizeFor(mtu);
    this.slotCount = RING_SIZE / this.slotSize;
    this.large = new LargeFrames(fd, RESERVE);
    setUpRing(fd, this.slotSize, this.slotCount);
    this.memory = mapShared(fd, RING_SIZE);
    this.words = new Int32Array(this.memory.bytes.buffer);
    this.halves = new Uint16Array(this.memory.bytes.buffer);
  }

  receive(batch: PacketBatch): void {
    const words = this.words;
    while (!batch.isFull && this.inFlight < MAX_IN_FLIGHT) {
      const at = this.cursor * this.slotSize;
      const status = Atomics.load(words, at >> 2);
      if ((status & linux.TP_STATUS_USER) === 0) return;
      // A large frame needs memory of ours; without any it stays in its slot until the next release.
      const isLarge = (status & linux.TP_STATUS_COPY) !== 0;
      if (isLarge && this.large.isExhausted) return;
      const packet = this.packets[this.inFlight++];
      if (++this.cursor === this.slotCount) this.cursor = 0;
      const isComplete = isLarge ? this.fetch(packet) : this.wrap(packet, at, status);
      if (isComplete) this.accept(packet, batch);
    }
  }

  private accept(packet: Packet, batch: PacketBatch): void {
    this.counts.rxPackets++;
    this.counts.rxBytes += packet.size;
    batch.push(packet);
  }

  /** Makes `packet` the frame in the slot at `at`; false (and counted) if it is not whole. */
  private wrap(packet: Packet, at: number, status: number): boolean {
    const size = this.words[(at + TP_LEN) >> 2];
    if (this.words[(at + TP_SNAPLEN) >> 2] !== size) return this.refuse(TOO_LARGE);
    if (size < MIN_FRAME) return this.refuse(TOO_SMALL);
    const bytes = this.memory.bytes;
    resetMetadata(packet);
    packet.bytes = bytes;
    packet.mem = this.memory.address;
    packet.start = at + this.halves[(at + TP_MAC) >> 1];
    packet.size = size;
    readVirtio(packet, bytes, packet.start - VIRTIO_SIZE);
    if ((status & linux.TP_STATUS_VLAN_VALID) !== 0) {
      const tpid =
        (status & linux.TP_STATUS_VLAN_TPID_VALID) !== 0 ? this.halves[(at + TP_VLAN_TPID) >> 1] : ETH_TYPE_VLAN;
      putVlanBack(packet, tpid, this.halves[(at + TP_VLAN_TCI) >> 1]);
    }
    return true;
  }

  private fetch(packet: Packet): boolean {
    return this.large.receive(packet) || this.refuse(LOST);
  }

  private refuse(reason: Counter): boolean {
    add(reason);
    this.counts.rxDropped++;
    return false;
  }

  /** Gives the slots of all packets received so far back to the kernel. */
  release(): void {
    let slot = this.cursor - this.inFlight;
    if (slot < 0) slot += this.slotCount;
    for (; this.inFlight > 0; this.inFlight--) {
      Atomics.store(this.words, (slot * this.slotSize) >> 2, linux.TP_STATUS_KERNEL);
      if (++slot === this.slotCount) slot = 0;
    }
    this.large.release();
  }

  /** The packets that are away stay readable (as zeros). */
  close(): void {
    release(this.memory);
    this.large.close();
  }

  /** What the kernel had no slot for since the last call. */
  fetchDrops(): number {
    const page = scratch();
    page.data.setUint32(16, 8, true);
    const read = libc().getsockopt(this.fd, linux.SOL_PACKET, linux.PACKET_STATISTICS, page.address, page.address + 16);
    return read === 0 ? page.data.getUint32(4, true) : 0;
  }
}

/** A power of two, so that slots lie one behind the other through all blocks. */
function slotSizeFor(mtu: number): number {
  let size = MIN_SLOT;
  while (size < mtu + SLOT_OVERHEAD && size < MAX_SLOT) size *= 2;
  return size;
}

function setUpRing(fd: number, slotSize: number, slotCount: number): void {
  setOption(fd, linux.PACKET_VERSION, linux.TPACKET_V2, 'choosing the receive ring version');
  setOption(fd, linux.PACKET_VNET_HDR, 1, 'asking for the virtio header');
  setOption(fd, linux.PACKET_AUXDATA, 1, 'asking for VLAN tags');
  setOption(fd, linux.PACKET_RESERVE, RESERVE, 'reserving headroom');
  setOption(fd, linux.PACKET_COPY_THRESH, 1, 'asking for large frames');
  setOption(fd, linux.PACKET_IGNORE_OUTGOING, 1, 'asking for received frames only');
  const page = scratch();
  page.data.setUint32(0, BLOCK_SIZE, true);
  page.data.setUint32(4, RING_SIZE / BLOCK_SIZE, true);
  page.data.setUint32(8, slotSize, true);
  page.data.setUint32(12, slotCount, true);
  const result = libc().setsockopt(fd, linux.SOL_PACKET, linux.PACKET_RX_RING, page.address, 16);
  must(result, `making a receive ring of ${RING_SIZE} bytes`, 'setsockopt');
}

function setOption(fd: number, name: number, value: number, doing: string): void {
  const page = scratch();
  page.data.setInt32(0, value, true);
  must(libc().setsockopt(fd, linux.SOL_PACKET, name, page.address, 4), doing, 'setsockopt');
}
