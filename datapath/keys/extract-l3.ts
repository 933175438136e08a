/** The network layer's part of extraction: IPv4, IPv6 with extension headers, ARP, NSH. @hot */
import { load16, load32 } from '../base/bytes.js';
import type { Packet } from '../packet/packet.js';
import * as arp from '../wire/arp.js';
import * as ipv4 from '../wire/ipv4.js';
import * as ipv6 from '../wire/ipv6.js';
import * as ext from '../wire/ipv6-ext.js';
import * as nsh from '../wire/nsh.js';
import * as numbers from '../wire/numbers.js';
import { extractTransport } from './extract-l4.js';
import * as layout from './layout.js';

const { ETH_TYPE_IPV4, ETH_TYPE_IPV6, IP_PROTO_FRAGMENT } = numbers;
const {
  FRAG_ANY,
  FRAG_LATER,
  GROUP_ARP_ND,
  GROUP_IPV6,
  GROUP_NSH,
  W_ARP_HA,
  W_IPV6_LABEL,
  W_IPV6_SRC,
  W_NSH_BASE,
  W_NSH_CONTEXT,
  W_NSH_PATH,
  W_NW_DST,
  W_NW_SRC,
  W_GROUPS,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TYPE_PROTO_FRAG,
} = layout;
const { FRAGMENT_OFFSET_MASK, MORE_FRAGMENTS } = ipv4;
const { HEADER_SIZE, SRC } = ipv6;

/** Bytes from `l3` to the end of the frame. */
const sizeAtL3 = (packet: Packet): number => packet.start + packet.size - packet.l3;

/** Writes every common word of the network and transport layer. */
export function extractIpv4(packet: Packet, keys: Int32Array, at: number): void {
  const b = packet.bytes;
  const l3 = packet.l3;
  const size = sizeAtL3(packet);
  keys[at + W_TP] = 0;
  if (!ipv4.check(b, l3, size)) {
    keys[at + W_TYPE_PROTO_FRAG] = ETH_TYPE_IPV4 << 16;
    keys[at + W_TOS_TTL_FLAGS] = 0;
    keys[at + W_NW_SRC] = 0;
    keys[at + W_NW_DST] = 0;
    return;
  }
  const total = ipv4.totalSize(b, l3);
  const header = ipv4.headerSize(b, l3);
  const proto = ipv4.proto(b, l3);
  const fragment = ipv4.fragment(b, l3);
  packet.l2Pad = size - total;
  packet.l4 = l3 + header;
  keys[at + W_NW_SRC] = ipv4.src(b, l3);
  keys[at + W_NW_DST] = ipv4.dst(b, l3);
  keys[at + W_TOS_TTL_FLAGS] = (ipv4.tos(b, l3) << 24) | (ipv4.ttl(b, l3) << 16);
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) === 0) {
    keys[at + W_TYPE_PROTO_FRAG] = (ETH_TYPE_IPV4 << 16) | (proto << 8);
    extractTransport(packet, keys, at, proto, total - header);
    return;
  }
  const isLater = (fragment & FRAGMENT_OFFSET_MASK) !== 0;
  keys[at + W_TYPE_PROTO_FRAG] = (ETH_TYPE_IPV4 << 16) | (proto << 8) | (isLater ? FRAG_ANY | FRAG_LATER : FRAG_ANY);
  if (!isLater) extractTransport(packet, keys, at, proto, total - header);
}

/** The common words are already written, as of a packet with nothing behind the Ethernet type. */
export function extractIpv6(packet: Packet, keys: Int32Array, at: number): void {
  const b = packet.bytes;
  const l3 = packet.l3;
  const size = sizeAtL3(packet);
  if (!ipv6.check(b, l3, size)) return;
  const payload = ipv6.payloadSize(b, l3);
  packet.l2Pad = size - HEADER_SIZE - payload;
  let any = 0;
  for (let i = 0; i < 8; i++) any |= keys[at + W_IPV6_SRC + i] = load32(b, l3 + SRC + 4 * i);
  if (any !== 0) keys[at + W_GROUPS] |= GROUP_IPV6;

  const at4 = l3 + HEADER_SIZE;
  if (!ext.walk(b, at4, payload, ipv6.nextHeader(b, l3))) return;
  const label = ipv6.label(b, l3);
  if (label !== 0) {
    keys[at + W_IPV6_LABEL] = label;
    keys[at + W_GROUPS] |= GROUP_IPV6;
  }
  const isLater = ext.proto === IP_PROTO_FRAGMENT;
  const fragment = isLater ? FRAG_ANY | FRAG_LATER : ext.isPiece ? FRAG_ANY : 0;
  packet.l4 = ext.end;
  keys[at + W_TYPE_PROTO_FRAG] = (ETH_TYPE_IPV6 << 16) | (ext.proto << 8) | fragment;
  keys[at + W_TOS_TTL_FLAGS] = (ipv6.trafficClass(b, l3) << 24) | (ipv6.hopLimit(b, l3) << 16);
  if (!isLater) extractTransport(packet, keys, at, ext.proto, at4 + payload - ext.end);
}

/** ARP and RARP, as for IPv6. An opcode that does not fit its eight bits of the key is taken for 0. */
export function extractArp(packet: Packet, keys: Int32Array, at: number): void {
  const b = packet.bytes;
  const l3 = packet.l3;
  if (!arp.check(b, l3, sizeAtL3(packet))) return;
  keys[at + W_NW_SRC] = arp.spa(b, l3);
  keys[at + W_NW_DST] = arp.tpa(b, l3);
  const opcode = arp.opcode(b, l3);
  if (opcode <= 0xff) keys[at + W_TYPE_PROTO_FRAG] |= opcode << 8;
  const first = load32(b, l3 + arp.SHA);
  const middle = (load16(b, l3 + arp.SHA + 4) << 16) | load16(b, l3 + arp.THA);
  const last = load32(b, l3 + arp.THA + 2);
  if ((first | middle | last) === 0) return;
  keys[at + W_ARP_HA] = first;
  keys[at + W_ARP_HA + 1] = middle;
  keys[at + W_ARP_HA + 2] = last;
  keys[at + W_GROUPS] |= GROUP_ARP_ND;
}

/** Network service header, as for IPv6. Context words of metadata type 2 are not parsed. */
export function extractNsh(packet: Packet, keys: Int32Array, at: number): void {
  const b = packet.bytes;
  const l3 = packet.l3;
  if (!nsh.check(b, l3, sizeAtL3(packet))) return;
  const kind = nsh.mdType(b, l3);
  keys[at + W_NSH_BASE] = (nsh.flags(b, l3) << 24) | (kind << 16) | (nsh.nextProtocol(b, l3) << 8) | nsh.ttl(b, l3);
  keys[at + W_NSH_PATH] = nsh.path(b, l3);
  if (kind === nsh.MD_TYPE_1) {
    for (let i = 0; i < 4; i++) keys[at + W_NSH_CONTEXT + i] = nsh.context(b, l3, i);
  }
  keys[at + W_GROUPS] |= GROUP_NSH;
}
