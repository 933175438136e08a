/** IPv6 header (RFC 8200). Its extension headers are in ipv6-ext. @hot */
import { load16, load32, store16, store32 } from '../base/bytes.js';

const FIRST = 0;
const PAYLOAD_SIZE = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
export const SRC = 8;
export const DST = 24;
export const HEADER_SIZE = 40;
export const ADDRESS_SIZE = 16;
export const LABEL_MASK = 0xfffff;

/** True if the header, and the payload it claims, fit in `size` bytes; the version is not looked at. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  return size >= HEADER_SIZE && payloadSize(b, at) <= size - HEADER_SIZE;
}

export const version = (b: Uint8Array, at: number): number => b[at + FIRST] >>> 4;
export const trafficClass = (b: Uint8Array, at: number): number => (load16(b, at + FIRST) >>> 4) & 0xff;
export const label = (b: Uint8Array, at: number): number => load32(b, at + FIRST) & LABEL_MASK;
export const payloadSize = (b: Uint8Array, at: number): number => load16(b, at + PAYLOAD_SIZE);
export const nextHeader = (b: Uint8Array, at: number): number => b[at + NEXT_HEADER];
export const hopLimit = (b: Uint8Array, at: number): number => b[at + HOP_LIMIT];
/** One of the four words of the address at `field` (SRC or DST). */
export const addressWord = (b: Uint8Array, at: number, field: number, i: number): number =>
  load32(b, at + field + 4 * i);

export function setTrafficClass(b: Uint8Array, at: number, value: number): void {
  store16(b, at + FIRST, (load16(b, at + FIRST) & 0xf00f) | (value << 4));
}

export function setLabel(b: Uint8Array, at: number, value: number): void {
  store32(b, at + FIRST, (load32(b, at + FIRST) & ~LABEL_MASK) | (value & LABEL_MASK));
}

export const setPayloadSize = (b: Uint8Array, at: number, value: number): void => store16(b, at + PAYLOAD_SIZE, value);
export const setNextHeader = (b: Uint8Array, at: number, value: number): void => {
  b[at + NEXT_HEADER] = value;
};
export const setHopLimit = (b: Uint8Array, at: number, value: number): void => {
  b[at + HOP_LIMIT] = value;
};
export const setAddressWord = (b: Uint8Array, at: number, field: number, i: number, value: number): void =>
  store32(b, at + field + 4 * i, value);

/** Writes all but the addresses. */
export function write(
  b: Uint8Array,
  at: number,
  h: { trafficClass: number; label: number; payloadSize: number; nextHeader: number; hopLimit: number },
): void {
  store32(b, at + FIRST, (6 << 28) | (h.trafficClass << 20) | h.label);
  setPayloadSize(b, at, h.payloadSize);
  setNextHeader(b, at, h.nextHeader);
  setHopLimit(b, at, h.hopLimit);
}
