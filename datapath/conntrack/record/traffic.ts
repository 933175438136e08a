/**
 * Packets and bytes of each direction of a connection, as Linux counts them: every packet that belongs to it and is good, once for each
 * zone it passes, with its size from the IP header on. @hot
 *
 * Three words a direction: the low 32 bits of both numbers, and above them what they have carried over: 8 bits of packets, 24 of bytes.
 * That is room for 2^40 packets and 2^56 bytes.
 */
import { CONN_TRAFFIC } from './conn.js';

const PACKETS = 0;
const BYTES = 1;
const CARRIES = 2;
const TRAFFIC_WORDS = 3;
const TWO_TO_32 = 0x1_0000_0000;
/** One packet carried over: in the low 8 bits. */
const PACKET_CARRY = 1;
const PACKET_CARRIES = 0xff;
/** One byte carried over. */
const BYTE_CARRY = 0x100;
const BYTE_CARRY_SHIFT = 8;

/** Packets, and their bytes from the IP header on. */
export interface Traffic {
  packets: number;
  bytes: number;
}

/** Counts a packet of `size` bytes (below 2^31) in that direction of the connection at `words[at]`. */
export function countPacket(words: Int32Array, at: number, direction: number, size: number): void {
  const to = at + CONN_TRAFFIC + direction * TRAFFIC_WORDS;
  const packets = (words[to] + 1) | 0;
  words[to] = packets;
  const before = words[to + BYTES];
  const bytes = (before + size) | 0;
  words[to + BYTES] = bytes;
  // The highest bit falls from 1 to 0 only when the sum did not fit.
  if (packets === 0) words[to + CARRIES] += PACKET_CARRY;
  if ((before & ~bytes) < 0) words[to + CARRIES] += BYTE_CARRY;
}

/** @cold */
export function trafficOf(words: Int32Array, at: number, direction: number): Traffic {
  const from = at + CONN_TRAFFIC + direction * TRAFFIC_WORDS;
  const carries = words[from + CARRIES];
  return {
    packets: (carries & PACKET_CARRIES) * TWO_TO_32 + (words[from + PACKETS] >>> 0),
    bytes: (carries >>> BYTE_CARRY_SHIFT) * TWO_TO_32 + (words[from + BYTES] >>> 0),
  };
}
