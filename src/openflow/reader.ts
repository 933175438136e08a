/** A bounded cursor over received bytes. Reading past the end is an OpenFlowError, the one the reader was made with. */
import { type ErrorName, OpenFlowError } from './errors.js';

export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  pos: number;
  readonly end: number;
  /** What a short read is called here, e.g. OFPBAC_BAD_LEN among actions. */
  readonly shortError: ErrorName;

  constructor(
    bytes: Uint8Array,
    shortError: ErrorName = 'OFPBRC_BAD_LEN',
    view?: DataView,
    pos = 0,
    end = bytes.length,
  ) {
    this.bytes = bytes;
    this.view = view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = pos;
    this.end = end;
    this.shortError = shortError;
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  /** Throws unless `size` more bytes are there. */
  need(size: number): void {
    if (size < 0 || this.end - this.pos < size) throw new OpenFlowError(this.shortError);
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.pos++]!;
  }

  u16(): number {
    this.need(2);
    const value = this.view.getUint16(this.pos);
    this.pos += 2;
    return value;
  }

  u32(): number {
    this.need(4);
    const value = this.view.getUint32(this.pos);
    this.pos += 4;
    return value;
  }

  u64(): bigint {
    this.need(8);
    const value = this.view.getBigUint64(this.pos);
    this.pos += 8;
    return value;
  }

  /** An unsigned number of `size` bytes, most significant first. */
  big(size: number): bigint {
    this.need(size);
    const value = loadBig(this.view, this.pos, size);
    this.pos += size;
    return value;
  }

  skip(size: number): void {
    this.need(size);
    this.pos += size;
  }

  /** Skips `size` bytes, which must be zero. */
  zeros(size: number, error: ErrorName): void {
    this.need(size);
    for (const end = this.pos + size; this.pos < end; this.pos++) {
      if (this.bytes[this.pos] !== 0) throw new OpenFlowError(error);
    }
  }

  /** A copy, which outlives the received buffer. */
  take(size: number): Uint8Array {
    this.need(size);
    return this.bytes.slice(this.pos, (this.pos += size));
  }

  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** The next `size` bytes as a reader of their own; this one goes on behind them. */
  sub(size: number, shortError: ErrorName = this.shortError): Reader {
    this.need(size);
    const from = this.pos;
    this.pos += size;
    return new Reader(this.bytes, shortError, this.view, from, this.pos);
  }

  /** A string in a field of `size` bytes, ended by a zero or the field's end. */
  text(size: number): string {
    this.need(size);
    const field = this.bytes.subarray(this.pos, this.pos + size);
    this.pos += size;
    const zero = field.indexOf(0);
    return latin1(zero < 0 ? field : field.subarray(0, zero));
  }
}

/** Bytes as the characters of the same number, so that a name with odd bytes survives a round trip. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** An unsigned number of `size` bytes at `at`; any size, quick for the usual ones. */
export function loadBig(view: DataView, at: number, size: number): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at));
    case 4:
      return BigInt(view.getUint32(at));
    case 8:
      return view.getBigUint64(at);
    case 16:
      return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    default:
      return loadOdd(view, at, size);
  }
}

function loadOdd(view: DataView, at: number, size: number): bigint {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(view.getUint8(at + i));
  return value;
}
