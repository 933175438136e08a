/**
 * The writing end of a log. What is behind the descriptor may be full, gone, broken or read too slowly at any time; the switch goes on
 * all the same, so nothing here throws or waits. Lines that cannot be written are dropped and counted, the descriptor is tried again
 * with growing pauses, and when it takes lines again the first one says how many are missing.
 *
 * Writing is synchronous: the last lines before a crash are the ones that matter.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { add, counter } from '../../datapath/base/counters.js';
import { errnoOf } from '../net/errno.js';

/** What a slow reader of a pipe has not taken yet; beyond it lines are dropped. */
const MAX_PENDING_BYTES = 256 * 1024;
/** Pause before a slow reader is tried again. */
const SLOW_MS = 20;
/** Pauses between tries of what is broken. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8_000;

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;

/** Times that a log (standard error or the file) could not be written and began to drop lines. */
const troubles = counter('log_write_failed');
/** Lines that were dropped because a log could not be written. */
const linesLost = counter('log_line_lost');

export interface LogWriterHooks {
  /** Lines are dropped from now on; reported once for each time of trouble. `errno` as in ENOSPC. */
  troubled(errno: string): void;
  /** The line that is written when lines are taken again. */
  recovered(lost: number, errno: string): string;
}

/** Opens a file to append to, of mode 0640 as Open vSwitch makes it; throws the system's error. A FIFO without a reader is one. */
export const openLogFile = (path: string): number =>
  openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o640);

/**
 * A descriptor for standard error that never makes the writer wait: pipes and terminals are opened anew, since to set the mode of the
 * one we were given would set it for everybody who shares it. Files never make wait, and of sockets Node has set the mode.
 */
export function openStandardError(): number {
  try {
    const found = fstatSync(2);
    if (found.isFIFO() || found.isCharacterDevice())
      return openSync('/proc/self/fd/2', O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // It belongs to another user or is closed: what can be written will be.
  }
  return 2;
}

export class LogWriter {
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private lost = 0;
  private errno: string | null = null;
  private retryMs = FIRST_RETRY_MS;
  private timer: NodeJS.Timeout | null = null;
  /** The last thing written is half a line. */
  private isTorn = false;
  /** Bytes that the last call has written before it failed. */
  private written = 0;

  constructor(
    private readonly fd: number,
    private readonly hooks: LogWriterHooks,
  ) {}

  /** Takes a whole line with its end. */
  write(line: string): void {
    if (this.errno !== null) this.lose(1);
    else if (this.pending.length === 0) this.put(Buffer.from(line));
    else this.keep(Buffer.from(line));
  }

  /** Writes what waits, if it is taken at once, and closes the descriptor. */
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.errno = 'EBADF';
    for (const bytes of this.pending) if (this.tryWrite(bytes) !== null) break;
    this.pending = [];
    if (this.fd === 2) return;
    try {
      closeSync(this.fd);
    } catch {
      // What is lost is lost.
    }
  }

  private keep(bytes: Uint8Array): void {
    if (this.pendingBytes + bytes.length > MAX_PENDING_BYTES) return this.fail('EAGAIN', 1);
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    this.schedule(SLOW_MS);
  }

  private put(bytes: Uint8Array): void {
    const errno = this.tryWrite(bytes);
    if (errno === 'EAGAIN') this.keep(bytes.subarray(this.written));
    else if (errno !== null) this.fail(errno, 1);
  }

  /** Null when all of it is written. */
  private tryWrite(bytes: Uint8Array): string | null {
    this.written = 0;
    try {
      while (this.written < bytes.length) this.written += writeSync(this.fd, bytes, this.written);
      this.isTorn = false;
      return null;
    } catch (error) {
      this.isTorn ||= this.written > 0;
      return errnoOf(error);
    }
  }

  private lose(count: number): void {
    this.lost += count;
    add(linesLost, count);
  }

  private fail(errno: string, lost: number): void {
    this.lose(lost);
    add(troubles);
    this.errno = errno;
    this.retryMs = FIRST_RETRY_MS;
    this.schedule(errno === 'EAGAIN' ? SLOW_MS : FIRST_RETRY_MS);
    this.hooks.troubled(errno);
  }

  private schedule(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.retry();
    }, ms).unref();
  }

  private retry(): void {
    for (let bytes = this.pending[0]; bytes !== undefined; bytes = this.pending[0]) {
      const errno = this.tryWrite(bytes);
      if (errno !== null) return this.putOff(errno, bytes.subarray(this.written));
      this.pending.shift();
      this.pendingBytes -= bytes.length;
    }
    if (this.errno !== null) this.recover(this.errno);
  }

  /** Not yet: what is left of the first waiting line is kept. */
  private putOff(errno: string, rest: Uint8Array): void {
    this.pendingBytes += rest.length - this.pending[0]!.length;
    this.pending[0] = rest;
    if (errno === 'EAGAIN') return this.schedule(SLOW_MS);
    // Broken while lines waited: they are lost with it.
    const lost = this.pending.length;
    this.pending = [];
    this.pendingBytes = 0;
    if (this.errno === null) return this.fail(errno, lost);
    this.lose(lost);
    this.tryLater(errno);
  }

  private recover(errno: string): void {
    const text = `${this.isTorn ? '\n' : ''}${this.hooks.recovered(this.lost, errno)}`;
    const failure = this.tryWrite(Buffer.from(text));
    if (failure !== null) return this.tryLater(failure);
    this.errno = null;
    this.lost = 0;
  }

  private tryLater(errno: string): void {
    this.errno = errno;
    this.schedule(this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }
}
