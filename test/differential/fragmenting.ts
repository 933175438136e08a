/** Cutting IP packets into fragments, well and badly, and chains of IPv6 extension headers before the cut. */
import { load16, store16, store32 } from '../../datapath/base/bytes.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';

/** A piece of a packet's payload: from byte `from`, so many; whether more is said to follow. */
export interface Piece {
  from: number;
  size: number;
  hasMore: boolean;
}

const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_HEADER = 44;
const HEADER4 = 20;
const HEADER6 = 40;

/** Pieces of the given sizes, in multiples of eight, and a last one with the rest. */
export function cut(payloadSize: number, sizes: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const size of sizes) {
    const whole = size & ~7;
    if (from + whole >= payloadSize) break;
    pieces.push({ from, size: whole, hasMore: true });
    from += whole;
  }
  pieces.push({ from, size: payloadSize - from, hasMore: false });
  return pieces;
}

/** Of an IPv4 packet without options. Bytes beyond its end are zeros. */
export function fragment4(ip: Uint8Array, id: number, { from, size, hasMore }: Piece): Uint8Array {
  const piece = new Uint8Array(HEADER4 + size);
  piece.set(ip.subarray(0, HEADER4));
  piece.set(ip.subarray(HEADER4 + from, HEADER4 + from + size), HEADER4);
  store16(piece, 2, piece.length);
  store16(piece, 4, id);
  store16(piece, 6, (from >> 3) | (hasMore ? MORE_FRAGMENTS : 0));
  ipv4.setChecksum(piece, 0);
  return piece;
}

/** Extension headers by number, each eight bytes, which stand before the fragment header. */
export function fragment6(ip: Uint8Array, id: number, chain: readonly number[], piece: Piece): Uint8Array {
  const { from, size, hasMore } = piece;
  const front = HEADER6 + 8 * chain.length + 8;
  const bytes = new Uint8Array(front + size);
  bytes.set(ip.subarray(0, HEADER6));
  const types = [...chain, FRAGMENT_HEADER, ip[6]];
  bytes[6] = types[0];
  for (let i = 0; i < chain.length; i++) {
    bytes[HEADER6 + 8 * i] = types[i + 1];
    // One option that pads; for a routing header, type 4 with nothing left to do.
    if (types[i] === ROUTING) bytes[HEADER6 + 8 * i + 2] = 4;
    else bytes.set([1, 4], HEADER6 + 8 * i + 2);
  }
  const at = front - 8;
  bytes[at] = ip[6];
  store16(bytes, at + 2, from | (hasMore ? 1 : 0));
  store32(bytes, at + 4, id);
  bytes.set(ip.subarray(HEADER6 + from, HEADER6 + from + size), front);
  store16(bytes, 4, bytes.length - HEADER6);
  return bytes;
}

const ROUTING = 43;

/** The offset that an IPv4 fragment says it has; 0 for a packet that is none. */
export const offset4 = (ip: Uint8Array): number => (load16(ip, 6) & ipv4.FRAGMENT_OFFSET_MASK) * 8;
