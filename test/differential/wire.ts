/** Frames of the conversations: built from segments, made recognisable, spoilt on purpose, and read back. */
import { load16, store16 } from '../../datapath/base/bytes.js';
import type { Rng } from '../../datapath/base/rng.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import { fixTransportChecksum, frameOf, ipBytes, type Segment } from '../helpers/segments.js';

const L3 = 14;
const UDP_LITE = 136;

/** The frame of a segment; its number is in the IPv4 id or the IPv6 flow label, so that it is known again. */
export function frameOfSegment(s: Segment, number: number): Uint8Array {
  const frame = frameOf(ipBytes(s));
  if (frame[L3] >>> 4 === 6) store16(frame, L3 + 2, number & 0xffff);
  else {
    store16(frame, L3 + 4, number & 0xffff);
    fixIpv4Checksum(frame);
  }
  return frame;
}

const fixIpv4Checksum = (frame: Uint8Array): void => ipv4.setChecksum(frame, L3);

export const l4Of = (frame: Uint8Array): number => L3 + (frame[L3] >>> 4 === 6 ? 40 : (frame[L3] & 15) * 4);
const protocolAt = (frame: Uint8Array): number => L3 + (frame[L3] >>> 4 === 6 ? 6 : 9);

/** UDP made UDP-Lite, or any other protocol: the number changes and the checksums are right again. */
export function withProtocol(frame: Uint8Array, proto: number): Uint8Array {
  frame[protocolAt(frame)] = proto;
  if (frame[L3] >>> 4 === 4) fixIpv4Checksum(frame);
  const ip = frame.subarray(L3);
  // The checksum of UDP-Lite stands where UDP's does; its pseudo-header names its own number.
  if (proto === UDP_LITE) {
    ip[protocolAt(frame) - L3] = 17;
    const pseudoDifference = UDP_LITE - 17;
    fixTransportChecksum(ip, l4Of(frame) - L3, 17, frame[L3] >>> 4 === 6);
    const at = l4Of(frame) + 6;
    const sum = (~load16(frame, at) & 0xffff) + pseudoDifference;
    store16(frame, at, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
    ip[protocolAt(frame) - L3] = UDP_LITE;
  }
  return frame;
}

/** Each makes a packet that a tracker has to look at twice. */
const SPOILERS: readonly ((frame: Uint8Array, rng: Rng) => Uint8Array)[] = [
  // A checksum that is wrong: of the transport, of the IP header.
  (frame) => flip(frame, frame.length - 1),
  (frame) => flip(frame, L3 + 8),
  // Lengths: cut short, padded, the header's own field off by one.
  (frame, rng) => frame.slice(0, Math.max(L3 + 20, frame.length - 1 - rng.below(24))),
  (frame, rng) => {
    const longer = new Uint8Array(frame.length + 1 + rng.below(20));
    longer.set(frame);
    return longer;
  },
  (frame) => totalSize(frame, 1),
  (frame) => totalSize(frame, -1),
  // Where TCP has its data offset and UDP nothing; where UDP has its length.
  (frame) => flip(frame, Math.min(frame.length - 1, l4Of(frame) + 12)),
  (frame) => flip(frame, Math.min(frame.length - 1, l4Of(frame) + 5)),
  // A port of zero.
  (frame) => portZero(frame, 0),
  (frame) => portZero(frame, 2),
  // Time to live and type of service are no business of a tracker.
  (frame) => ttl(frame, 1),
];

export const spoil = (frame: Uint8Array, rng: Rng): Uint8Array => SPOILERS[rng.below(SPOILERS.length)](frame, rng);

function flip(frame: Uint8Array, at: number): Uint8Array {
  frame[at] ^= 0x10;
  return frame;
}

function totalSize(frame: Uint8Array, by: number): Uint8Array {
  const at = frame[L3] >>> 4 === 6 ? L3 + 4 : L3 + 2;
  store16(frame, at, load16(frame, at) + by);
  if (frame[L3] >>> 4 === 4) fixIpv4Checksum(frame);
  return frame;
}

function portZero(frame: Uint8Array, offset: number): Uint8Array {
  const at = l4Of(frame);
  if (frame.length < at + 8) return frame;
  store16(frame, at + offset, 0);
  fixTransportChecksum(frame.subarray(L3), at - L3, frame[protocolAt(frame)], frame[L3] >>> 4 === 6);
  return frame;
}

function ttl(frame: Uint8Array, value: number): Uint8Array {
  if (frame[L3] >>> 4 === 6) frame[L3 + 7] = value;
  else {
    frame[L3 + 8] = value;
    fixIpv4Checksum(frame);
  }
  return frame;
}

/** One end as the other sees it. */
export interface Endpoint {
  address: string;
  port: number;
}

/** The source of a frame with ports, or of an ICMP echo with its id as the port. */
export const sourceOf = (frame: Uint8Array): Endpoint => endOf(frame, 0);
export const destinationOf = (frame: Uint8Array): Endpoint => endOf(frame, 1);

function endOf(frame: Uint8Array, which: 0 | 1): Endpoint {
  const isV6 = frame[L3] >>> 4 === 6;
  const from = L3 + (isV6 ? 8 + 16 * which : 12 + 4 * which);
  const address = isV6
    ? Array.from({ length: 8 }, (_, i) => load16(frame, from + 2 * i).toString(16)).join(':')
    : frame.subarray(from, from + 4).join('.');
  const proto = frame[protocolAt(frame)];
  const at = l4Of(frame) + (proto === 1 || proto === 58 ? 4 : 2 * which);
  return { address, port: at + 2 <= frame.length ? load16(frame, at) : 0 };
}

export function describe(s: Segment): string {
  const port = (number: number | undefined): string => (number === undefined ? '' : `:${number}`);
  const ends = `${s.proto} ${s.src}${port(s.sport)} > ${s.dst}${port(s.dport)}`;
  if (s.proto === 'tcp') {
    const numbers = `seq ${(s.seq ?? 0) >>> 0} ack ${(s.ack ?? 0) >>> 0} win ${s.window ?? 65535}`;
    return `${ends} [${s.flags}] ${numbers} len ${s.payload?.length ?? 0}${s.options ? ` opt ${s.options}` : ''}`;
  }
  if (s.type !== undefined) return `${ends} type ${s.type} code ${s.code ?? 0} id ${s.id ?? 0}`;
  return `${ends} len ${s.payload?.length ?? 0}`;
}
