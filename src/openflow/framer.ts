/** Cuts a stream of bytes, as sockets give it in any pieces, into whole messages. */
import { HEADER_SIZE } from './codec.js';

const FIRST_CAPACITY = 4096;
/** A message's length field has 16 bits: more than one and a chunk is never held. */
const LARGEST = 0xffff;

/** Bytes as they come in, whole messages as they go out; holds at most one message and one chunk. */
export class Framer {
  private buffer = new Uint8Array(FIRST_CAPACITY);
  private from = 0;
  private to = 0;
  private isBroken = false;

  /** A header claimed less than its own length: where the next message begins cannot be known. */
  get broken(): boolean {
    return this.isBroken;
  }

  /** Bytes that wait for the rest of their message. */
  get pending(): number {
    return this.to - this.from;
  }

  /** Takes a copy of the bytes. Nothing more is taken once the stream is `broken`. */
  push(chunk: Uint8Array): void {
    if (this.isBroken) return;
    this.makeRoom(chunk.length);
    this.buffer.set(chunk, this.to);
    this.to += chunk.length;
  }

  /** The next whole message, valid until the next `push`; null if there is none yet. */
  next(): Uint8Array | null {
    const pending = this.to - this.from;
    if (this.isBroken || pending < HEADER_SIZE) return null;
    const size = (this.buffer[this.from + 2]! << 8) | this.buffer[this.from + 3]!;
    if (size < HEADER_SIZE) {
      this.isBroken = true;
      return null;
    }
    if (pending < size) return null;
    const message = this.buffer.subarray(this.from, this.from + size);
    this.from += size;
    return message;
  }

  /** Moves what is pending to the front when the end is near, and grows if that is not enough. */
  private makeRoom(size: number): void {
    if (this.to + size <= this.buffer.length) return;
    const pending = this.to - this.from;
    const wanted = pending + size;
    const target = wanted <= this.buffer.length ? this.buffer : new Uint8Array(Math.max(wanted, LARGEST + 1));
    target.set(this.buffer.subarray(this.from, this.to));
    this.buffer = target;
    this.from = 0;
    this.to = pending;
  }
}
