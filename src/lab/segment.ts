/**
 * TCP segments as people write them - `S 100`, `SA 200,101`, `A 101,201 "X"`: flags, sequence and acknowledgement number,
 * payload - and as IPv4 packets and Ethernet frames.
 */

import { store16 } from '../../datapath/base/bytes.js';
import { finish, pseudo4, sum } from '../../datapath/base/checksum.js';
import { SwitchError } from '../../datapath/base/error.js';
import * as ethernet from '../../datapath/wire/ethernet.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import { ETH_TYPE_IPV4, IP_PROTO_TCP } from '../../datapath/wire/numbers.js';
import * as tcp from '../../datapath/wire/tcp.js';

export interface Segment {
  /** Letters of FSRPAUEC. */
  flags: string;
  seq: number;
  ack: number;
  payload: string;
}

/** Who talks to whom, in the direction of the segment. */
export interface Direction {
  src: string;
  dst: string;
  srcPort: number;
  dstPort: number;
}

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };
const WINDOW = 8192;
const TTL = 64;
const MAX_SEQUENCE = 0xffff_ffff;

const SEGMENT = /^([A-Z]+) +(\d+)(?: *, *(\d+))?(?: +"([^"]*)")?$/;

/** Throws a SwitchError that says what was expected. */
export function parseSegment(text: string): Segment {
  const [, flags, seq, ack, payload] = SEGMENT.exec(text.trim()) ?? [];
  if (flags === undefined || [...flags].some((letter) => !(letter in FLAG_BITS))) throw bad(text);
  const segment = { flags, seq: Number(seq), ack: Number(ack ?? 0), payload: payload ?? '' };
  if (segment.seq > MAX_SEQUENCE || segment.ack > MAX_SEQUENCE) throw bad(text);
  return segment;
}

const bad = (text: string): SwitchError<{ code: 'bad-segment'; text: string }> =>
  new SwitchError(
    `"${text}" is not a segment: expected flags of FSRPAUEC, sequence number, acknowledgement number, payload, as in SA 200,101 or A 101,201 "X"`,
    { code: 'bad-segment', text },
  );

export function formatSegment(segment: Segment): string {
  const ack = segment.flags.includes('A') ? `,${segment.ack}` : '';
  const payload = segment.payload === '' ? '' : ` "${segment.payload}"`;
  return `${segment.flags} ${segment.seq}${ack}${payload}`;
}

/** The IPv4 packet, with right checksums. */
export function packetOf(segment: Segment, direction: Direction): Uint8Array {
  const payload = new TextEncoder().encode(segment.payload);
  const l4 = ipv4.HEADER_SIZE;
  const tcpSize = tcp.HEADER_SIZE + payload.length;
  const b = new Uint8Array(l4 + tcpSize);
  ipv4.write(b, 0, {
    tos: 0,
    totalSize: b.length,
    id: 1,
    fragment: 0,
    ttl: TTL,
    proto: IP_PROTO_TCP,
    src: addressWord(direction.src),
    dst: addressWord(direction.dst),
  });
  tcp.write(b, l4, {
    srcPort: direction.srcPort,
    dstPort: direction.dstPort,
    seq: segment.seq,
    ack: segment.ack,
    flags: [...segment.flags].reduce((bits, letter) => bits | FLAG_BITS[letter], 0),
    window: WINDOW,
  });
  b.set(payload, l4 + tcp.HEADER_SIZE);
  tcp.setChecksum(b, l4, finish(sum(b, l4, tcpSize, pseudo4(b, 0, IP_PROTO_TCP, tcpSize))));
  return b;
}

/** The Ethernet frame around an IPv4 packet. */
export function frameOf(packet: Uint8Array, macs: { src: string; dst: string }): Uint8Array {
  const frame = new Uint8Array(ethernet.HEADER_SIZE + packet.length);
  frame.set(macBytes(macs.dst), 0);
  frame.set(macBytes(macs.src), 6);
  store16(frame, 12, ETH_TYPE_IPV4);
  frame.set(packet, ethernet.HEADER_SIZE);
  return frame;
}

const addressWord = (text: string): number => text.split('.').reduce((word, part) => (word << 8) | Number(part), 0);

const macBytes = (text: string): number[] => text.split(':').map((part) => Number.parseInt(part, 16));
