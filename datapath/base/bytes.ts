/**
 * Big-endian loads and stores at an offset of a byte array: the only way headers are read and written.
 *
 * No function checks bounds; the caller has, with a header's `check`. Words come back as JavaScript numbers:
 * `load32` is signed (int32, as the flow key wants it), `load32u` unsigned for where numbers leave.
 */

export const load16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

export const load24 = (b: Uint8Array, at: number): number => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;

export const load32 = (b: Uint8Array, at: number): number =>
  (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;

export const load32u = (b: Uint8Array, at: number): number => load32(b, at) >>> 0;

export function store16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

export function store24(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 16;
  b[at + 1] = value >>> 8;
  b[at + 2] = value;
}

export function store32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}

/** True if `size` bytes at `aAt` and `bAt` are the same. */
export function equalBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}
