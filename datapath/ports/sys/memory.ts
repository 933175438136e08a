/**
 * Memory outside the JavaScript heap, whose address may be given to the kernel.
 *
 * A view of unmapped memory is a crash waiting for its reader, and a packet may outlive its port. So `release` gives the
 * pages back but keeps the addresses valid: fresh zero pages take their place, which cost nothing until someone reads them.
 */

import * as linux from './linux.js';
import { libc, must, view } from './native.js';

export interface NativeMemory {
  bytes: Uint8Array;
  /** Native address of `bytes[0]`. */
  address: number;
}

const READ_WRITE = linux.PROT_READ | linux.PROT_WRITE;

/** `size` zero bytes, aligned to a page; what a `PacketPool` builds on. */
export function systemMemory(size: number): NativeMemory {
  const flags = linux.MAP_PRIVATE | linux.MAP_ANONYMOUS | linux.MAP_NORESERVE;
  const address = must(libc().mmap(0, size, READ_WRITE, flags, -1, 0), `allocating ${size} bytes of memory`, 'mmap');
  return { bytes: new Uint8Array(view(address, size)), address };
}

/** Maps what the descriptor stands for, e.g. a socket's receive ring. */
export function mapShared(fd: number, size: number): NativeMemory {
  const address = must(libc().mmap(0, size, READ_WRITE, linux.MAP_SHARED, fd, 0), 'mapping the receive ring', 'mmap');
  return { bytes: new Uint8Array(view(address, size)), address };
}

/** Gives the pages back to the system; the addresses stay readable. */
export function release(memory: NativeMemory): void {
  const flags = linux.MAP_PRIVATE | linux.MAP_ANONYMOUS | linux.MAP_NORESERVE | linux.MAP_FIXED;
  libc().mmap(memory.address, memory.bytes.byteLength, READ_WRITE, flags, -1, 0);
}

/** A page for the arguments of system calls that take structures; its content lives until the next user. */
export class Scratch {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  readonly address: number;

  constructor(size = 4096) {
    const memory = systemMemory(size);
    this.bytes = memory.bytes;
    this.data = new DataView(memory.bytes.buffer);
    this.address = memory.address;
  }
}

let shared: Scratch | null = null;

/** The zeroed scratch page that all short calls share: fill it, make the call, read it, done. */
export function scratch(): Scratch {
  shared ??= new Scratch();
  shared.bytes.fill(0, 0, 256);
  return shared;
}
