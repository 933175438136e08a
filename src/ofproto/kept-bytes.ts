/** Many small pieces of bytes kept for later in a few large ones: an array of its own costs more than what it holds. */
const CHUNK_SIZE = 0x10000;

/** Where a piece lies. */
export interface Kept {
  readonly chunk: Uint8Array;
  readonly at: number;
  readonly size: number;
}

export class KeptBytes {
  private chunk = new Uint8Array(0);
  private used = 0;

  /** Keeps a copy. */
  keep(bytes: Uint8Array): Kept {
    const size = bytes.length;
    if (this.used + size > this.chunk.length) {
      this.chunk = new Uint8Array(Math.max(size, CHUNK_SIZE));
      this.used = 0;
    }
    const at = this.used;
    this.chunk.set(bytes, at);
    this.used += size;
    return { chunk: this.chunk, at, size };
  }
}

export const bytesOf = ({ chunk, at, size }: Kept): Uint8Array => chunk.subarray(at, at + size);
