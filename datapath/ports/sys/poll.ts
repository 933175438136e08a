/**
 * Waiting for descriptors without blocking the event loop. The descriptors are in an epoll set of ours, and Node's event
 * loop watches only that set. So a port may be closed at any moment - libuv ends the process when a descriptor that it was
 * told to watch is not open - and nothing runs on another thread: that would cost each wake-up two context switches
 * (ping through an idle forwarder here, 2026-11: median 0.20 ms, with poll(2) on a pool thread 0.23 ms).
 */
import { invariant } from '../../base/error.js';
import * as linux from './linux.js';
import { type NativeMemory, release, systemMemory } from './memory.js';
import { libc, must, type Watch, watch } from './native.js';

/** struct epoll_event {events, data}: packed on x86-64 only. */
const EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
const DATA_AT = EVENT_SIZE - 8;
/** Broken descriptors looked for at a wake-up; more are found by the next. */
const MAX_EVENTS = 64;
/** A broken descriptor ends this many waits at once before it is looked for, which costs a system call. */
const CHECK_EVERY = 32;
/** Where the value and the size of a socket option are put, behind the events. */
const OPTION_AT = 2048;

const ignore = (): void => {};

export class Poller {
  private readonly epoll: number;
  private readonly watched: Watch;
  private readonly memory: NativeMemory = systemMemory(4096);
  private readonly data = new DataView(this.memory.bytes.buffer);
  private known: readonly number[] = [];
  private resume: (() => void) | null = null;
  private onReadable = ignore;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;
  private wakeUps = 0;
  private isWatching = false;
  private isAwake = false;
  private isClosed = false;

  constructor() {
    this.epoll = must(libc().epoll_create1(linux.EPOLL_CLOEXEC), 'making an epoll set', 'epoll_create1');
    this.watched = watch(this.epoll);
  }

  /**
   * Resolves when one of the descriptors is readable or broken, after `wake`, or at the latest after the time. One wait at a time. Give
   * another array when a port was added or removed: its number may be that of a descriptor closed before. `onReadable` is
   * called in the first case, before anything else.
   */
  wait(fds: readonly number[], timeoutMs: number, onReadable: () => void = ignore): Promise<void> {
    invariant(this.resume === null, 'one wait at a time');
    if (this.isAwake || this.isClosed) {
      this.isAwake = false;
      return Promise.resolve();
    }
    if (fds !== this.known) this.learn(fds);
    this.onReadable = onReadable;
    return new Promise((resolve) => {
      this.resume = resolve;
      this.setTimer(timeoutMs);
      if (!this.isWatching) this.watched.start({ readable: true }, this.onReady);
      this.isWatching = true;
    });
  }

  /** Ends the wait that is under way, else the next one. */
  wake(): void {
    if (this.resume === null) this.isAwake = true;
    else this.end();
  }

  /** Ends a wait; nothing of the poller then keeps the process alive. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.timer);
    this.end();
    this.watched.close();
    libc().close(this.epoll);
    release(this.memory);
  }

  /** A timer of an earlier wait that is due soon enough serves this one too: at worst it ends it early. */
  private setTimer(timeoutMs: number): void {
    const due = performance.now() + timeoutMs;
    if (this.timer !== undefined && this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(this.onTime, Math.max(0, timeoutMs));
  }

  private readonly onTime = (): void => {
    this.timer = undefined;
    this.end();
  };

  /** The watch stays on from wait to wait, and goes off when it finds nobody waiting. */
  private readonly onReady = (): void => {
    if (this.resume === null) {
      this.isWatching = false;
      this.watched.stop();
      return;
    }
    this.onReadable();
    if (++this.wakeUps % CHECK_EVERY === 0) this.dropBroken();
    this.end();
  };

  private end(): void {
    const resume = this.resume;
    if (resume === null) return;
    this.resume = null;
    resume();
  }

  /** Makes the set that of `fds`. Those that were closed have left it by themselves; those that are in it may stay. */
  private learn(fds: readonly number[]): void {
    const wanted = new Set(fds);
    for (const fd of this.known) if (!wanted.has(fd)) this.change(linux.EPOLL_CTL_DEL, fd);
    for (const fd of fds) this.change(linux.EPOLL_CTL_ADD, fd);
    this.known = fds;
  }

  private change(operation: number, fd: number): void {
    this.data.setUint32(0, linux.EPOLLIN, true);
    this.data.setInt32(DATA_AT, fd, true);
    libc().epoll_ctl(this.epoll, operation, fd, this.memory.address);
  }

  /**
   * An error (its interface went down) would make a descriptor ready for ever. A socket's error goes by being fetched; what
   * is not a socket, as a TAP device whose interface is gone, leaves the set.
   */
  private dropBroken(): void {
    const count = libc().epoll_wait(this.epoll, this.memory.address, MAX_EVENTS, 0);
    for (let i = 0; i < count; i++) {
      const at = i * EVENT_SIZE;
      if ((this.data.getUint32(at, true) & linux.EPOLLERR) === 0) continue;
      const fd = this.data.getInt32(at + DATA_AT, true);
      if (!this.fetchError(fd)) this.change(linux.EPOLL_CTL_DEL, fd);
    }
  }

  private fetchError(fd: number): boolean {
    const at = this.memory.address + OPTION_AT;
    this.data.setUint32(OPTION_AT + 4, 4, true);
    return libc().getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, at, at + 4) === 0;
  }
}
