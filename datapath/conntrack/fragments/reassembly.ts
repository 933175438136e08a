/** Making one packet of its fragments, and giving the fragments back what the tracker has done to it. */
import { copyConntrack, type Packet } from '../../packet/packet.js';
import * as ipv4 from '../../wire/ipv4.js';
import { DST, SRC, setAddress, setFragment, setTotalSize } from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import * as ext from '../../wire/ipv6-ext.js';
import type { FragmentList } from './fragment-list.js';

/** Where held and reassembled packets live. */
export interface PacketMemory {
  allocate(size: number): Packet | null;
  clone(packet: Packet): Packet | null;
  free(packet: Packet): void;
}

const MAX_IP_SIZE = 0xffff;

/** The whole packet, null if it is too large or there is no memory. The headers are those of the first fragment. */
export function reassemble(memory: PacketMemory, list: FragmentList): Packet | null {
  const first = list.fragments[0];
  const { packet } = first;
  const isV6 = list.family === 6;
  const fragmentHeader = isV6 ? ext.FRAGMENT_SIZE : 0;
  const frontSize = first.at - packet.start - fragmentHeader;
  const ipSize = first.at - packet.l3 - fragmentHeader + list.payloadSize;
  if (ipSize > MAX_IP_SIZE + (isV6 ? ipv6.HEADER_SIZE : 0)) return null;
  const whole = memory.allocate(frontSize + list.payloadSize);
  if (whole === null) return null;
  const moved = whole.start - packet.start;
  whole.bytes.set(packet.bytes.subarray(packet.start, packet.start + frontSize), whole.start);
  for (const { packet: piece, at, from, to } of list.fragments) {
    whole.bytes.set(piece.bytes.subarray(at, at + to - from), whole.start + frontSize + from);
  }
  whole.l3 = packet.l3 + moved;
  whole.l4 = whole.start + frontSize;
  if (isV6) mendIpv6(whole, packet, ipSize);
  else {
    setTotalSize(whole.bytes, whole.l3, ipSize);
    setFragment(whole.bytes, whole.l3, ipv4.fragment(whole.bytes, whole.l3) & ipv4.DONT_FRAGMENT);
  }
  whole.inPort = packet.inPort;
  whole.recircId = packet.recircId;
  whole.id = packet.id;
  copyConntrack(whole, packet);
  return whole;
}

/** The header before the fragment header names what stood behind that one. */
function mendIpv6(whole: Packet, first: Packet, ipSize: number): void {
  const { bytes, l3 } = first;
  const behind = l3 + ipv6.HEADER_SIZE;
  ext.walk(bytes, behind, first.start + first.size - behind, ipv6.nextHeader(bytes, l3));
  const next = bytes[ext.fragmentAt];
  const namedAt = namingByte(first, ext.fragmentAt) - l3;
  whole.bytes[whole.l3 + namedAt] = next;
  ipv6.setPayloadSize(whole.bytes, whole.l3, ipSize - ipv6.HEADER_SIZE);
}

/** The byte that names the header at `target` as the next one. */
function namingByte(p: Packet, target: number): number {
  const { bytes, l3 } = p;
  let at = l3 + ipv6.HEADER_SIZE;
  let named = l3 + 6;
  while (at < target) {
    named = at;
    // Only headers that count in units of eight bytes may stand before a fragment header.
    at += (bytes[at + 1] + 1) << 3;
  }
  return named;
}

/**
 * What the tracker found out about the whole packet, and the addresses and bytes it may have changed, for each piece: with
 * extension headers behind the fragment header, or in an ICMP error, they need not be in the first one.
 */
export function copyStateToFragments(whole: Packet, list: FragmentList): void {
  for (const { packet, at, from, to } of list.fragments) {
    copyConntrack(packet, whole);
    packet.conn = -1;
    if (list.family === 4) {
      setAddress(packet.bytes, packet.l3, SRC, ipv4.src(whole.bytes, whole.l3));
      setAddress(packet.bytes, packet.l3, DST, ipv4.dst(whole.bytes, whole.l3));
    } else {
      const addresses = whole.bytes.subarray(whole.l3 + ipv6.SRC, whole.l3 + ipv6.HEADER_SIZE);
      packet.bytes.set(addresses, packet.l3 + ipv6.SRC);
    }
    packet.bytes.set(whole.bytes.subarray(whole.l4 + from, whole.l4 + to), at);
  }
}
