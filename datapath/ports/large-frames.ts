/**
 * Frames that were too large for a slot of the receive ring: fetched whole, one recvmsg each, from the queue of the socket.
 *
 * @hot
 */
import { type Packet, resetMetadata } from '../packet/packet.js';
import * as linux from './sys/linux.js';
import { type NativeMemory, release, Scratch, systemMemory } from './sys/memory.js';
import { libc } from './sys/native.js';
import { putVlanBack, readVirtio, VIRTIO_SIZE } from './virtio.js';

/** A segmented packet is at most 64 KiB of IP behind Ethernet and VLAN headers; the rest is room to push headers behind. */
const MAX_FRAME = 65_536 + 256;
/** How many may be away at a time. Memory that is never used is never backed by pages. */
const COUNT = 16;
/** What may wait in the socket's queue: some hundred large frames as the kernel counts them. */
const QUEUE_SIZE = 32 << 20;

/** Where things lie in the scratch page: struct msghdr, its iovec, struct tpacket_auxdata behind a struct cmsghdr. */
const MESSAGE = 0;
const IOVEC = 64;
const CONTROL = 128;
const CONTROL_SIZE = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_CONTROL = 32;
const MSG_CONTROLLEN = 40;
const MSG_FLAGS = 48;
const CMSG_LEVEL = 8;
const CMSG_TYPE = 12;
const CMSG_DATA = 16;
const AUX_STATUS = CMSG_DATA;
const AUX_VLAN_TCI = CMSG_DATA + 16;
const AUX_VLAN_TPID = CMSG_DATA + 18;

export class LargeFrames {
  private readonly memory: NativeMemory;
  private readonly stride: number;
  private readonly page = new Scratch();
  private readonly words = new Int32Array(this.page.bytes.buffer);
  private readonly halves = new Uint16Array(this.page.bytes.buffer);
  private used = 0;
  private readonly recvmsg = libc().recvmsg;

  constructor(
    private readonly fd: number,
    private readonly headroom: number,
  ) {
    this.stride = Math.ceil((headroom + VIRTIO_SIZE + MAX_FRAME) / 4096) * 4096;
    this.memory = systemMemory(this.stride * COUNT);
    const data = this.page.data;
    data.setInt32(0, QUEUE_SIZE, true);
    libc().setsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, this.page.address, 4);
    data.setInt32(0, 0, true);
    data.setBigUint64(MESSAGE + MSG_IOV, BigInt(this.page.address + IOVEC), true);
    data.setBigUint64(MESSAGE + MSG_IOVLEN, 1n, true);
    data.setBigUint64(MESSAGE + MSG_CONTROL, BigInt(this.page.address + CONTROL), true);
    data.setBigUint64(IOVEC + 8, BigInt(VIRTIO_SIZE + MAX_FRAME), true);
  }

  get isExhausted(): boolean {
    return this.used === COUNT;
  }

  /** Fetches the next one; false if there is none or it is larger than can be. */
  receive(packet: Packet): boolean {
    const headerAt = this.used * this.stride + this.headroom;
    const words = this.words;
    const address = this.memory.address + headerAt;
    words[IOVEC >> 2] = address;
    words[(IOVEC + 4) >> 2] = address / 0x1_0000_0000;
    words[(MESSAGE + MSG_CONTROLLEN) >> 2] = CONTROL_SIZE;
    const size = this.recvmsg(this.fd, this.page.address, linux.MSG_DONTWAIT) - VIRTIO_SIZE;
    if (size <= 0 || (words[(MESSAGE + MSG_FLAGS) >> 2] & linux.MSG_TRUNC) !== 0) return false;
    this.used++;
    resetMetadata(packet);
    packet.bytes = this.memory.bytes;
    packet.mem = this.memory.address;
    packet.start = headerAt + VIRTIO_SIZE;
    packet.size = size;
    readVirtio(packet, packet.bytes, headerAt);
    this.restoreVlan(packet);
    return true;
  }

  /** The tag comes in a control message, since the queue's order need not be that of the slots. */
  private restoreVlan(packet: Packet): void {
    const words = this.words;
    if (words[(MESSAGE + MSG_CONTROLLEN) >> 2] < AUX_VLAN_TPID + 2) return;
    if (words[(CONTROL + CMSG_LEVEL) >> 2] !== linux.SOL_PACKET) return;
    if (words[(CONTROL + CMSG_TYPE) >> 2] !== linux.PACKET_AUXDATA) return;
    if ((words[(CONTROL + AUX_STATUS) >> 2] & linux.TP_STATUS_VLAN_VALID) === 0) return;
    putVlanBack(packet, this.halves[(CONTROL + AUX_VLAN_TPID) >> 1], this.halves[(CONTROL + AUX_VLAN_TCI) >> 1]);
  }

  release(): void {
    this.used = 0;
  }

  close(): void {
    release(this.memory);
    release({ bytes: this.page.bytes, address: this.page.address });
  }
}
