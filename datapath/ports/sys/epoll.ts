/**
 * A set of descriptors that is itself a descriptor, readable when one of its own is (epoll(7)). Node's event loop watches only such sets of
 * ours: libuv gives up a descriptor with an error - a netlink socket whose queue ran over, an interface that went down - and ends the
 * process when one that it was told to watch is not open.
 */
import * as linux from './linux.js';
import { type NativeMemory, release, systemMemory } from './memory.js';
import { libc, must } from './native.js';

/** struct epoll_event {events, data}: packed on x86-64 only. */
const EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
const DATA_AT = EVENT_SIZE - 8;
/** Broken descriptors found by one call; more are found by the next. */
const MAX_EVENTS = 64;

export class EpollSet {
  readonly fd: number;
  private readonly memory: NativeMemory = systemMemory(4096);
  private readonly data = new DataView(this.memory.bytes.buffer);

  constructor() {
    this.fd = must(libc().epoll_create1(linux.EPOLL_CLOEXEC), 'making an epoll set', 'epoll_create1');
  }

  /** One that is in it may be added again. Those that are closed leave it by themselves. */
  add(fd: number): void {
    this.change(linux.EPOLL_CTL_ADD, fd);
  }

  remove(fd: number): void {
    this.change(linux.EPOLL_CTL_DEL, fd);
  }

  private change(operation: number, fd: number): void {
    this.data.setUint32(0, linux.EPOLLIN, true);
    this.data.setInt32(DATA_AT, fd, true);
    libc().epoll_ctl(this.fd, operation, fd, this.memory.address);
  }

  /** Those with an error. */
  broken(): number[] {
    const fds: number[] = [];
    const count = libc().epoll_wait(this.fd, this.memory.address, MAX_EVENTS, 0);
    for (let at = 0; at < count * EVENT_SIZE; at += EVENT_SIZE)
      if ((this.data.getUint32(at, true) & linux.EPOLLERR) !== 0) fds.push(this.data.getInt32(at + DATA_AT, true));
    return fds;
  }

  close(): void {
    libc().close(this.fd);
    release(this.memory);
  }
}
