/**
 * Translating a packet: addresses, ports and ICMP ids, the packet inside an ICMP error, and all checksums. @hot
 *
 * The key given is the connection's for the *opposite* direction: the packet's new source is that key's destination. Where
 * the sender left the L4 checksum to an offload, the field holds the sum of the pseudo header only, not complemented: the
 * addresses enter it, the ports do not.
 */
import { load16, load32, store16, store32 } from '../../base/bytes.js';
import { finish, pseudo6, sum, update16, update32, updateSum32 } from '../../base/checksum.js';
import { OFFLOAD_NEEDS_CSUM, type Packet } from '../../packet/packet.js';
import * as icmp from '../../wire/icmp.js';
import * as ipv4 from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import {
  IP_PROTO_DCCP,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_NONE,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
  IP_PROTO_UDPLITE,
} from '../../wire/numbers.js';
import * as sctp from '../../wire/sctp.js';
import * as tcp from '../../wire/tcp.js';
import * as udp from '../../wire/udp.js';
import { isIcmp, metaFamily, metaProto, reverseL4 } from '../record/conn.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, type PacketKey } from '../record/packet-key.js';

/** What is translated. */
export const NAT_SRC = 1;
export const NAT_DST = 2;

/** How the checksum of the L4 header under work follows. */
const SUM_NONE = 0;
/** It covers the L4 part and, but for ICMP, the pseudo header. */
const SUM_WHOLE = 1;
/** Left to an offload. */
const SUM_PSEUDO = 2;

/** Where the header under work stands. */
const H = { l3: 0, l4: 0, end: 0, proto: 0, mode: SUM_NONE, checksumAt: 0, hasCrc: false };

/** Translates the packet that `key` was parsed from; `to` is the key of the opposite direction. */
export function translate(p: Packet, key: PacketKey, to: Int32Array, action: number): void {
  // A tunnel's inner checksum may be left to the card while the outer one, which is translated here, is complete.
  const isOffloaded = p.offload === OFFLOAD_NEEDS_CSUM && p.csumStart === key.l4;
  const family = metaFamily(to[KEY_META]);
  const outerProto = family === 4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6;
  place(p, key.l3, key.l4, key.l4 + key.l4Size, key.isRelated ? outerProto : headerOf(to[KEY_META]), isOffloaded);
  if ((action & NAT_SRC) !== 0) setAddress(p.bytes, family, ipv4.SRC, to, KEY_DST_ADDR);
  if ((action & NAT_DST) !== 0) setAddress(p.bytes, family, ipv4.DST, to, KEY_SRC_ADDR);
  if (!key.isRelated) return setPorts(p.bytes, reverseL4(to[KEY_META], to[KEY_L4]));
  translateInner(p, key, to, action);
  if (!isOffloaded) sumError(p.bytes, key, family);
}

/** The protocol by whose header the packet is changed: ICMP within IPv6 and ICMPv6 within IPv4 are payload of nobody knows what. */
function headerOf(meta: number): number {
  const proto = metaProto(meta);
  const isForeign = (proto === IP_PROTO_ICMP || proto === IP_PROTO_ICMPV6) && !isIcmp(meta);
  return isForeign ? IP_PROTO_NONE : proto;
}

/** The packet inside went the other way: its source is the key's source. */
function translateInner(p: Packet, key: PacketKey, to: Int32Array, action: number): void {
  const family = metaFamily(to[KEY_META]);
  place(p, key.innerL3, key.innerL4, key.l4 + key.l4Size, headerOf(to[KEY_META]), false);
  // Only its beginning is there.
  H.hasCrc = false;
  if ((action & NAT_SRC) !== 0) setAddress(p.bytes, family, ipv4.DST, to, KEY_DST_ADDR);
  if ((action & NAT_DST) !== 0) setAddress(p.bytes, family, ipv4.SRC, to, KEY_SRC_ADDR);
  setPorts(p.bytes, to[KEY_L4]);
}

function sumError(b: Uint8Array, key: PacketKey, family: number): void {
  const { l3, l4, l4Size } = key;
  icmp.setChecksum(b, l4, 0);
  const pseudo = family === 6 ? pseudo6(b, l3, IP_PROTO_ICMPV6, l4Size) : 0;
  icmp.setChecksum(b, l4, finish(sum(b, l4, l4Size, pseudo)));
}

/** Takes a header under work, with what of it is there. */
function place(p: Packet, l3: number, l4: number, end: number, proto: number, isOffloaded: boolean): void {
  H.l3 = l3;
  H.l4 = l4;
  H.end = end;
  H.proto = proto;
  H.hasCrc = proto === IP_PROTO_SCTP && !isOffloaded;
  H.checksumAt = l4 + checksumOffset(proto);
  H.mode = isOffloaded ? SUM_PSEUDO : SUM_WHOLE;
  const isThere = H.checksumAt > l4 && H.checksumAt + 2 <= end;
  if (!isThere) H.mode = SUM_NONE;
  // A UDP checksum of 0 means that there is none.
  else if (proto === IP_PROTO_UDP && !isOffloaded && load16(p.bytes, H.checksumAt) === 0) H.mode = SUM_NONE;
}

/** RFC 4340, section 5.1: the checksum covers the pseudo header, too. */
const DCCP_CHECKSUM = 6;

/** Where in the header an Internet checksum stands, 0 if there is none. */
function checksumOffset(proto: number): number {
  if (proto === IP_PROTO_TCP) return tcp.CHECKSUM;
  if (proto === IP_PROTO_UDP || proto === IP_PROTO_UDPLITE) return udp.CHECKSUM;
  if (proto === IP_PROTO_DCCP) return DCCP_CHECKSUM;
  return proto === IP_PROTO_ICMP || proto === IP_PROTO_ICMPV6 ? icmp.CHECKSUM : 0;
}

/** `field` is that of IPv4; the address is at `to[at]`. */
function setAddress(b: Uint8Array, family: number, field: number, to: Int32Array, at: number): void {
  if (family === 4) {
    const before = load32(b, H.l3 + field);
    ipv4.setAddress(b, H.l3, field, to[at]);
    // ICMP's checksum knows no pseudo header.
    if (H.proto !== IP_PROTO_ICMP) addressChanged(b, before, to[at]);
    return;
  }
  const from = H.l3 + (field === ipv4.SRC ? ipv6.SRC : ipv6.DST);
  for (let i = 0; i < 4; i++) {
    const before = load32(b, from + 4 * i);
    store32(b, from + 4 * i, to[at + i]);
    addressChanged(b, before, to[at + i]);
  }
}

function addressChanged(b: Uint8Array, before: number, after: number): void {
  const sumBefore = load16(b, H.checksumAt);
  if (H.mode === SUM_WHOLE) storeChecksum(b, update32(sumBefore, before, after));
  else if (H.mode === SUM_PSEUDO) store16(b, H.checksumAt, updateSum32(sumBefore, before, after));
}

function storeChecksum(b: Uint8Array, value: number): void {
  const isZeroNone = H.proto === IP_PROTO_UDP || H.proto === IP_PROTO_UDPLITE;
  store16(b, H.checksumAt, value === 0 && isZeroNone ? 0xffff : value);
}

/** Ports, or the id of an ICMP or ICMPv6 query, of the header under work, from the word of a key in the packet's own direction. */
function setPorts(b: Uint8Array, word: number): void {
  const { proto, l4 } = H;
  if (proto === IP_PROTO_TCP || proto === IP_PROTO_UDP) {
    setNumber(b, l4, word >>> 16);
    setNumber(b, l4 + 2, word & 0xffff);
  } else if (proto === IP_PROTO_SCTP) setSctpPorts(b, word);
  else if (proto === IP_PROTO_ICMP || proto === IP_PROTO_ICMPV6) setNumber(b, l4 + icmp.ID, word >>> 16);
}

function setNumber(b: Uint8Array, at: number, value: number): void {
  const before = load16(b, at);
  if (before === value) return;
  if (H.mode === SUM_WHOLE) storeChecksum(b, update16(load16(b, H.checksumAt), before, value));
  store16(b, at, value);
}

function setSctpPorts(b: Uint8Array, word: number): void {
  if (load32(b, H.l4) === word) return;
  const size = H.end - H.l4;
  // What was wrong stays wrong, so that a damaged packet is not made to look whole.
  const error = H.hasCrc ? sctp.checksum(b, H.l4) ^ sctp.computeChecksum(b, H.l4, size) : 0;
  store32(b, H.l4, word);
  if (H.hasCrc) sctp.setChecksum(b, H.l4, sctp.computeChecksum(b, H.l4, size) ^ error);
}
