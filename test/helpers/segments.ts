/** IP packets for the tracker, built from what a test wants to say of them; the rest is plausible and every checksum right. */
import { load16, store16, store32 } from '../../datapath/base/bytes.js';
import { finish, pseudo4, pseudo6, sum } from '../../datapath/base/checksum.js';
import { extract } from '../../datapath/keys/extract.js';
import { type Packet, packetOf } from '../../datapath/packet/packet.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import * as ipv6 from '../../datapath/wire/ipv6.js';
import * as sctp from '../../datapath/wire/sctp.js';
import { newKey } from '../../src/match/key.js';

const ETHERNET = 14;
const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 };
const PROTOS = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, gre: 47 } as const;
/** Where the checksum stands in each transport header; GRE has none here. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { 1: 2, 6: 16, 17: 6, 58: 2 };

export interface Segment {
  proto: keyof typeof PROTOS;
  /** Dotted quads or IPv6 in full or with one `::`. */
  src: string;
  dst: string;
  sport?: number;
  dport?: number;
  /** 64 where it is not said. */
  ttl?: number;
  /** Letters of FSRPAU. */
  flags?: string;
  seq?: number;
  ack?: number;
  window?: number;
  /** TCP options, a multiple of four bytes. */
  options?: readonly number[];
  payload?: Uint8Array | string;
  type?: number;
  code?: number;
  id?: number;
  /** Bytes behind the first eight of an ICMP error: an IP packet. */
  inner?: Uint8Array;
}

/** The words of an address: one or four. */
export function addressWords(text: string): number[] {
  if (!text.includes(':')) return [text.split('.').reduce((value, part) => (value << 8) | Number(part), 0)];
  const [left, right] = text.split('::').map((half) => half.split(':').filter((part) => part !== ''));
  const parts = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  const groups = parts.map((part) => Number.parseInt(part, 16));
  return [0, 2, 4, 6].map((i) => (groups[i] << 16) | groups[i + 1]);
}

/** The IP packet. */
export function ipBytes(s: Segment): Uint8Array {
  const proto = PROTOS[s.proto];
  const transport = transportBytes(s);
  const isV6 = s.src.includes(':');
  const l4 = isV6 ? ipv6.HEADER_SIZE : ipv4.HEADER_SIZE;
  const b = new Uint8Array(l4 + transport.length);
  b.set(transport, l4);
  const [src, dst] = [addressWords(s.src), addressWords(s.dst)];
  if (isV6) {
    ipv6.write(b, 0, {
      trafficClass: 0,
      label: 0,
      payloadSize: transport.length,
      nextHeader: proto,
      hopLimit: s.ttl ?? 64,
    });
    for (let i = 0; i < 4; i++) {
      ipv6.setAddressWord(b, 0, ipv6.SRC, i, src[i]);
      ipv6.setAddressWord(b, 0, ipv6.DST, i, dst[i]);
    }
  } else
    ipv4.write(b, 0, {
      tos: 0,
      totalSize: b.length,
      id: 1,
      fragment: 0,
      ttl: s.ttl ?? 64,
      proto,
      src: src[0],
      dst: dst[0],
    });
  fixTransportChecksum(b, l4, proto, isV6);
  return b;
}

/** Makes the transport checksum right for what the packet holds now. */
export function fixTransportChecksum(b: Uint8Array, l4: number, proto: number, isV6: boolean): void {
  const size = b.length - l4;
  if (proto === PROTOS.sctp) return sctp.setChecksum(b, l4, sctp.computeChecksum(b, l4, size));
  const at = CHECKSUM_AT[proto];
  if (at === undefined) return;
  store16(b, l4 + at, 0);
  const pseudo = isV6 ? pseudo6(b, 0, proto, size) : proto === PROTOS.icmp ? 0 : pseudo4(b, 0, proto, size);
  store16(b, l4 + at, finish(sum(b, l4, size, pseudo)) || 0xffff);
}

function transportBytes(s: Segment): Uint8Array {
  const payload =
    typeof s.payload === 'string' ? new TextEncoder().encode(s.payload) : (s.payload ?? new Uint8Array(0));
  switch (s.proto) {
    case 'tcp':
      return tcpBytes(s, payload);
    case 'udp': {
      const b = ported(s, 8, payload);
      store16(b, 4, b.length);
      return b;
    }
    case 'sctp':
      return ported(s, 12, payload);
    case 'gre':
      return payload;
    default: {
      const b = new Uint8Array(8 + (s.inner ?? payload).length);
      b[0] = s.type ?? (s.proto === 'icmp' ? 8 : 128);
      b[1] = s.code ?? 0;
      store16(b, 4, s.id ?? 0);
      b.set(s.inner ?? payload, 8);
      return b;
    }
  }
}

function ported(s: Segment, headerSize: number, payload: Uint8Array): Uint8Array {
  const b = new Uint8Array(headerSize + payload.length);
  store16(b, 0, s.sport ?? 0);
  store16(b, 2, s.dport ?? 0);
  b.set(payload, headerSize);
  return b;
}

function tcpBytes(s: Segment, payload: Uint8Array): Uint8Array {
  const options = s.options ?? [];
  const headerSize = 20 + options.length;
  const b = ported(s, headerSize, payload);
  store32(b, 4, s.seq ?? 0);
  store32(b, 8, s.ack ?? 0);
  const flags = [...(s.flags ?? '')].reduce((bits, letter) => bits | FLAG_BITS[letter], 0);
  store16(b, 12, ((headerSize / 4) << 12) | flags);
  store16(b, 14, s.window ?? 65535);
  b.set(options, 20);
  return b;
}

/** An Ethernet frame around an IP packet. */
export function frameOf(ip: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ETHERNET + ip.length);
  frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
  store16(frame, 12, ip[0] >>> 4 === 6 ? 0x86dd : 0x0800);
  frame.set(ip, ETHERNET);
  return frame;
}

/** A packet as it stands before the tracker: extracted, untracked, with headroom. */
export function packetFrom(frame: Uint8Array): Packet {
  const p = packetOf(frame);
  extract(p, newKey(), 0);
  return p;
}

export const segment = (s: Segment): Packet => packetFrom(frameOf(ipBytes(s)));

/** The same packet in a buffer that has only so many bytes in front of it. */
export function withHeadroom(p: Packet, size: number): Packet {
  const cut = p.start - size;
  p.bytes = p.bytes.slice(cut);
  p.start -= cut;
  p.l3 -= cut;
  p.l4 -= cut;
  return p;
}

/** The IP packet inside a packet; a copy. */
export function ipOf(p: Packet): Uint8Array {
  return p.bytes.slice(p.start + ETHERNET, p.start + p.size);
}

/** True if every checksum of the IP packet is right. */
export function areChecksumsRight(ip: Uint8Array): boolean {
  const isV6 = ip[0] >>> 4 === 6;
  const l4 = isV6 ? ipv6.HEADER_SIZE : ipv4.headerSize(ip, 0);
  const proto = isV6 ? ip[6] : ip[9];
  if (!isV6 && !ipv4.isChecksumRight(ip, 0)) return false;
  const size = ip.length - l4;
  if (proto === PROTOS.sctp) return sctp.checksum(ip, l4) === sctp.computeChecksum(ip, l4, size);
  if (CHECKSUM_AT[proto] === undefined || (proto === PROTOS.udp && load16(ip, l4 + 6) === 0)) return true;
  const pseudo = isV6 ? pseudo6(ip, 0, proto, size) : proto === PROTOS.icmp ? 0 : pseudo4(ip, 0, proto, size);
  return sum(ip, l4, size, pseudo) === 0xffff;
}
