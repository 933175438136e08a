/** Ethernet header (IEEE 802.3) and the 802.2 LLC + SNAP header that may follow a length. @hot */
import { load16, load24, load32, store16 } from '../base/bytes.js';

const DST = 0;
const SRC = 6;
const TYPE = 12;
export const HEADER_SIZE = 14;
export const ADDRESS_SIZE = 6;
export const LLC_SNAP_SIZE = 8;

/** True if the header fits in `size` bytes. */
export const check = (_b: Uint8Array, _at: number, size: number): boolean => size >= HEADER_SIZE;

/** The upper 16 and lower 32 bits of an address. */
export const dstHigh = (b: Uint8Array, at: number): number => load16(b, at + DST);
export const dstLow = (b: Uint8Array, at: number): number => load32(b, at + DST + 2);
export const srcHigh = (b: Uint8Array, at: number): number => load16(b, at + SRC);
export const srcLow = (b: Uint8Array, at: number): number => load32(b, at + SRC + 2);
export const type = (b: Uint8Array, at: number): number => load16(b, at + TYPE);

export const isMulticast = (b: Uint8Array, at: number): boolean => (b[at + DST] & 1) !== 0;

export const setType = (b: Uint8Array, at: number, value: number): void => store16(b, at + TYPE, value);

/** True if behind the length field at `at` stands LLC (AA AA 03) with SNAP of organisation 0. */
export function hasSnap(b: Uint8Array, at: number, size: number): boolean {
  return size >= 2 + LLC_SNAP_SIZE && load24(b, at + 2) === 0xaaaa03 && load24(b, at + 5) === 0;
}
