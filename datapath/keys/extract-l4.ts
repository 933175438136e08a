/** The transport layer's part of extraction: ports, TCP flags, ICMP types, neighbour discovery. @hot */
import { load16, load32 } from '../base/bytes.js';
import type { Packet } from '../packet/packet.js';
import * as icmp from '../wire/icmp.js';
import * as nd from '../wire/nd.js';
import * as numbers from '../wire/numbers.js';
import * as sctp from '../wire/sctp.js';
import * as tcp from '../wire/tcp.js';
import * as udp from '../wire/udp.js';
import * as layout from './layout.js';

const { IP_PROTO_ICMP, IP_PROTO_ICMPV6, IP_PROTO_IGMP, IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } = numbers;
const { GROUP_ARP_ND, W_ARP_HA, W_ND_OPTIONS_TYPE, W_ND_RESERVED, W_ND_TARGET, W_GROUPS, W_TOS_TTL_FLAGS, W_TP } =
  layout;

/** `size` bytes from `packet.l4` belong to the IP packet; W_TP and the TCP flags are zero so far. */
export function extractTransport(packet: Packet, keys: Int32Array, at: number, proto: number, size: number): void {
  const b = packet.bytes;
  const l4 = packet.l4;
  if (proto === IP_PROTO_TCP) {
    if (!tcp.check(b, l4, size)) return;
    keys[at + W_TP] = load32(b, l4);
    keys[at + W_TOS_TTL_FLAGS] |= tcp.flags(b, l4);
  } else if (proto === IP_PROTO_UDP) {
    if (size >= udp.HEADER_SIZE) keys[at + W_TP] = load32(b, l4);
  } else if (proto === IP_PROTO_ICMP || proto === IP_PROTO_IGMP) {
    if (size >= icmp.HEADER_SIZE) extractTypeCode(b, l4, keys, at);
  } else if (proto === IP_PROTO_ICMPV6) {
    if (size < icmp.HEADER_SIZE) return;
    extractTypeCode(b, l4, keys, at);
    if (nd.isNeighbour(icmp.type(b, l4), icmp.code(b, l4))) extractNeighbour(b, l4, size, keys, at);
  } else if (proto === IP_PROTO_SCTP) {
    if (size >= sctp.HEADER_SIZE) keys[at + W_TP] = load32(b, l4);
  }
}

function extractTypeCode(b: Uint8Array, l4: number, keys: Int32Array, at: number): void {
  keys[at + W_TP] = (icmp.type(b, l4) << 16) | icmp.code(b, l4);
}

function extractNeighbour(b: Uint8Array, l4: number, size: number, keys: Int32Array, at: number): void {
  let any = (keys[at + W_ND_RESERVED] = nd.reserved(b, l4));
  if (size >= nd.OPTIONS) {
    for (let i = 0; i < 4; i++) any |= keys[at + W_ND_TARGET + i] = nd.targetWord(b, l4, i);
    any |= extractOptions(b, l4 + nd.OPTIONS, l4 + size, keys, at);
  }
  if (any !== 0) keys[at + W_GROUPS] |= GROUP_ARP_ND;
}

/** Walks the options; returns a value that is zero if it has found nothing. The same address given twice voids the message. */
function extractOptions(b: Uint8Array, i: number, end: number, keys: Int32Array, at: number): number {
  while (end - i >= nd.OPTION_SIZE) {
    const size = nd.optionSize(b, i);
    if (size === 0 || size > end - i) break;
    const type = b[i];
    if (size === nd.OPTION_SIZE && (type === nd.SOURCE_LINK_ADDRESS || type === nd.TARGET_LINK_ADDRESS)) {
      if (!storeLinkAddress(b, i + nd.OPTION_ADDRESS, keys, at, type)) {
        clearNeighbour(keys, at);
        break;
      }
      if (keys[at + W_ND_OPTIONS_TYPE] === 0) keys[at + W_ND_OPTIONS_TYPE] = type;
    }
    i += size;
  }
  return keys[at + W_ND_OPTIONS_TYPE];
}

/** Source addresses stand where ARP has its sender, target addresses where it has its target. False if it is there already. */
function storeLinkAddress(b: Uint8Array, i: number, keys: Int32Array, at: number, type: number): boolean {
  const ha = at + W_ARP_HA;
  if (type === nd.SOURCE_LINK_ADDRESS) {
    if ((keys[ha] | (keys[ha + 1] >>> 16)) !== 0) return false;
    keys[ha] = load32(b, i);
    keys[ha + 1] |= load16(b, i + 4) << 16;
    return true;
  }
  if (((keys[ha + 1] & 0xffff) | keys[ha + 2]) !== 0) return false;
  keys[ha + 1] |= load16(b, i);
  keys[ha + 2] = load32(b, i + 2);
  return true;
}

function clearNeighbour(keys: Int32Array, at: number): void {
  for (let i = 0; i < 3; i++) keys[at + W_ARP_HA + i] = 0;
  for (let i = 0; i < 4; i++) keys[at + W_ND_TARGET + i] = 0;
}
