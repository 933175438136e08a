/**
 * A network interface of the machine as a port: an AF_PACKET socket with a receive ring (packet-ring.ts) and batched
 * sending (packet-sender.ts). The kernel's own stack still sees what arrives on the interface; give it no address.
 *
 * The port is that of the interface's name. When the interface goes away - deleted, renamed, moved to another network namespace - the
 * port stays, with its link down, and takes and gives no frames; when one of that name is there again, `state` takes hold of it.
 */
import { SwitchError } from '../base/error.js';
import { logger } from '../base/log.js';
import type { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import { PacketRing } from './packet-ring.js';
import { PacketSender } from './packet-sender.js';
import type { Port, PortState, PortStats } from './port.js';
import { noStats } from './stats.js';
import { claim } from './sys/claim.js';
import {
  checkName,
  type InterfaceError,
  indexOf,
  interfaceError,
  isEthernet,
  mtuOf,
  setMtu,
  setUp,
  stateOf,
} from './sys/if.js';
import * as linux from './sys/linux.js';
import { scratch } from './sys/memory.js';
import { errno, libc } from './sys/native.js';

/** Asked for at most; the kernel counts an skb's whole memory. */
const SEND_BUFFER = 8 << 20;
/** struct sockaddr_ll, and where in it the interface's index is. */
const ADDRESS_SIZE = 20;
const ADDRESS_IFINDEX = 4;

const log = logger('netdev_linux');

/** A port on an interface that is there already; opening it needs CAP_NET_RAW, and no other switch may have it. */
export class PacketPort implements Port {
  readonly type = 'system';
  readonly fds: readonly number[];

  private readonly counts = noStats();
  private readonly ring: PacketRing;
  private readonly sender: PacketSender;
  private readonly fd: number;
  /** Of the interface that we hold; 0 while there is none. */
  private ifindex: number;
  /** Why the interface of our name is not ours, as it was said last. */
  private refusal = '';
  /** Held for as long as the interface is ours, so that no second switch takes it; -1: none. */
  private claimFd: number;
  private isClosed = false;

  constructor(readonly name: string) {
    checkName(name);
    this.ifindex = indexOf(name);
    if (this.ifindex === 0) throw interfaceError(name, 'opening', linux.ENODEV);
    if (!isEthernet(name)) throw notEthernet(name);
    this.claimFd = claim(name, this.ifindex);
    this.fd = openSocket(name, this.claimFd);
    try {
      this.ring = new PacketRing(this.fd, mtuOf(name), this.counts);
      this.sender = new PacketSender(this.fd, this.counts);
      this.bind(this.ifindex);
    } catch (error) {
      libc().close(this.fd);
      libc().close(this.claimFd);
      throw error;
    }
    this.fds = [this.fd];
  }

  /** Starts to receive from that interface, whatever its address: a switch sees all frames. */
  private bind(ifindex: number): void {
    const page = scratch();
    // struct sockaddr_ll {family, protocol (big-endian), ifindex, ...}
    page.data.setUint16(0, linux.AF_PACKET, true);
    page.data.setUint16(2, linux.ETH_P_ALL_BE, true);
    page.data.setInt32(ADDRESS_IFINDEX, ifindex, true);
    if (libc().bind(this.fd, page.address, ADDRESS_SIZE) === -1) throw interfaceError(this.name, 'opening');
    if (this.setPromiscuous(linux.PACKET_ADD_MEMBERSHIP, ifindex) === -1)
      throw interfaceError(this.name, 'making promiscuous');
  }

  private setPromiscuous(option: number, ifindex: number): number {
    const page = scratch();
    // struct packet_mreq {ifindex, type, alen, address[8]}
    page.data.setInt32(0, ifindex, true);
    page.data.setUint16(4, linux.PACKET_MR_PROMISC, true);
    return libc().setsockopt(this.fd, linux.SOL_PACKET, option, page.address, 16);
  }

  receive(batch: PacketBatch): void {
    this.ring.receive(batch);
    if (this.ifindex === 0) this.discard(batch);
  }

  /** Frames of an interface that has our name no more. */
  private discard(batch: PacketBatch): void {
    this.counts.rxDropped += batch.count;
    batch.clear();
    this.ring.release();
  }

  /** Ports with descriptors are polled. */
  pending(): boolean {
    return false;
  }

  release(): void {
    this.ring.release();
  }

  send(packet: Packet): void {
    if (this.ifindex === 0) this.counts.txDropped++;
    else this.sender.send(packet);
  }

  flush(): void {
    this.sender.flush();
  }

  stats(): PortStats {
    const lost = this.isClosed ? 0 : this.ring.fetchDrops();
    this.counts.rxDropped += lost;
    this.counts.rxOverErrors += lost;
    return { ...this.counts };
  }

  state(): PortState {
    const state = stateOf(this.name);
    if (!this.isClosed && !this.holds(state.ifindex)) this.takeHold(state.ifindex);
    return this.ifindex === 0 ? { ...state, ifindex: 0, linkUp: false } : state;
  }

  /** An interface that was moved to another namespace and back has its old index, but the socket has been torn from it. */
  private holds(ifindex: number): boolean {
    return ifindex === this.ifindex && (ifindex === 0 || this.boundIndex() === ifindex);
  }

  /** Of the interface that the socket is at, -1 if that has gone. */
  private boundIndex(): number {
    const page = scratch();
    const sizeAt = 32;
    page.data.setUint32(sizeAt, ADDRESS_SIZE, true);
    libc().getsockname(this.fd, page.address, page.address + sizeAt);
    return page.data.getInt32(ADDRESS_IFINDEX, true);
  }

  /** An interface of our name is there, perhaps another than before, or (0) none. If another switch has it, our link stays down. */
  private takeHold(ifindex: number): void {
    this.letGo();
    if (ifindex === 0) return;
    try {
      if (!isEthernet(this.name)) throw notEthernet(this.name);
      this.claimFd = claim(this.name, ifindex);
      this.bind(ifindex);
      this.ifindex = ifindex;
      this.refusal = '';
    } catch (error) {
      this.letGo();
      this.refuse((error as Error).message);
    }
  }

  /** An interface that has only been renamed is given back as it was. */
  private letGo(): void {
    if (this.ifindex !== 0) this.setPromiscuous(linux.PACKET_DROP_MEMBERSHIP, this.ifindex);
    this.ifindex = 0;
    if (this.claimFd !== -1) libc().close(this.claimFd);
    this.claimFd = -1;
  }

  /** Once for each reason: it is asked about again and again. */
  private refuse(why: string): void {
    if (why !== this.refusal) log.warn(`port ${this.name}: the interface cannot be taken hold of: ${why}`);
    this.refusal = why;
  }

  setAdminUp(up: boolean): void {
    setUp(this.name, up);
  }

  setMtu(mtu: number): void {
    setMtu(this.name, mtu);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.letGo();
    libc().close(this.fd);
    this.ring.close();
    this.sender.close();
  }
}

function openSocket(name: string, claimFd: number): number {
  // Protocol 0: nothing arrives before `bind`, so nothing of other interfaces ever gets into the ring.
  const fd = libc().socket(linux.AF_PACKET, linux.SOCK_RAW | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0);
  if (fd === -1) {
    const code = errno();
    libc().close(claimFd);
    throw interfaceError(name, 'opening', code);
  }
  const page = scratch();
  page.data.setInt32(0, SEND_BUFFER, true);
  libc().setsockopt(fd, linux.SOL_SOCKET, linux.SO_SNDBUFFORCE, page.address, 4);
  return fd;
}

const notEthernet = (name: string): InterfaceError =>
  new SwitchError(`${name} is not an Ethernet interface`, { code: 'not-ethernet', name });
