/** IPv4 header (RFC 791). @hot */
import { load16, load32, store16, store32 } from '../base/bytes.js';
import { finish, sum, update16, update32 } from '../base/checksum.js';

const VERSION_IHL = 0;
const TOS = 1;
const TOTAL_SIZE = 2;
const ID = 4;
const FRAGMENT = 6;
const TTL = 8;
const PROTO = 9;
const CHECKSUM = 10;
export const SRC = 12;
export const DST = 16;
export const HEADER_SIZE = 20;

export const DONT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;
export const FRAGMENT_OFFSET_MASK = 0x1fff;

/** True if the header, and the whole packet it claims, fit in `size` bytes; the version is not looked at. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  if (size < HEADER_SIZE) return false;
  const header = headerSize(b, at);
  const total = totalSize(b, at);
  return header >= HEADER_SIZE && header <= total && total <= size;
}

export const version = (b: Uint8Array, at: number): number => b[at + VERSION_IHL] >>> 4;
export const headerSize = (b: Uint8Array, at: number): number => (b[at + VERSION_IHL] & 15) << 2;
export const tos = (b: Uint8Array, at: number): number => b[at + TOS];
export const totalSize = (b: Uint8Array, at: number): number => load16(b, at + TOTAL_SIZE);
export const id = (b: Uint8Array, at: number): number => load16(b, at + ID);
/** Flags 3 | offset in units of eight bytes 13. */
export const fragment = (b: Uint8Array, at: number): number => load16(b, at + FRAGMENT);
export const ttl = (b: Uint8Array, at: number): number => b[at + TTL];
export const proto = (b: Uint8Array, at: number): number => b[at + PROTO];
export const checksum = (b: Uint8Array, at: number): number => load16(b, at + CHECKSUM);
export const src = (b: Uint8Array, at: number): number => load32(b, at + SRC);
export const dst = (b: Uint8Array, at: number): number => load32(b, at + DST);

export const isFragment = (b: Uint8Array, at: number): boolean =>
  (fragment(b, at) & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) !== 0;
export const isLaterFragment = (b: Uint8Array, at: number): boolean => (fragment(b, at) & FRAGMENT_OFFSET_MASK) !== 0;

/** True if the header's own checksum is right. */
export const isChecksumRight = (b: Uint8Array, at: number): boolean => sum(b, at, headerSize(b, at)) === 0xffff;

/** What should stand in the checksum field. */
export const computeChecksum = (b: Uint8Array, at: number): number =>
  finish(sum(b, at, headerSize(b, at)) + (~checksum(b, at) & 0xffff));

/** Computes the header's checksum anew. */
export function setChecksum(b: Uint8Array, at: number): void {
  store16(b, at + CHECKSUM, 0);
  store16(b, at + CHECKSUM, finish(sum(b, at, headerSize(b, at))));
}

function patch16(b: Uint8Array, at: number, field: number, value: number): void {
  store16(b, at + CHECKSUM, update16(checksum(b, at), load16(b, at + field), value));
  store16(b, at + field, value);
}

/** `field` is SRC or DST. The checksum of the header follows, that of what it carries does not. */
export function setAddress(b: Uint8Array, at: number, field: number, value: number): void {
  store16(b, at + CHECKSUM, update32(checksum(b, at), load32(b, at + field), value));
  store32(b, at + field, value);
}

export const setTos = (b: Uint8Array, at: number, value: number): void =>
  patch16(b, at, VERSION_IHL, (b[at + VERSION_IHL] << 8) | value);
export const setTtl = (b: Uint8Array, at: number, value: number): void =>
  patch16(b, at, TTL, (value << 8) | b[at + PROTO]);
export const setTotalSize = (b: Uint8Array, at: number, value: number): void => patch16(b, at, TOTAL_SIZE, value);
export const setId = (b: Uint8Array, at: number, value: number): void => patch16(b, at, ID, value);
export const setFragment = (b: Uint8Array, at: number, value: number): void => patch16(b, at, FRAGMENT, value);

/** Writes a header of 20 bytes with a right checksum; addresses are int32. */
export function write(
  b: Uint8Array,
  at: number,
  h: {
    tos: number;
    totalSize: number;
    id: number;
    fragment: number;
    ttl: number;
    proto: number;
    src: number;
    dst: number;
  },
): void {
  b[at + VERSION_IHL] = 0x45;
  b[at + TOS] = h.tos;
  store16(b, at + TOTAL_SIZE, h.totalSize);
  store16(b, at + ID, h.id);
  store16(b, at + FRAGMENT, h.fragment);
  b[at + TTL] = h.ttl;
  b[at + PROTO] = h.proto;
  store32(b, at + SRC, h.src);
  store32(b, at + DST, h.dst);
  setChecksum(b, at);
}
