/**
 * Listens to the kernel's notifications about interfaces: links lost and back, interfaces deleted, made, renamed, with another MTU or
 * address. A netlink socket (rtnetlink(7)) in the network namespace of the process; it hears nothing of other namespaces.
 */
import { guard } from '../../base/guard.js';
import { type LinkEvent, parseLinkMessages } from '../link-messages.js';
import { EpollSet } from './epoll.js';
import * as linux from './linux.js';
import { release, Scratch } from './memory.js';
import { errno, libc, systemError, type Watch, watch } from './native.js';

export interface LinkListener {
  onEvent(event: LinkEvent): void;
  /** Something may have been missed: all interfaces have to be looked at. */
  onMissed(): void;
}

/** What may wait in the kernel, as it counts: some thousand messages. Beyond it the kernel says that it has dropped some. */
const QUEUE_SIZE = 4 << 20;
/** Datagrams read before others get their turn; the rest is read at the next. */
const MAX_READS = 64;
/** Larger than any datagram of the kernel's about one interface. */
const MAX_DATAGRAM = 64 << 10;

/** Where things lie in the page: struct msghdr, its iovec, struct sockaddr_nl; the datagram behind. */
const IOVEC = 64;
const SENDER = 128;
const SENDER_SIZE = 12;
const DATAGRAM = 256;
const MSG_NAME = 0;
const MSG_NAMELEN = 8;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_FLAGS = 48;
const NL_PID = 4;
const NL_GROUPS = 8;

export class LinkMonitor {
  private readonly page = new Scratch(DATAGRAM + MAX_DATAGRAM);
  private readonly fd: number;
  private readonly set = new EpollSet();
  private readonly watched: Watch = watch(this.set.fd);
  private isReading = false;
  private isClosed = false;

  /** Throws a SwitchError where the system has no such sockets. */
  constructor(
    private readonly listener: LinkListener,
    queueSize = QUEUE_SIZE,
  ) {
    this.fd = openSocket(this.page, queueSize);
    const { data, address } = this.page;
    data.setBigUint64(MSG_NAME, BigInt(address + SENDER), true);
    data.setBigUint64(MSG_IOV, BigInt(address + IOVEC), true);
    data.setBigUint64(MSG_IOVLEN, 1n, true);
    data.setBigUint64(IOVEC, BigInt(address + DATAGRAM), true);
    data.setBigUint64(IOVEC + 8, BigInt(MAX_DATAGRAM), true);
    this.set.add(this.fd);
    this.watched.start({ readable: true }, () => guard('hearing of interfaces', undefined, () => this.read()));
  }

  /** Reports what has happened so far. Called by the event loop; others may when they cannot wait for it, the listener too. */
  read(): void {
    if (this.isReading) return;
    this.isReading = true;
    try {
      this.readAll();
    } finally {
      this.isReading = false;
    }
  }

  private readAll(): void {
    for (let reads = 0; reads < MAX_READS && !this.isClosed; reads++) {
      this.page.data.setUint32(MSG_NAMELEN, SENDER_SIZE, true);
      const size = libc().recvmsg(this.fd, this.page.address, linux.MSG_DONTWAIT);
      if (size >= 0) this.parse(size);
      else if (!this.hasFailed(errno())) return;
    }
  }

  /** False if there is just nothing to be read. */
  private hasFailed(code: number): boolean {
    if (code === linux.EINTR) return true;
    if (code !== linux.ENOBUFS) return false;
    this.listener.onMissed();
    return true;
  }

  private parse(size: number): void {
    const { data, bytes } = this.page;
    // Only the kernel, whose port is 0, knows.
    if (data.getUint32(SENDER + NL_PID, true) !== 0) return;
    const isComplete = (data.getUint32(MSG_FLAGS, true) & linux.MSG_TRUNC) === 0;
    const events = isComplete ? parseLinkMessages(bytes.subarray(DATAGRAM, DATAGRAM + size)) : null;
    if (events === null) this.listener.onMissed();
    else for (const event of events) this.listener.onEvent(event);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.watched.close();
    this.set.close();
    libc().close(this.fd);
    release(this.page);
  }
}

function openSocket(page: Scratch, queueSize: number): number {
  const type = linux.SOCK_RAW | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK;
  const fd = libc().socket(linux.AF_NETLINK, type, linux.NETLINK_ROUTE);
  if (fd === -1) throw systemError('listening to changes of interfaces', 'socket');
  page.data.setInt32(0, queueSize, true);
  libc().setsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, page.address, 4);
  page.bytes.fill(0, 0, SENDER_SIZE);
  page.data.setUint16(0, linux.AF_NETLINK, true);
  page.data.setUint32(NL_GROUPS, linux.RTMGRP_LINK, true);
  const bound = libc().bind(fd, page.address, SENDER_SIZE);
  page.bytes.fill(0, 0, SENDER_SIZE);
  if (bound === 0) return fd;
  const code = errno();
  libc().close(fd);
  throw systemError('listening to changes of interfaces', 'bind', code);
}
