/**
 * Waiting for descriptors without blocking the event loop. The descriptors are in an epoll set of ours, and Node's event
 * loop watches only that set. So a port may be closed at any moment, and nothing runs on another thread: that would cost each wake-up two
 * context switches (ping through an idle forwarder here, 2026-11: median 0.20 ms, with poll(2) on a pool thread 0.23 ms).
 */
import { invariant } from '../../base/error.js';
import { EpollSet } from './epoll.js';
import * as linux from './linux.js';
import { scratch } from './memory.js';
import { libc, type Watch, watch } from './native.js';

/** A broken descriptor ends this many waits at once before it is looked for, which costs a system call. */
const CHECK_EVERY = 32;
const ignore = (): void => {};

/** The poller of a Loop on Linux; one for each loop. */
export class EpollPoller {
  private readonly set = new EpollSet();
  private readonly watched: Watch = watch(this.set.fd);
  private known: readonly number[] = [];
  private resume: (() => void) | null = null;
  private onReadable = ignore;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;
  private wakeUps = 0;
  private isWatching = false;
  private isAwake = false;
  private isClosed = false;

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
    this.set.close();
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
    for (const fd of this.known) if (!wanted.has(fd)) this.set.remove(fd);
    for (const fd of fds) this.set.add(fd);
    this.known = fds;
  }

  /**
   * An error (its interface went down) would make a descriptor ready for ever. A socket's error goes by being fetched; what
   * is not a socket, as a TAP device whose interface is gone, leaves the set.
   */
  private dropBroken(): void {
    for (const fd of this.set.broken()) if (!fetchError(fd)) this.set.remove(fd);
  }
}

/** Takes the error from a socket; false if it is none. */
function fetchError(fd: number): boolean {
  const page = scratch();
  page.data.setUint32(4, 4, true);
  return libc().getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, page.address, page.address + 4) === 0;
}
