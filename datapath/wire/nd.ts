/** IPv6 neighbour discovery (RFC 4861): solicitations, advertisements and their link-layer address options. @hot */
import { load32 } from '../base/bytes.js';
import { ICMPV6_NEIGHBOUR_ADVERTISEMENT, ICMPV6_NEIGHBOUR_SOLICITATION } from './numbers.js';

/** Offsets from the ICMPv6 header. */
export const RESERVED = 4;
export const TARGET = 8;
export const OPTIONS = 24;
/** Of an option with an Ethernet address: type, size in units of eight bytes, address. */
export const OPTION_SIZE = 8;
export const OPTION_ADDRESS = 2;

export const SOURCE_LINK_ADDRESS = 1;
export const TARGET_LINK_ADDRESS = 2;

/** True for the two message types that have a target and options, with code 0. */
export const isNeighbour = (type: number, code: number): boolean =>
  code === 0 && (type === ICMPV6_NEIGHBOUR_SOLICITATION || type === ICMPV6_NEIGHBOUR_ADVERTISEMENT);

export const reserved = (b: Uint8Array, at: number): number => load32(b, at + RESERVED);
export const targetWord = (b: Uint8Array, at: number, i: number): number => load32(b, at + TARGET + 4 * i);

/** Size in bytes of the option at `at`; 0 is not allowed and ends every walk. */
export const optionSize = (b: Uint8Array, at: number): number => b[at + 1] << 3;

/** Where the first link-layer address option of that type stands, -1 if nowhere before `end`; `at` is the ICMPv6 header. */
export function findLinkAddress(b: Uint8Array, at: number, end: number, type: number): number {
  let i = at + OPTIONS;
  while (i + OPTION_SIZE <= end) {
    const size = optionSize(b, i);
    if (size === 0 || i + size > end) return -1;
    if (b[i] === type && size === OPTION_SIZE) return i;
    i += size;
  }
  return -1;
}
