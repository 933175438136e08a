/**
 * Sending through an AF_PACKET socket: packets are queued as pairs of iovecs - a virtio header of ours, and the frame where
 * it lies, be it another port's receive ring or the pool - and leave with one sendmmsg. The kernel has copied the bytes
 * when the call returns.
 *
 * @hot
 */
import { add, type Counter, counter } from '../base/counters.js';
import type { Packet } from '../packet/packet.js';
import type { PortStats } from './port.js';
import * as linux from './sys/linux.js';
import { type NativeMemory, release, systemMemory } from './sys/memory.js';
import { errno, libc } from './sys/native.js';
import { isPlain, VIRTIO_SIZE, writeVirtio } from './virtio.js';

/** Four batches; a full queue flushes itself. */
const QUEUE = 128;
/** struct mmsghdr {msghdr: name, namelen, iov, iovlen, control, controllen, flags; len}. */
const MESSAGE_SIZE = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const IOVECS_SIZE = 32;
const FRAME_BASE = 16;
const FRAME_SIZE = 24;
const HEADER_STRIDE = 16;

const IOVECS_AT = QUEUE * MESSAGE_SIZE;
const HEADERS_AT = IOVECS_AT + QUEUE * IOVECS_SIZE;
const TABLES_SIZE = HEADERS_AT + QUEUE * HEADER_STRIDE;

/** Copies of packets whose memory has no address; allocated when the first such packet is sent. */
const BOUNCE_SIZE = 256 << 10;
const MIN_FRAME = 14;
const HIGH = 0x1_0000_0000;

/** Frames that the kernel refused for any other reason than those below. */
const FAILED: Counter = counter('packet_tx_refused');
/** Frames for which the queue of the interface stayed full. */
const NO_ROOM: Counter = counter('packet_tx_no_room');
/** Frames for an interface that was down. */
const DOWN: Counter = counter('packet_tx_interface_down');
/** Frames larger than the MTU of the interface. */
const TOO_LARGE: Counter = counter('packet_tx_exceeds_mtu');
/** Frames too short or too long to be sent at all. */
const BAD_SIZE: Counter = counter('packet_tx_bad_size');

export class PacketSender {
  private readonly tables: NativeMemory = systemMemory(TABLES_SIZE);
  private readonly words = new Int32Array(this.tables.bytes.buffer);
  /** Whether the header of that place is all zero already. */
  private readonly plain = new Uint8Array(QUEUE).fill(1);
  private readonly sizes = new Int32Array(QUEUE);
  private bounce: NativeMemory | null = null;
  private bounceUsed = 0;
  private count = 0;
  private readonly sendmmsg = libc().sendmmsg;

  constructor(
    private readonly fd: number,
    private readonly counts: PortStats,
  ) {
    for (let i = 0; i < QUEUE; i++) this.link(i);
  }

  /** Everything of place `i` that never changes: the message points to two iovecs, the first to the header. @cold */
  private link(i: number): void {
    const data = new DataView(this.tables.bytes.buffer);
    const message = i * MESSAGE_SIZE;
    const iovecs = IOVECS_AT + i * IOVECS_SIZE;
    data.setBigUint64(message + MSG_IOV, BigInt(this.tables.address + iovecs), true);
    data.setBigUint64(message + MSG_IOVLEN, 2n, true);
    data.setBigUint64(iovecs, BigInt(this.tables.address + HEADERS_AT + i * HEADER_STRIDE), true);
    data.setBigUint64(iovecs + 8, BigInt(VIRTIO_SIZE), true);
  }

  send(packet: Packet): void {
    const cut = packet.truncate;
    const size = cut > 0 && cut < packet.size ? cut : packet.size;
    if (size < MIN_FRAME) {
      this.drop(BAD_SIZE, 1);
      return;
    }
    if (this.count === QUEUE) this.flush();
    const address = packet.mem !== 0 ? packet.mem + packet.start : this.copy(packet, size);
    if (address === 0) {
      this.drop(BAD_SIZE, 1);
      return;
    }
    const i = this.count++;
    this.sizes[i] = size;
    this.putHeader(packet, i);
    const at = (IOVECS_AT + i * IOVECS_SIZE + FRAME_BASE) >> 2;
    this.words[at] = address;
    this.words[at + 1] = address / HIGH;
    this.words[at + ((FRAME_SIZE - FRAME_BASE) >> 2)] = size;
  }

  private putHeader(packet: Packet, i: number): void {
    const at = HEADERS_AT + i * HEADER_STRIDE;
    if (!isPlain(packet)) {
      writeVirtio(packet, this.tables.bytes, at);
      this.plain[i] = 0;
    } else if (this.plain[i] === 0) {
      this.tables.bytes.fill(0, at, at + VIRTIO_SIZE);
      this.plain[i] = 1;
    }
  }

  /** Address of a copy that the kernel may read, 0 if the frame is larger than can be. */
  private copy(packet: Packet, size: number): number {
    if (size > BOUNCE_SIZE) return 0;
    this.bounce ??= systemMemory(BOUNCE_SIZE);
    if (this.bounceUsed + size > BOUNCE_SIZE) this.flush();
    const at = this.bounceUsed;
    this.bounce.bytes.set(packet.bytes.subarray(packet.start, packet.start + size), at);
    this.bounceUsed += size;
    return this.bounce.address + at;
  }

  /** Sends what is queued; what the kernel does not take is dropped and counted. */
  flush(): void {
    let done = 0;
    while (done < this.count) {
      const at = this.tables.address + done * MESSAGE_SIZE;
      const taken = this.sendmmsg(this.fd, at, this.count - done, linux.MSG_DONTWAIT);
      // The first message of this call is the one that failed, if any did.
      if (taken <= 0) done += this.giveUp(errno(), this.count - done);
      else for (const end = done + taken; done < end; done++) this.counted(done);
    }
    this.count = 0;
    this.bounceUsed = 0;
  }

  private counted(i: number): void {
    this.counts.txPackets++;
    this.counts.txBytes += this.sizes[i];
  }

  /** Drops one packet, or all that are left if the failure is not that packet's; returns how many. */
  private giveUp(code: number, left: number): number {
    switch (code) {
      case linux.EAGAIN:
        return this.drop(NO_ROOM, left);
      case linux.ENETDOWN:
      case linux.ENXIO:
      case linux.ENODEV:
        return this.drop(DOWN, left);
      case linux.EINTR:
        return 0;
      case linux.ENOBUFS:
        return this.drop(NO_ROOM, 1);
      case linux.EMSGSIZE:
        this.counts.txErrors++;
        return this.drop(TOO_LARGE, 1);
      default:
        this.counts.txErrors++;
        return this.drop(FAILED, 1);
    }
  }

  private drop(reason: Counter, count: number): number {
    add(reason, count);
    this.counts.txDropped += count;
    return count;
  }

  close(): void {
    release(this.tables);
    if (this.bounce !== null) release(this.bounce);
  }
}
