/** SCTP common header (RFC 9260); its checksum is a CRC-32C over the whole packet, stored little-endian. @hot */
import { load16, store16 } from '../base/bytes.js';
import * as crc32c from './crc32c.js';

export const SRC_PORT = 0;
export const DST_PORT = 2;
export const CHECKSUM = 8;
export const HEADER_SIZE = 12;

const ZEROS = new Uint8Array(4);

/** True if the header fits in `size` bytes. */
export const check = (_b: Uint8Array, _at: number, size: number): boolean => size >= HEADER_SIZE;

export const srcPort = (b: Uint8Array, at: number): number => load16(b, at + SRC_PORT);
export const dstPort = (b: Uint8Array, at: number): number => load16(b, at + DST_PORT);

/** The int32 that stands in the checksum field. */
export const checksum = (b: Uint8Array, at: number): number =>
  b[at + CHECKSUM] | (b[at + CHECKSUM + 1] << 8) | (b[at + CHECKSUM + 2] << 16) | (b[at + CHECKSUM + 3] << 24);

/** The int32 that should stand there, for a packet of `size` bytes. */
export function computeChecksum(b: Uint8Array, at: number, size: number): number {
  let crc = crc32c.update(crc32c.INITIAL, b, at, CHECKSUM);
  crc = crc32c.update(crc, ZEROS, 0, 4);
  return crc32c.finish(crc32c.update(crc, b, at + HEADER_SIZE, size - HEADER_SIZE));
}

export function setChecksum(b: Uint8Array, at: number, value: number): void {
  b[at + CHECKSUM] = value;
  b[at + CHECKSUM + 1] = value >>> 8;
  b[at + CHECKSUM + 2] = value >>> 16;
  b[at + CHECKSUM + 3] = value >>> 24;
}

/**
 * Sets a port (SRC_PORT or DST_PORT) of a packet of `size` bytes. A wrong checksum stays wrong by the same bits, so that
 * a damaged packet is not made to look whole.
 */
export function setPort(b: Uint8Array, at: number, size: number, field: number, port: number): void {
  const error = checksum(b, at) ^ computeChecksum(b, at, size);
  store16(b, at + field, port);
  setChecksum(b, at, computeChecksum(b, at, size) ^ error);
}
