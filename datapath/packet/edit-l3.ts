/**
 * Edits of IPv4, IPv6 and ARP headers, with every checksum that depends on them. @hot
 *
 * The packet must be of that kind with `l3` and `l4` as extraction has set them; a packet without `l4` has a broken IP
 * header and is left alone.
 */
import { store16, store32 } from '../base/bytes.js';
import * as arp from '../wire/arp.js';
import * as ipv4 from '../wire/ipv4.js';
import * as ipv6 from '../wire/ipv6.js';
import * as ext from '../wire/ipv6-ext.js';
import { IP_PROTO_FRAGMENT } from '../wire/numbers.js';
import { updatePseudoHeader } from './edit-l4.js';
import type { Packet } from './packet.js';

export const IPV4_SRC = ipv4.SRC;
export const IPV4_DST = ipv4.DST;
export const IPV6_SRC = ipv6.SRC;
export const IPV6_DST = ipv6.DST;

/** `field` is IPV4_SRC or IPV4_DST. */
export function setIpv4Address(p: Packet, field: number, address: number): void {
  if (p.l4 < 0) return;
  const b = p.bytes;
  const before = field === ipv4.SRC ? ipv4.src(b, p.l3) : ipv4.dst(b, p.l3);
  if (before === address) return;
  if (!ipv4.isLaterFragment(b, p.l3)) updatePseudoHeader(p, ipv4.proto(b, p.l3), before, address);
  ipv4.setAddress(b, p.l3, field, address);
}

export function setIpv4Tos(p: Packet, tos: number): void {
  if (p.l4 >= 0) ipv4.setTos(p.bytes, p.l3, tos);
}

export function setIpv4Ttl(p: Packet, ttl: number): void {
  if (p.l4 >= 0) ipv4.setTtl(p.bytes, p.l3, ttl);
}

/** Sets word `i` (0 to 3) of an address; `field` is IPV6_SRC or IPV6_DST. */
export function setIpv6AddressWord(p: Packet, field: number, i: number, value: number): void {
  if (p.l4 < 0) return;
  const b = p.bytes;
  const before = ipv6.addressWord(b, p.l3, field, i);
  if (before === value) return;
  const proto = checksummedProto(p, field);
  if (proto >= 0) updatePseudoHeader(p, proto, before, value);
  ipv6.setAddressWord(b, p.l3, field, i, value);
}

/** Protocol whose checksum covers the address at `field`, -1 if none is in this packet. */
function checksummedProto(p: Packet, field: number): number {
  const b = p.bytes;
  const first = ipv6.nextHeader(b, p.l3);
  const at = p.l3 + ipv6.HEADER_SIZE;
  if (p.l4 === at) return first;
  if (!ext.walk(b, at, p.start + p.size - p.l2Pad - at, first) || ext.proto === IP_PROTO_FRAGMENT) return -1;
  // The checksum is over the final destination, which is not the one in the header while the packet is under way.
  return field === ipv6.DST && ext.isSourceRouted ? -1 : ext.proto;
}

export function setIpv6TrafficClass(p: Packet, value: number): void {
  if (p.l4 >= 0) ipv6.setTrafficClass(p.bytes, p.l3, value);
}

export function setIpv6Label(p: Packet, value: number): void {
  if (p.l4 >= 0) ipv6.setLabel(p.bytes, p.l3, value);
}

export function setIpv6HopLimit(p: Packet, value: number): void {
  if (p.l4 >= 0) ipv6.setHopLimit(p.bytes, p.l3, value);
}

export const ARP_SHA = arp.SHA;
export const ARP_THA = arp.THA;

/** True if there is ARP about IPv4 over Ethernet: the setters below need that. */
export const isArp = (p: Packet): boolean => p.l3 >= 0 && arp.check(p.bytes, p.l3, p.start + p.size - p.l3);

export const setArpOpcode = (p: Packet, value: number): void => arp.setOpcode(p.bytes, p.l3, value);
export const setArpSpa = (p: Packet, address: number): void => arp.setSpa(p.bytes, p.l3, address);
export const setArpTpa = (p: Packet, address: number): void => arp.setTpa(p.bytes, p.l3, address);

/** Sets a hardware address; `field` is ARP_SHA or ARP_THA. */
export function setArpHardware(p: Packet, field: number, high: number, low: number): void {
  store16(p.bytes, p.l3 + field, high);
  store32(p.bytes, p.l3 + field + 2, low);
}
