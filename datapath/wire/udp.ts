/** UDP header (RFC 768): where its fields are and how to read and write them. @hot */
import { load16, store16 } from '../base/bytes.js';
import { update16 } from '../base/checksum.js';

export const SRC_PORT = 0;
export const DST_PORT = 2;
const LENGTH = 4;
export const CHECKSUM = 6;
export const HEADER_SIZE = 8;

/** True if the header and the length it claims fit in `size` bytes; after that no accessor reads outside. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  if (size < HEADER_SIZE) return false;
  const claimed = length(b, at);
  return HEADER_SIZE <= claimed && claimed <= size;
}

export const srcPort = (b: Uint8Array, at: number): number => load16(b, at + SRC_PORT);
export const dstPort = (b: Uint8Array, at: number): number => load16(b, at + DST_PORT);
/** Of header and payload, as the header claims. */
export const length = (b: Uint8Array, at: number): number => load16(b, at + LENGTH);
export const checksum = (b: Uint8Array, at: number): number => load16(b, at + CHECKSUM);

export const setLength = (b: Uint8Array, at: number, value: number): void => store16(b, at + LENGTH, value);

/** Stores a computed checksum: 0 means "no checksum" in the header, so its other form 0xffff stands for it. */
export const setChecksum = (b: Uint8Array, at: number, value: number): void =>
  store16(b, at + CHECKSUM, value === 0 ? 0xffff : value);

/** Sets a port (SRC_PORT or DST_PORT) and keeps the checksum right; 0 means "no checksum" and stays 0. */
export function setPort(b: Uint8Array, at: number, field: number, port: number): void {
  const before = checksum(b, at);
  if (before !== 0) setChecksum(b, at, update16(before, load16(b, at + field), port));
  store16(b, at + field, port);
}
