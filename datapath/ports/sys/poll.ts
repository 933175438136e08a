/**
 * Waiting for descriptors without blocking the event loop: poll(2) on a thread of Node's pool, with an eventfd beside the
 * descriptors so that `wake` and `close` end a wait at once.
 */
import { invariant } from '../../base/error.js';
import * as linux from './linux.js';
import { type NativeMemory, release, systemMemory } from './memory.js';
import { libc, must, pollAsync } from './native.js';

/** Far above the ports of one machine; each costs eight bytes. */
const MAX_FDS = 65_535;
const POLLFD_SIZE = 8;
/** Where the eventfd's 64-bit counter is written from and read to: before the pollfd array. */
const COUNTER_SIZE = 8;
const PAGE = 4096;

export class Poller {
  private readonly event: number;
  private memory: NativeMemory = systemMemory(PAGE);
  private words = new Int32Array(this.memory.bytes.buffer);
  private waiting = false;
  private closed = false;

  constructor() {
    const flags = linux.EFD_NONBLOCK | linux.EFD_CLOEXEC;
    this.event = must(libc().eventfd(0, flags), 'making an eventfd', 'eventfd');
  }

  /** Resolves when one of them is readable or broken, after `wake`, or after the time. One wait at a time. */
  async wait(fds: readonly number[], timeoutMs: number): Promise<void> {
    invariant(!this.waiting, 'one wait at a time');
    if (this.closed) return;
    this.waiting = true;
    this.fill(fds);
    await pollAsync(this.memory.address + COUNTER_SIZE, fds.length + 1, Math.max(0, Math.ceil(timeoutMs)));
    this.waiting = false;
    if (this.closed) this.free();
    else this.settle(fds.length);
  }

  /** Ends the wait that is under way, else the next one. */
  wake(): void {
    if (this.closed) return;
    const once = new Int32Array(this.memory.bytes.buffer, 0, 2);
    once[0] = 1;
    once[1] = 0;
    libc().write(this.event, this.memory.address, COUNTER_SIZE);
  }

  /** Ends a wait; nothing of the poller then keeps the process alive. */
  close(): void {
    if (this.closed) return;
    this.wake();
    this.closed = true;
    if (!this.waiting) this.free();
  }

  private free(): void {
    libc().close(this.event);
    release(this.memory);
  }

  /** Writes the array of struct pollfd {int fd; short events; short revents}, the eventfd first. */
  private fill(fds: readonly number[]): void {
    invariant(fds.length < MAX_FDS, 'a bounded number of ports');
    this.reserve(COUNTER_SIZE + (fds.length + 1) * POLLFD_SIZE);
    this.words[2] = this.event;
    this.words[3] = linux.POLLIN;
    for (let i = 0; i < fds.length; i++) {
      this.words[4 + 2 * i] = fds[i];
      this.words[5 + 2 * i] = linux.POLLIN;
    }
  }

  private reserve(size: number): void {
    if (size <= this.memory.bytes.byteLength) return;
    release(this.memory);
    this.memory = systemMemory(Math.ceil(size / PAGE) * PAGE);
    this.words = new Int32Array(this.memory.bytes.buffer);
  }

  /** Empties the eventfd, and fetches the error of sockets that have one, which would end every later wait at once. */
  private settle(count: number): void {
    if (this.words[3] >>> 16 !== 0) libc().read(this.event, this.memory.address, COUNTER_SIZE);
    for (let i = 0; i < count; i++) {
      if (((this.words[5 + 2 * i] >>> 16) & linux.POLLERR) !== 0) this.clearError(this.words[4 + 2 * i]);
    }
  }

  private clearError(fd: number): void {
    const valueAt = this.memory.address;
    this.words[1] = 4;
    libc().getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, valueAt, valueAt + 4);
  }
}
