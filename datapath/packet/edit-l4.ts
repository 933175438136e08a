/**
 * Edits of ports, ICMP types and neighbour discovery, and the one place that knows how a change of addresses reaches the
 * checksum of the layer above. @hot
 *
 * A packet whose checksum is left to the hardware (OFFLOAD_NEEDS_CSUM) has only the sum of the pseudo header in its
 * checksum field: addresses change that sum, everything behind them is not in it yet. All functions need `l4` (and `l3`
 * where they say so) as extraction has set them, and do nothing where the header is not whole.
 */
import { load16, load32, store16, store32 } from '../base/bytes.js';
import { update16, update32, updateSum32 } from '../base/checksum.js';
import * as icmp from '../wire/icmp.js';
import * as nd from '../wire/nd.js';
import { IP_PROTO_ICMPV6, IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../wire/numbers.js';
import * as sctp from '../wire/sctp.js';
import * as tcp from '../wire/tcp.js';
import * as udp from '../wire/udp.js';
import { OFFLOAD_NEEDS_CSUM, type Packet } from './packet.js';

/** Bytes from `l4` to the end of the IP packet. */
export const l4Size = (p: Packet): number => p.start + p.size - p.l2Pad - p.l4;

/** True if the checksum at `l4` is yet to be completed by hardware or port. */
export const isPartial = (p: Packet): boolean => p.offload === OFFLOAD_NEEDS_CSUM && p.csumStart === p.l4;

export const SRC_PORT = 0;
export const DST_PORT = 2;

/** Sets a port (SRC_PORT or DST_PORT) of TCP, UDP or SCTP; other protocols have none. */
export function setPort(p: Packet, proto: number, field: number, port: number): void {
  if (p.l4 < 0) return;
  const size = l4Size(p);
  if (proto === IP_PROTO_TCP && size >= tcp.HEADER_SIZE) {
    if (isPartial(p)) store16(p.bytes, p.l4 + field, port);
    else tcp.setPort(p.bytes, p.l4, field, port);
  } else if (proto === IP_PROTO_UDP && size >= udp.HEADER_SIZE) {
    if (isPartial(p)) store16(p.bytes, p.l4 + field, port);
    else udp.setPort(p.bytes, p.l4, field, port);
  } else if (proto === IP_PROTO_SCTP && size >= sctp.HEADER_SIZE) {
    if (isPartial(p)) store16(p.bytes, p.l4 + field, port);
    else sctp.setPort(p.bytes, p.l4, size, field, port);
  }
}

/** Sets type and code of ICMP or ICMPv6. */
export function setIcmpTypeCode(p: Packet, type: number, code: number): void {
  if (p.l4 < 0 || l4Size(p) < icmp.HEADER_SIZE) return;
  if (isPartial(p)) store16(p.bytes, p.l4, (type << 8) | code);
  else icmp.setTypeCode(p.bytes, p.l4, type, code);
}

/** Sets word `i` (0 to 3) of the target address of a neighbour message. */
export function setNdTargetWord(p: Packet, i: number, value: number): void {
  if (isNeighbour(p)) patch32(p, p.l4 + nd.TARGET + 4 * i, value);
}

/** Sets the word with the flags of a neighbour message. */
export function setNdReserved(p: Packet, value: number): void {
  if (isNeighbour(p)) patch32(p, p.l4 + nd.RESERVED, value);
}

/** Sets the link-layer address option of that type (nd.SOURCE_LINK_ADDRESS, nd.TARGET_LINK_ADDRESS), if it is there. */
export function setNdLinkAddress(p: Packet, type: number, high: number, low: number): void {
  if (!isNeighbour(p)) return;
  const option = nd.findLinkAddress(p.bytes, p.l4, p.l4 + l4Size(p), type);
  if (option < 0) return;
  const b = p.bytes;
  const at = option + nd.OPTION_ADDRESS;
  if (!isPartial(p)) {
    icmp.setChecksum(b, p.l4, update16(icmp.checksum(b, p.l4), load16(b, at), high));
  }
  store16(b, at, high);
  patch32(p, at + 2, low);
}

/** Sets the type of the first option of a neighbour message, if it has one. */
export function setNdOptionType(p: Packet, type: number): void {
  if (!isNeighbour(p) || l4Size(p) < nd.OPTIONS + nd.OPTION_SIZE) return;
  const at = p.l4 + nd.OPTIONS;
  patch32(p, at, (load32(p.bytes, at) & 0x00ffffff) | (type << 24));
}

function isNeighbour(p: Packet): boolean {
  return p.l4 >= 0 && l4Size(p) >= nd.OPTIONS && nd.isNeighbour(icmp.type(p.bytes, p.l4), icmp.code(p.bytes, p.l4));
}

function patch32(p: Packet, at: number, value: number): void {
  const b = p.bytes;
  if (!isPartial(p)) icmp.setChecksum(b, p.l4, update32(icmp.checksum(b, p.l4), load32(b, at), value));
  store32(b, at, value);
}

/**
 * Tells the checksum of the layer above that a word of the pseudo header went from `before` to `after`. Not to be called
 * for later fragments, whose payload has no header.
 */
export function updatePseudoHeader(p: Packet, proto: number, before: number, after: number): void {
  if (p.l4 < 0) return;
  const size = l4Size(p);
  if (proto === IP_PROTO_TCP) {
    if (size >= tcp.HEADER_SIZE) update(p, p.l4 + tcp.CHECKSUM, before, after);
  } else if (proto === IP_PROTO_UDP) {
    if (size >= udp.HEADER_SIZE) updateUdp(p, before, after);
  } else if (proto === IP_PROTO_ICMPV6 && p.bytes[p.l3] >>> 4 === 6) {
    // Behind IPv4 it has no pseudo header: it is not ICMPv6 there.
    if (size >= icmp.HEADER_SIZE) update(p, p.l4 + icmp.CHECKSUM, before, after);
  }
}

function update(p: Packet, at: number, before: number, after: number): void {
  const old = load16(p.bytes, at);
  store16(p.bytes, at, isPartial(p) ? updateSum32(old, before, after) : update32(old, before, after));
}

/** A complete checksum of 0 says that there is none, and stays. */
function updateUdp(p: Packet, before: number, after: number): void {
  if (isPartial(p)) {
    update(p, p.l4 + udp.CHECKSUM, before, after);
    return;
  }
  const old = udp.checksum(p.bytes, p.l4);
  if (old !== 0) udp.setChecksum(p.bytes, p.l4, update32(old, before, after));
}
