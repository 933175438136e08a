/**
 * TAP devices: a network interface made by us, whose other end is this port. Each read or write is one frame with its
 * virtio header, so that the kernel may leave checksums and segmentation open. An internal port is a TAP device named as the
 * bridge: through it the machine itself takes part in the bridge's network.
 */
import { add, counter } from '../base/counters.js';
import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import { Packet, resetMetadata } from '../packet/packet.js';
import type { Port, PortState, PortStats } from './port.js';
import { noStats } from './stats.js';
import { checkName, indexOf, interfaceError, putName, setMac, setMtu, setUp, stateOf } from './sys/if.js';
import * as linux from './sys/linux.js';
import { type NativeMemory, release, scratch, systemMemory } from './sys/memory.js';
import { errno, libc } from './sys/native.js';
import { readVirtio, VIRTIO_SIZE, writeVirtio } from './virtio.js';

/** What the interface is given when it is made. */
export interface TapOptions {
  mac?: Uint8Array;
  mtu?: number;
}

const HEADROOM = 128;
const MAX_FRAME = 65_536 + 256;
const STRIDE = Math.ceil((HEADROOM + VIRTIO_SIZE + MAX_FRAME) / 4096) * 4096;
const MIN_FRAME = 14;
/** Where struct iovec [2], and the virtio header that the first of them points to, lie in the tables page. */
const IOVECS = 0;
const HEADER = 64;

/** Reads from a tap that failed. */
const RX_FAILED = counter('tap_rx_failed');
/** Frames that a tap did not take. */
const TX_FAILED = counter('tap_tx_failed');

/** A TAP device, made when the port is opened and gone when it is closed; needs CAP_NET_ADMIN. */
export class TapPort implements Port {
  readonly type = 'tap';
  readonly fds: readonly number[];

  private readonly counts = noStats();
  private readonly fd: number;
  private readonly memory: NativeMemory = systemMemory(STRIDE * BATCH_SIZE);
  private readonly tables: NativeMemory = systemMemory(4096);
  private readonly data = new DataView(this.tables.bytes.buffer);
  private readonly packets = Array.from({ length: BATCH_SIZE }, () => new Packet());
  private bounce: NativeMemory | null = null;
  private inFlight = 0;
  private isClosed = false;
  private readonly read = libc().read;
  private readonly writev = libc().writev;

  constructor(
    readonly name: string,
    options: TapOptions = {},
  ) {
    this.fd = openTap(name);
    this.fds = [this.fd];
    try {
      if (options.mac !== undefined) setMac(name, options.mac);
      if (options.mtu !== undefined) setMtu(name, options.mtu);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  receive(batch: PacketBatch): void {
    while (!batch.isFull && this.inFlight < BATCH_SIZE) {
      const at = this.inFlight * STRIDE + HEADROOM;
      const size = this.read(this.fd, this.memory.address + at, STRIDE - HEADROOM);
      if (size === -1) {
        if (errno() !== linux.EAGAIN) add(RX_FAILED);
        return;
      }
      if (size >= VIRTIO_SIZE + MIN_FRAME) batch.push(this.wrap(at, size - VIRTIO_SIZE));
      else this.counts.rxDropped++;
    }
  }

  private wrap(headerAt: number, size: number): Packet {
    const packet = this.packets[this.inFlight++];
    resetMetadata(packet);
    packet.bytes = this.memory.bytes;
    packet.mem = this.memory.address;
    packet.start = headerAt + VIRTIO_SIZE;
    packet.size = size;
    readVirtio(packet, packet.bytes, headerAt);
    this.counts.rxPackets++;
    this.counts.rxBytes += size;
    return packet;
  }

  /** Ports with descriptors are polled. */
  pending(): boolean {
    return false;
  }

  release(): void {
    this.inFlight = 0;
  }

  /** Writes at once: the device takes one frame per call. */
  send(packet: Packet): void {
    const cut = packet.truncate;
    const size = cut > 0 && cut < packet.size ? cut : packet.size;
    const address = packet.mem !== 0 ? packet.mem + packet.start : this.copy(packet, size);
    if (address === 0 || size < MIN_FRAME || !this.write(packet, address, size)) {
      add(TX_FAILED);
      this.counts.txDropped++;
      return;
    }
    this.counts.txPackets++;
    this.counts.txBytes += size;
  }

  private write(packet: Packet, address: number, size: number): boolean {
    writeVirtio(packet, this.tables.bytes, HEADER);
    this.putIovec(IOVECS, this.tables.address + HEADER, VIRTIO_SIZE);
    this.putIovec(IOVECS + 16, address, size);
    return this.writev(this.fd, this.tables.address + IOVECS, 2) !== -1;
  }

  private putIovec(at: number, base: number, size: number): void {
    this.data.setUint32(at, base, true);
    this.data.setUint32(at + 4, base / 0x1_0000_0000, true);
    this.data.setUint32(at + 8, size, true);
  }

  /** Address of a copy that the kernel may read, 0 if the frame is larger than can be. */
  private copy(packet: Packet, size: number): number {
    if (size > MAX_FRAME) return 0;
    this.bounce ??= systemMemory(Math.ceil(MAX_FRAME / 4096) * 4096);
    this.bounce.bytes.set(packet.bytes.subarray(packet.start, packet.start + size));
    return this.bounce.address;
  }

  flush(): void {
    // Everything left in `send`.
  }

  stats(): PortStats {
    return { ...this.counts };
  }

  /** A device that was moved to another network namespace, or renamed, goes on there, though nothing of it can be seen from here. */
  state(): PortState {
    const state = stateOf(this.name);
    return state.ifindex === 0 && this.isThere() ? { ...state, adminUp: true, linkUp: true } : state;
  }

  private isThere(): boolean {
    return !this.isClosed && libc().ioctl(this.fd, linux.TUNGETIFF, scratch().address) === 0;
  }

  setAdminUp(up: boolean): void {
    setUp(this.name, up);
  }

  setMtu(mtu: number): void {
    setMtu(this.name, mtu);
  }

  /** The device goes with its descriptor. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    libc().close(this.fd);
    release(this.memory);
    release(this.tables);
    if (this.bounce !== null) release(this.bounce);
  }
}

/** Makes the device; a name that is taken is refused, so that no interface of somebody else's is attached to. */
function openTap(name: string): number {
  checkName(name);
  if (indexOf(name) !== 0) throw interfaceError(name, 'making', linux.EBUSY);
  const fd = libc().open('/dev/net/tun', linux.O_RDWR | linux.O_NONBLOCK | linux.O_CLOEXEC, 0);
  if (fd === -1) throw interfaceError(name, 'opening /dev/net/tun for');
  const page = scratch();
  putName(page, name);
  page.data.setUint16(linux.IFNAMSIZ, linux.IFF_TAP | linux.IFF_NO_PI | linux.IFF_VNET_HDR, true);
  if (libc().ioctl(fd, linux.TUNSETIFF, page.address) === -1) {
    const code = errno();
    libc().close(fd);
    throw interfaceError(name, 'making', code);
  }
  const offloads = linux.TUN_F_CSUM | linux.TUN_F_TSO4 | linux.TUN_F_TSO6 | linux.TUN_F_TSO_ECN;
  // The argument is the value itself. Without it the kernel completes and segments everything first: slower, still right.
  libc().ioctl(fd, linux.TUNSETOFFLOAD, offloads);
  return fd;
}
