/**
 * A network interface of the machine as a port: an AF_PACKET socket with a receive ring (packet-ring.ts) and batched
 * sending (packet-sender.ts). The kernel's own stack still sees what arrives on the interface; give it no address.
 *
 * When the interface goes away the port stays, with its link down; when one of the same name comes back, `state` (asked
 * about once a second) takes hold of it again.
 */
import { SwitchError } from '../base/error.js';
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

export class PacketPort implements Port {
  readonly type = 'system';
  readonly fds: readonly number[];

  private readonly counts = noStats();
  private readonly ring: PacketRing;
  private readonly sender: PacketSender;
  private readonly fd: number;
  private ifindex: number;
  /** Held for as long as the port is open, so that no second switch takes the interface. */
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
    page.data.setInt32(4, ifindex, true);
    if (libc().bind(this.fd, page.address, 20) === -1) throw interfaceError(this.name, 'opening');
    // struct packet_mreq {ifindex, type, alen, address[8]}
    page.bytes.fill(0, 0, 32);
    page.data.setInt32(0, ifindex, true);
    page.data.setUint16(4, linux.PACKET_MR_PROMISC, true);
    const result = libc().setsockopt(this.fd, linux.SOL_PACKET, linux.PACKET_ADD_MEMBERSHIP, page.address, 16);
    if (result === -1) throw interfaceError(this.name, 'making promiscuous');
  }

  receive(batch: PacketBatch): void {
    this.ring.receive(batch);
  }

  /** Ports with descriptors are polled. */
  pending(): boolean {
    return false;
  }

  release(): void {
    this.ring.release();
  }

  send(packet: Packet): void {
    this.sender.send(packet);
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
    if (!this.isClosed && state.ifindex !== 0 && state.ifindex !== this.ifindex) this.takeHoldAgain(state.ifindex);
    return state.ifindex === this.ifindex ? state : { ...state, linkUp: false };
  }

  /** An interface of our name is there again, under another index. If another switch has it, our link stays down. */
  private takeHoldAgain(ifindex: number): void {
    let claimed = -1;
    try {
      claimed = claim(this.name, ifindex);
      this.bind(ifindex);
    } catch {
      if (claimed !== -1) libc().close(claimed);
      return;
    }
    libc().close(this.claimFd);
    this.claimFd = claimed;
    this.ifindex = ifindex;
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
    libc().close(this.fd);
    libc().close(this.claimFd);
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
