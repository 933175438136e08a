/** ARP for IPv4 over Ethernet (RFC 826). @hot */
import { load16, load32, store16, store32 } from '../base/bytes.js';
import { ETH_TYPE_IPV4 } from './numbers.js';

const HARDWARE = 0;
const PROTOCOL = 2;
const SIZES = 4;
const OPCODE = 6;
export const SHA = 8;
export const SPA = 14;
export const THA = 18;
export const TPA = 24;
export const PACKET_SIZE = 28;

export const REQUEST = 1;
export const REPLY = 2;

/** True if it is ARP about IPv4 over Ethernet and all of it fits in `size` bytes. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  if (size < PACKET_SIZE) return false;
  return load32(b, at + HARDWARE) === ((1 << 16) | ETH_TYPE_IPV4) && load16(b, at + SIZES) === 0x0604;
}

export const opcode = (b: Uint8Array, at: number): number => load16(b, at + OPCODE);
export const spa = (b: Uint8Array, at: number): number => load32(b, at + SPA);
export const tpa = (b: Uint8Array, at: number): number => load32(b, at + TPA);

export const setOpcode = (b: Uint8Array, at: number, value: number): void => store16(b, at + OPCODE, value);
export const setSpa = (b: Uint8Array, at: number, value: number): void => store32(b, at + SPA, value);
export const setTpa = (b: Uint8Array, at: number, value: number): void => store32(b, at + TPA, value);

/** Writes the fixed part: Ethernet, IPv4 and their address sizes. */
export function writeTypes(b: Uint8Array, at: number): void {
  store16(b, at + HARDWARE, 1);
  store16(b, at + PROTOCOL, ETH_TYPE_IPV4);
  store16(b, at + SIZES, 0x0604);
}
