/**
 * OpenFlow messages kept for later as they came, one behind the other in a few large arrays. Decoded, or in arrays of their own, they would
 * take several times the room: a flow-mod of 112 bytes becomes objects of some 1400.
 */
import type { ByteBudget } from './byte-budget.js';

const FIRST_CHUNK_SIZE = 1024;
const CHUNK_SIZE = 0x10000;

interface Chunk {
  readonly bytes: Uint8Array;
  used: number;
}

/** Messages in the order they came, until `clear`. */
export class MessageStore {
  private chunks: Chunk[] = [];
  private size = 0;

  constructor(private readonly budget: ByteBudget) {}

  /** Keeps a copy of one whole message; false if the budget does not allow it. */
  add(message: Uint8Array): boolean {
    const chunk = this.chunkFor(message.length);
    if (chunk === null) return false;
    chunk.bytes.set(message, chunk.used);
    chunk.used += message.length;
    return true;
  }

  /** Gives up all that is kept. */
  clear(): void {
    this.chunks = [];
    this.budget.release(this.size);
    this.size = 0;
  }

  /** All messages, in order. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (const { bytes, used } of this.chunks) {
      for (let at = 0; at < used; ) {
        const size = sizeAt(bytes, at);
        yield bytes.subarray(at, at + size);
        at += size;
      }
    }
  }

  private chunkFor(size: number): Chunk | null {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.used + size <= last.bytes.length) return last;
    const grown = last === undefined ? FIRST_CHUNK_SIZE : Math.min(CHUNK_SIZE, 2 * last.bytes.length);
    const wanted = Math.max(size, grown);
    if (!this.budget.reserve(wanted)) return null;
    this.size += wanted;
    const chunk = { bytes: new Uint8Array(wanted), used: 0 };
    this.chunks.push(chunk);
    return chunk;
  }
}

/** A message says in its header how long it is. */
const sizeAt = (bytes: Uint8Array, at: number): number => (bytes[at + 2]! << 8) | bytes[at + 3]!;
