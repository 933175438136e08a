/**
 * The walk over IPv6 extension headers (RFC 8200, 4) to the upper-layer protocol. @hot
 *
 * The result of the last walk is left in module variables, since a hot function cannot return three numbers otherwise.
 */
import { load16, load32u } from '../base/bytes.js';
import {
  IP_PROTO_AH,
  IP_PROTO_DESTINATION,
  IP_PROTO_FRAGMENT,
  IP_PROTO_HOP_BY_HOP,
  IP_PROTO_ROUTING,
} from './numbers.js';

export const FRAGMENT_SIZE = 8;
/** More headers than a sane packet has; the walk costs no more than this whatever the packet says. */
const MAX_HEADERS = 32;

/** Protocol behind the extension headers, or IP_PROTO_FRAGMENT for a later fragment. */
export let proto = 0;
/** Where that protocol's header (or the later fragment's payload) begins. */
export let end = 0;
/** Where the last fragment header stands, -1 if there is none. */
export let fragmentAt = -1;
/** True if any fragment header says that this is a piece of a packet. */
export let isPiece = false;
/** Where the byte stands that names `proto` as the next header; -1 if it is the one in the IPv6 header. */
export let nextHeaderAt = -1;
/** True if a routing header says that the destination address is not yet the last one. */
export let isSourceRouted = false;

/** Of the fragment header at `at`: true if it does not begin the packet, so no upper-layer header follows. */
export const isLater = (b: Uint8Array, at: number): boolean => (load16(b, at + 2) & 0xfff8) !== 0;
export const hasMore = (b: Uint8Array, at: number): boolean => (b[at + 3] & 1) !== 0;
/** Offset in bytes. */
export const fragmentOffset = (b: Uint8Array, at: number): number => load16(b, at + 2) & 0xfff8;
export const fragmentId = (b: Uint8Array, at: number): number => load32u(b, at + 4);
/** True for a piece of a packet, not for a whole one with a fragment header (RFC 6946); reserved bits count, as in OVS. */
export const isFragment = (b: Uint8Array, at: number): boolean => load16(b, at + 2) !== 0;

/**
 * Walks from `at`, where a header of kind `first` stands, with `size` bytes left. False if a header does not fit: then
 * `proto` and `end` are that header's, and the other results mean nothing. Stops at the first later fragment, whose payload is not a
 * header.
 */
export function walk(b: Uint8Array, at: number, size: number, first: number): boolean {
  proto = first;
  fragmentAt = -1;
  isPiece = false;
  nextHeaderAt = -1;
  isSourceRouted = false;
  const limit = at + size;
  for (let i = 0; i < MAX_HEADERS; i++) {
    end = at;
    if (!isExtension(proto)) return true;
    if (limit - at < 8) return false;
    const length = extensionSize(b, at, proto);
    if (limit - at < length) return false;
    if (proto === IP_PROTO_FRAGMENT) {
      fragmentAt = at;
      if (isFragment(b, at)) isPiece = true;
      if (isLater(b, at)) {
        end = at + length;
        return true;
      }
    }
    if (proto === IP_PROTO_ROUTING && b[at + 3] !== 0) isSourceRouted = true;
    nextHeaderAt = at;
    proto = b[at];
    at += length;
  }
  return false;
}

function isExtension(kind: number): boolean {
  return (
    kind === IP_PROTO_HOP_BY_HOP ||
    kind === IP_PROTO_ROUTING ||
    kind === IP_PROTO_DESTINATION ||
    kind === IP_PROTO_AH ||
    kind === IP_PROTO_FRAGMENT
  );
}

/** Authentication headers count in words, fragment headers have one size, the others count in units of eight bytes. */
function extensionSize(b: Uint8Array, at: number, kind: number): number {
  if (kind === IP_PROTO_AH) return (b[at + 1] + 2) << 2;
  return kind === IP_PROTO_FRAGMENT ? FRAGMENT_SIZE : (b[at + 1] + 1) << 3;
}
