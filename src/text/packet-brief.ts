/**
 * A packet in a few words, for people: `tcp 10.0.0.1:4001 > 10.0.0.2:80 [S.] seq 200 ack 101`; of an ICMP error also what it is
 * about.
 */

import { load16, load32u, store16 } from '../../datapath/base/bytes.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { lentPacket } from '../../datapath/packet/packet.js';
import * as ethernet from '../../datapath/wire/ethernet.js';
import * as icmp from '../../datapath/wire/icmp.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import * as ipv6 from '../../datapath/wire/ipv6.js';
import * as proto from '../../datapath/wire/numbers.js';
import * as tcp from '../../datapath/wire/tcp.js';
import { getField } from '../match/key.js';
import { formatIpv4, formatIpv6 } from './address.js';
import { protocolName } from './conntrack.js';
import { formatPacket } from './packet.js';

/** As tcpdump has them. */
const TCP_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [0x02, 'S'],
  [0x01, 'F'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x20, 'U'],
  [0x10, '.'],
];
const WITH_PORTS: readonly number[] = [proto.IP_PROTO_TCP, proto.IP_PROTO_UDP, proto.IP_PROTO_SCTP];
/** Of the ip_frag field; its bits say that it is a piece, and not the first. */
const FRAG_LATER = 2;
const FRAGMENT_TEXT = ['', ', first fragment', '', ', later fragment'];
export function formatPacketBrief(frame: Uint8Array): string {
  const packet = lentPacket(frame);
  const key = new Int32Array(DP_WORDS);
  extract(packet, key, 0);
  const type = Number(getField(key, 0, 'eth_type'));
  if (type !== proto.ETH_TYPE_IPV4 && type !== proto.ETH_TYPE_IPV6) return formatPacket(frame);
  const isV4 = type === proto.ETH_TYPE_IPV4;
  if (packet.l4 < 0) return brokenText(frame, packet.l3, isV4);
  const protocol = Number(getField(key, 0, 'nw_proto'));
  const fragment = Number(getField(key, 0, 'ip_frag'));
  const [src, dst] = ends(key, isV4, WITH_PORTS.includes(protocol) && (fragment & FRAG_LATER) === 0);
  const isTcp = protocol === proto.IP_PROTO_TCP && packet.l4 + tcp.HEADER_SIZE <= frame.length;
  const rest = isTcp
    ? tcpText(frame, packet.l4)
    : icmpText(key, protocol, frame.subarray(packet.l4 + icmp.HEADER_SIZE));
  return `${protocolName(protocol)} ${src} > ${dst}${(fragment & FRAG_LATER) === 0 ? rest : ''}${FRAGMENT_TEXT[fragment]}`;
}

/** A packet whose IP header is not whole, or does not fit the packet: only the addresses may be trusted to be there. */
function brokenText(frame: Uint8Array, l3: number, isV4: boolean): string {
  const name = isV4 ? 'ip' : 'ipv6';
  if (l3 < 0 || l3 + (isV4 ? ipv4.HEADER_SIZE : ipv6.HEADER_SIZE) > frame.length) return `${name}, header cut short`;
  const address = (v4At: number, v6At: number): string =>
    isV4 ? formatIpv4(load32u(frame, l3 + v4At)) : formatIpv6(load128(frame, l3 + v6At));
  return `${name} ${address(12, 8)} > ${address(16, 24)}, broken`;
}

const load128 = (frame: Uint8Array, at: number): bigint =>
  frame.subarray(at, at + 16).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

function ends(key: Int32Array, isV4: boolean, hasPorts: boolean): [string, string] {
  const text = (end: 'src' | 'dst'): string => {
    const address = isV4
      ? formatIpv4(Number(getField(key, 0, `ip_${end}`)))
      : formatIpv6(getField(key, 0, `ipv6_${end}`));
    if (!hasPorts) return address;
    const port = getField(key, 0, `tcp_${end}`);
    return isV4 ? `${address}:${port}` : `[${address}]:${port}`;
  };
  return [text('src'), text('dst')];
}

function tcpText(frame: Uint8Array, l4: number): string {
  const flags = frame[l4 + 13];
  const letters = TCP_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  const ack = (flags & 0x10) === 0 ? '' : ` ack ${load32u(frame, l4 + 8)}`;
  return ` [${letters.join('')}] seq ${load32u(frame, l4 + 4)}${ack}`;
}

function icmpText(key: Int32Array, protocol: number, inner: Uint8Array): string {
  if (protocol !== proto.IP_PROTO_ICMP && protocol !== proto.IP_PROTO_ICMPV6) return '';
  const type = Number(getField(key, 0, 'icmp_type'));
  const text = ` type ${type} code ${getField(key, 0, 'icmp_code')}`;
  if (!isError(protocol, type) || inner.length < ipv4.HEADER_SIZE) return text;
  return `${text} about ${formatPacketBrief(framed(inner, protocol === proto.IP_PROTO_ICMP))}`;
}

/** Those that carry the beginning of a packet (RFC 792, RFC 4443). */
const isError = (protocol: number, type: number): boolean =>
  protocol === proto.IP_PROTO_ICMP ? [3, 4, 5, 11, 12].includes(type) : type >= 1 && type <= 4;

/** An IP packet that may be cut short as a frame that is as long as the packet claims: what is missing is zero. */
function framed(ip: Uint8Array, isV4: boolean): Uint8Array {
  const claimed = isV4 ? load16(ip, 2) : ipv6.HEADER_SIZE + load16(ip, 4);
  const frame = new Uint8Array(ethernet.HEADER_SIZE + Math.max(claimed, ip.length));
  store16(frame, ethernet.HEADER_SIZE - 2, isV4 ? proto.ETH_TYPE_IPV4 : proto.ETH_TYPE_IPV6);
  frame.set(ip, ethernet.HEADER_SIZE);
  return frame;
}
