/** Frames by the thousand, for benches and soak tests: TCP or UDP over IPv4 with right checksums, of any size. */
import { store16, store32 } from '../../datapath/base/bytes.js';
import { finish, pseudo4, sum } from '../../datapath/base/checksum.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';

const L3 = 14;
const L4 = L3 + ipv4.HEADER_SIZE;
const TCP = 6;
const UDP = 17;
/** Where the checksum stands behind the start of the header. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { [TCP]: 16, [UDP]: 6 };

export interface Tuple {
  src: number;
  dst: number;
  srcPort: number;
  dstPort: number;
}

export function udpFrame(tuple: Tuple, size = 64): Uint8Array {
  const frame = ipv4Frame(tuple, UDP, size);
  store16(frame, L4 + 4, size - L4);
  return withChecksum(frame, UDP);
}

export function tcpFrame(tuple: Tuple, flags: number, seq = 1, ack = 1, size = 64): Uint8Array {
  const frame = ipv4Frame(tuple, TCP, size);
  store32(frame, L4 + 4, seq);
  store32(frame, L4 + 8, ack);
  store16(frame, L4 + 12, 0x5000 | flags);
  store16(frame, L4 + 14, 0xffff);
  return withChecksum(frame, TCP);
}

/** The n-th of many tuples that differ in addresses and ports as traffic does. */
export const tupleOf = (n: number): Tuple => ({
  src: 0x0a000000 + (n % 251),
  dst: 0x0a010000 + Math.floor(n / 251),
  srcPort: 1024 + ((n * 7919) % 60_000),
  dstPort: 80,
});

function ipv4Frame(tuple: Tuple, proto: number, size: number): Uint8Array {
  const frame = new Uint8Array(size);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]);
  const { src, dst } = tuple;
  ipv4.write(frame, L3, { tos: 0, totalSize: size - L3, id: 0, fragment: 0, ttl: 64, proto, src, dst });
  store16(frame, L4, tuple.srcPort);
  store16(frame, L4 + 2, tuple.dstPort);
  return frame;
}

function withChecksum(frame: Uint8Array, proto: number): Uint8Array {
  const size = frame.length - L4;
  store16(frame, L4 + CHECKSUM_AT[proto], finish(sum(frame, L4, size, pseudo4(frame, L3, proto, size))));
  return frame;
}
