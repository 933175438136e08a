/**
 * The C library through koffi: the only file that knows pointers. Everything above passes numbers - file descriptors,
 * addresses (below 2^47 on every Linux that Node runs on, so a double holds them), sizes.
 *
 * Loaded on the first call, not at import: a program without system ports (tests, another operating system) never needs it.
 * Variadic functions (`ioctl`, `fcntl`) are declared with three plain arguments, which the Linux calling conventions of
 * x86-64, arm64 and riscv64 treat alike.
 */
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { SwitchError } from '../../base/error.js';
import { guard } from '../../base/guard.js';

export type NativeError = SwitchError<{ code: 'no-native' | 'system'; call?: string; errno?: number }>;

/** Each returns what C returns: -1 for failure, the reason is then in `errno()`. Arguments named `at` are addresses. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, at: number, size: number): number;
  connect(fd: number, at: number, size: number): number;
  getsockname(fd: number, at: number, sizeAt: number): number;
  setsockopt(fd: number, level: number, name: number, at: number, size: number): number;
  getsockopt(fd: number, level: number, name: number, at: number, sizeAt: number): number;
  ioctl(fd: number, request: number, at: number): number;
  fcntl(fd: number, command: number, at: number): number;
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  read(fd: number, at: number, size: number): number;
  write(fd: number, at: number, size: number): number;
  readv(fd: number, iovecAt: number, count: number): number;
  writev(fd: number, iovecAt: number, count: number): number;
  recvmsg(fd: number, messageAt: number, flags: number): number;
  sendmmsg(fd: number, messagesAt: number, count: number, flags: number): number;
  mmap(at: number, size: number, protection: number, flags: number, fd: number, offset: number): number;
  munmap(at: number, size: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epollFd: number, operation: number, fd: number, eventAt: number): number;
  epoll_wait(epollFd: number, eventsAt: number, count: number, timeoutMs: number): number;
  strerror(errno: number): string;
}

type Koffi = typeof import('koffi');
interface Loaded {
  koffi: Koffi;
  libc: Libc;
}

const SIGNATURES = {
  socket: ['int', ['int', 'int', 'int']],
  bind: ['int', ['int', 'uintptr_t', 'uint']],
  connect: ['int', ['int', 'uintptr_t', 'uint']],
  getsockname: ['int', ['int', 'uintptr_t', 'uintptr_t']],
  setsockopt: ['int', ['int', 'int', 'int', 'uintptr_t', 'uint']],
  getsockopt: ['int', ['int', 'int', 'int', 'uintptr_t', 'uintptr_t']],
  ioctl: ['int', ['int', 'ulong', 'uintptr_t']],
  fcntl: ['int', ['int', 'int', 'uintptr_t']],
  open: ['int', ['str', 'int', 'uint']],
  close: ['int', ['int']],
  read: ['intptr_t', ['int', 'uintptr_t', 'size_t']],
  write: ['intptr_t', ['int', 'uintptr_t', 'size_t']],
  readv: ['intptr_t', ['int', 'uintptr_t', 'int']],
  writev: ['intptr_t', ['int', 'uintptr_t', 'int']],
  recvmsg: ['intptr_t', ['int', 'uintptr_t', 'int']],
  sendmmsg: ['int', ['int', 'uintptr_t', 'uint', 'int']],
  mmap: ['intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'intptr_t']],
  munmap: ['int', ['uintptr_t', 'size_t']],
  epoll_create1: ['int', ['int']],
  epoll_ctl: ['int', ['int', 'int', 'int', 'uintptr_t']],
  epoll_wait: ['int', ['int', 'uintptr_t', 'int', 'int']],
  strerror: ['str', ['int']],
} satisfies Record<keyof Libc, [string, string[]]>;

let loaded: Loaded | null = null;

function load(): Loaded {
  return (loaded ??= loadNow());
}

function loadNow(): Loaded {
  if (process.platform !== 'linux') {
    throw unavailable(`network interfaces can be opened on Linux only, and this is ${process.platform}`);
  }
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi');
    const library = koffi.load(null);
    const names = Object.keys(SIGNATURES) as (keyof Libc)[];
    const functions = Object.fromEntries(names.map((name) => [name, library.func(name, ...SIGNATURES[name])]));
    return { koffi, libc: functions as unknown as Libc };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw unavailable(`the package koffi, through which network interfaces are opened, does not load: ${why}`);
  }
}

const unavailable = (message: string): NativeError => new SwitchError(message, { code: 'no-native' });

/** The functions of the C library. */
export const libc = (): Libc => load().libc;

/** Why the last call failed; only meaningful directly after it. */
export const errno = (): number => load().koffi.errno();

/** "No such device" for 19. */
export const errorText = (code: number): string => libc().strerror(code);

/** "ENODEV" for 19. */
export const errorName = (code: number): string => getSystemErrorName(-code);

/** A descriptor in Node's event loop: `start` asks for one kind of callback, `stop` ends it. */
export interface Watch {
  start(options: { readable: true }, callback: () => void): void;
  stop(): void;
  close(): void;
}

/** Lets Node's event loop watch the descriptor, which must stay open until `close`. Nothing is asked for yet. */
export function watch(fd: number): Watch {
  const handle = load().koffi.node.poll(fd, { readable: true }, () => {});
  handle.stop();
  return {
    start: (options, callback) =>
      handle.start(options, () => guard('what a descriptor had to say', undefined, callback)),
    stop: () => handle.stop(),
    close: () => handle.close(),
  };
}

/** The native memory at that address as bytes. It must stay mapped for as long as anyone holds the result. */
export const view = (at: number, size: number): ArrayBuffer => load().koffi.view(BigInt(at), size);

/** Throws what `call` failed with, as a sentence: "opening /dev/net/tun: Permission denied". */
export function systemError(doing: string, call: string, code = errno()): NativeError {
  return new SwitchError(`${doing}: ${errorText(code)}`, { code: 'system', call, errno: code });
}

/** `result`, unless it is the -1 of a failed call. */
export function must(result: number, doing: string, call: string): number {
  if (result === -1) throw systemError(doing, call);
  return result;
}
