/** Network service header (RFC 8300): where its fields are. @hot */
import { load16, load32, store16, store32 } from '../base/bytes.js';

const FIRST = 0;
const MD_TYPE = 2;
const NEXT_PROTOCOL = 3;
const PATH = 4;
export const CONTEXT = 8;
export const BASE_SIZE = 8;
export const MD1_SIZE = 24;
export const MD_TYPE_1 = 1;
export const MD_TYPE_2 = 2;

/** True if the version is 0 and the length that the header claims fits in `size` bytes and the kind of metadata. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  if (size < BASE_SIZE || b[at + FIRST] >>> 6 !== 0) return false;
  const claimed = headerSize(b, at);
  if (claimed > size) return false;
  const kind = mdType(b, at);
  return kind === MD_TYPE_1 ? claimed === MD1_SIZE : kind !== MD_TYPE_2 || claimed >= BASE_SIZE;
}

export const flags = (b: Uint8Array, at: number): number => (load16(b, at + FIRST) >>> 12) & 3;
export const ttl = (b: Uint8Array, at: number): number => (load16(b, at + FIRST) >>> 6) & 0x3f;
export const headerSize = (b: Uint8Array, at: number): number => (load16(b, at + FIRST) & 0x3f) << 2;
export const mdType = (b: Uint8Array, at: number): number => b[at + MD_TYPE];
export const nextProtocol = (b: Uint8Array, at: number): number => b[at + NEXT_PROTOCOL];
export const setFlags = (b: Uint8Array, at: number, value: number): void =>
  store16(b, at + FIRST, (load16(b, at + FIRST) & ~0x3000) | ((value & 3) << 12));
export const setTtl = (b: Uint8Array, at: number, value: number): void =>
  store16(b, at + FIRST, (load16(b, at + FIRST) & ~0x0fc0) | ((value & 0x3f) << 6));

/** Service path identifier 24 | service index 8. */
export const path = (b: Uint8Array, at: number): number => load32(b, at + PATH);
/** One of the four context words of metadata type 1. */
export const context = (b: Uint8Array, at: number, i: number): number => load32(b, at + CONTEXT + 4 * i);

export const setPath = (b: Uint8Array, at: number, value: number): void => store32(b, at + PATH, value);
export const setContext = (b: Uint8Array, at: number, i: number, value: number): void =>
  store32(b, at + CONTEXT + 4 * i, value);
