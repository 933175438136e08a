/**
 * Fixed-size records of int32 words under integer handles, in chunks: growing never copies what is there, so it never
 * pauses. @hot
 *
 * A record is read as `words = slab.chunks[handle >>> SLAB_SHIFT]`, `at = slab.at(handle)`, then `words[at + FIELD]`. Free
 * records are chained through their first word. Who needs to know whether a handle is in use keeps a word for that:
 * a fresh record is all zero, a freed one too but for the first word.
 */
export const SLAB_SHIFT = 12;
const CHUNK_RECORDS = 1 << SLAB_SHIFT;
export const SLAB_MASK = CHUNK_RECORDS - 1;

export class Slab {
  readonly chunks: Int32Array[] = [];
  /** Handles ever given out are below this. */
  top = 0;
  /** Records in use. */
  count = 0;
  private freeHead = -1;

  /** `limit` bounds the number of records; it may be changed at any time. */
  constructor(
    readonly wordsPerRecord: number,
    public limit: number,
  ) {}

  /** Offset of the record in its chunk. */
  at(handle: number): number {
    return (handle & SLAB_MASK) * this.wordsPerRecord;
  }

  /** A handle of an all-zero record, -1 if the limit is reached. */
  allocate(): number {
    if (this.count >= this.limit) return -1;
    this.count++;
    if (this.freeHead >= 0) return this.reuse();
    if (this.top >>> SLAB_SHIFT === this.chunks.length) this.growByChunk();
    return this.top++;
  }

  private growByChunk(): void {
    this.chunks.push(new Int32Array(CHUNK_RECORDS * this.wordsPerRecord));
  }

  private reuse(): number {
    const handle = this.freeHead;
    const words = this.chunks[handle >>> SLAB_SHIFT];
    const at = this.at(handle);
    this.freeHead = words[at] - 1;
    words[at] = 0;
    return handle;
  }

  free(handle: number): void {
    const words = this.chunks[handle >>> SLAB_SHIFT];
    const at = this.at(handle);
    words.fill(0, at, at + this.wordsPerRecord);
    words[at] = this.freeHead + 1;
    this.freeHead = handle;
    this.count--;
  }

  /** Bytes taken from the system. */
  get capacityBytes(): number {
    return this.chunks.length * CHUNK_RECORDS * this.wordsPerRecord * 4;
  }
}
