/**
 * The Internet checksum (RFC 1071), its pseudo headers, and its incremental update (RFC 1624). @hot
 *
 * Two forms are told apart everywhere: a *sum* is folded to 16 bits and not complemented, so sums of adjacent parts of
 * even size can be added; a *checksum* is what stands in a header, the complement of a sum. A header whose checksum is
 * left to the hardware holds a sum (of the pseudo header only).
 */
import { load16 } from './bytes.js';

/** Brings an accumulated value (below 2^32) down to 16 bits by end-around carry. */
export function fold(value: number): number {
  value = (value >>> 16) + (value & 0xffff);
  return (value + (value >>> 16)) & 0xffff;
}

/** The checksum of an accumulated sum. */
export const finish = (value: number): number => ~fold(value) & 0xffff;

/** Sum of `size` bytes (at most 64 KiB), added to the sum `initial`; an odd last byte counts as if a zero followed. */
export function sum(b: Uint8Array, at: number, size: number, initial = 0): number {
  let low = initial;
  let high = 0;
  let i = at;
  const end = at + (size & ~3);
  for (; i < end; i += 4) {
    high += (b[i] << 8) + b[i + 1];
    low += (b[i + 2] << 8) + b[i + 3];
  }
  if (size & 2) {
    high += (b[i] << 8) + b[i + 1];
    i += 2;
  }
  if (size & 1) low += b[i] << 8;
  return fold(fold(low) + fold(high));
}

/** `checksum` after one aligned 16-bit word of what it covers changed from `before` to `after`. */
export const update16 = (checksum: number, before: number, after: number): number =>
  finish((~checksum & 0xffff) + (~before & 0xffff) + after);

/** As `update16`, for an aligned 32-bit word given as an int32. */
export const update32 = (checksum: number, before: number, after: number): number =>
  finish((~checksum & 0xffff) + (~before >>> 16) + (~before & 0xffff) + (after >>> 16) + (after & 0xffff));

/** As `update32`, for a sum instead of a checksum. */
export const updateSum32 = (value: number, before: number, after: number): number =>
  fold(value + (~before >>> 16) + (~before & 0xffff) + (after >>> 16) + (after & 0xffff));

/** Sum of the pseudo header of the IPv4 packet at `l3`, for an L4 part of `size` bytes. */
export function pseudo4(b: Uint8Array, l3: number, proto: number, size: number): number {
  return fold(load16(b, l3 + 12) + load16(b, l3 + 14) + load16(b, l3 + 16) + load16(b, l3 + 18) + proto + size);
}

/** Sum of the pseudo header of the IPv6 packet at `l3`; `size` may not fit 16 bits (RFC 8200, 8.1). */
export function pseudo6(b: Uint8Array, l3: number, proto: number, size: number): number {
  return sum(b, l3 + 8, 32, fold(proto + (size >>> 16) + (size & 0xffff)));
}
