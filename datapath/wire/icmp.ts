/** ICMP (RFC 792) and the part of ICMPv6 (RFC 4443) that is laid out alike: type, code, checksum, then by type. @hot */
import { load16, store16 } from '../base/bytes.js';
import { update16 } from '../base/checksum.js';

const TYPE = 0;
const CODE = 1;
export const CHECKSUM = 2;
export const ID = 4;
const SEQ = 6;
export const HEADER_SIZE = 8;

/** True if type to rest-of-header fit in `size` bytes. */
export const check = (_b: Uint8Array, _at: number, size: number): boolean => size >= HEADER_SIZE;

export const type = (b: Uint8Array, at: number): number => b[at + TYPE];
export const code = (b: Uint8Array, at: number): number => b[at + CODE];
export const checksum = (b: Uint8Array, at: number): number => load16(b, at + CHECKSUM);
/** Of echo, timestamp and information messages. */
export const id = (b: Uint8Array, at: number): number => load16(b, at + ID);
export const seq = (b: Uint8Array, at: number): number => load16(b, at + SEQ);

export const setChecksum = (b: Uint8Array, at: number, value: number): void => store16(b, at + CHECKSUM, value);

/** Sets type and code and keeps the checksum right. */
export function setTypeCode(b: Uint8Array, at: number, newType: number, newCode: number): void {
  const word = (newType << 8) | newCode;
  setChecksum(b, at, update16(checksum(b, at), load16(b, at + TYPE), word));
  store16(b, at + TYPE, word);
}

/** Sets the identifier and keeps the checksum right. */
export function setId(b: Uint8Array, at: number, value: number): void {
  setChecksum(b, at, update16(checksum(b, at), id(b, at), value));
  store16(b, at + ID, value);
}
