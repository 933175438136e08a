/** A buffer that grows as it is written. Lengths known only later are patched in: remember `size`, write, `patch16`. */

const FIRST_SIZE = 256;
/** Larger buffers than a message takes are not kept. */
const LARGEST_KEPT = 0x20000;
const GONE = new Uint8Array(0);

/** The buffer of the writer that was last done, for the next one: most messages are tiny, and buffers are not. */
let spare: DataView<ArrayBuffer> | null = null;

export class Writer {
  private buffer: Uint8Array;
  private view: DataView<ArrayBuffer>;
  /** Bytes written so far. */
  size = 0;

  constructor(capacity = FIRST_SIZE) {
    this.view = takeSpare(capacity) ?? new DataView(new ArrayBuffer(capacity));
    this.buffer = new Uint8Array(this.view.buffer);
  }

  private room(size: number): number {
    const at = this.size;
    const wanted = at + size;
    if (wanted > this.buffer.length) this.grow(wanted);
    this.size = wanted;
    return at;
  }

  private grow(wanted: number): void {
    const larger = new Uint8Array(Math.max(wanted, this.buffer.length * 2));
    larger.set(this.buffer);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }

  u8(value: number): void {
    const at = this.room(1);
    this.buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value);
  }

  u64(value: bigint): void {
    const at = this.room(8);
    this.view.setBigUint64(at, value);
  }

  /** The low `size` bytes of a number, most significant first. */
  big(value: bigint, size: number): void {
    if (size === 8) return this.u64(value);
    if (size <= 4) return this.small(Number(BigInt.asUintN(32, value)), size);
    const at = this.room(size);
    for (let i = size - 1; i >= 0; i--) {
      this.buffer[at + i] = Number(value & 0xffn);
      value >>= 8n;
    }
  }

  private small(value: number, size: number): void {
    const at = this.room(size);
    for (let i = 0; i < size; i++) this.buffer[at + i] = value >>> (8 * (size - 1 - i));
  }

  zeros(size: number): void {
    const at = this.room(size);
    this.buffer.fill(0, at, at + size);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** A string in a field of `size` bytes; longer ones are cut so that a zero stays at the end. */
  text(text: string, size: number): void {
    const at = this.room(size);
    this.buffer.fill(0, at, at + size);
    const count = Math.min(text.length, size - 1);
    for (let i = 0; i < count; i++) this.buffer[at + i] = text.charCodeAt(i);
  }

  /** Zeros until the size since `from` is a multiple of 8. */
  pad8(from: number): void {
    const over = (this.size - from) % 8;
    if (over !== 0) this.zeros(8 - over);
  }

  patch16(at: number, value: number): void {
    this.view.setUint16(at, value);
  }

  /** Writes the size since `from` into the 16-bit field at `at`. */
  patchSize(at: number, from: number): void {
    this.patch16(at, this.size - from);
  }

  /** Forgets what was written behind `size`. */
  cut(size: number): void {
    this.size = size;
  }

  /** What was written, as an array of its own. Nothing more can be written. */
  done(): Uint8Array {
    const bytes = this.buffer.slice(0, this.size);
    if (this.buffer.length <= LARGEST_KEPT) spare = this.view;
    this.buffer = GONE;
    return bytes;
  }
}

function takeSpare(capacity: number): DataView<ArrayBuffer> | null {
  const taken = spare;
  if (taken === null || taken.byteLength < capacity) return null;
  spare = null;
  return taken;
}
