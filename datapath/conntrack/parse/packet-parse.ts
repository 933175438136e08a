/**
 * Parsing and validation of a packet for the tracker: from the offsets that extraction left in the packet to the tracker's key, with every
 * length and checksum verified as Open vSwitch does (lib/conntrack.c); after it, reads of the L4 header need no checks. @hot
 *
 * Each function returns REASON_NONE or the reason why the packet is invalid.
 */
import { load16 } from '../../base/bytes.js';
import { OFFLOAD_NONE, type Packet } from '../../packet/packet.js';
import * as ipv4 from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import { ETH_TYPE_IPV4, ETH_TYPE_IPV6 } from '../../wire/numbers.js';
import { isIcmp } from '../record/conn.js';
import { KEY_L4, KEY_META, type PacketKey } from '../record/packet-key.js';
import * as R from '../record/reasons.js';
import { parseIcmp } from './parse-icmp.js';
import { parseIpv4, parseIpv6, tooShort } from './parse-l3.js';
import { checkTransport, extractPorts } from './parse-l4.js';

/** Fills `key` for a packet that enters the zone. LATER_FRAGMENT is told of every fragment, and before anything else is looked at. */
export function parsePacket(key: PacketKey, packet: Packet, zone: number): number {
  const { bytes, l3 } = packet;
  const type = etherType(packet);
  if (type !== ETH_TYPE_IPV4 && type !== ETH_TYPE_IPV6) {
    key.detail[0] = type;
    return R.NOT_IP;
  }
  key.bytes = bytes;
  key.l3 = l3;
  key.isRelated = false;
  const end = packet.start + packet.size - packet.l2Pad;
  if (l3 < 0) return tooShort(key, packet.size + 1, packet.size);
  const bad = type === ETH_TYPE_IPV4 ? parseIpv4(key, end - l3, false) : parseIpv6(key, end - l3);
  if (bad !== R.REASON_NONE) return bad;
  if (packet.l4 < 0) return tooShort(key, claimedSize(bytes, l3, type), end - l3);
  key.l4Size = end - key.l4;
  const reason = parseTransport(key, packet.offload === OFFLOAD_NONE);
  key.words[KEY_META] |= zone << 16;
  return reason;
}

/** The Ethernet type in front of the IP header; for a packet without Ethernet, what its version says. */
function etherType(packet: Packet): number {
  const { bytes, start } = packet;
  if (packet.l2_5 >= 0) return load16(bytes, packet.l2_5 - 2);
  if (packet.l3 === start) return bytes[start] >>> 4 === 6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4;
  if (packet.l3 > start) return load16(bytes, packet.l3 - 2);
  return packet.size >= 14 ? load16(bytes, start + 12) : 0;
}

/** What the IP header says of the packet's size. */
function claimedSize(bytes: Uint8Array, l3: number, type: number): number {
  return type === ETH_TYPE_IPV4 ? ipv4.totalSize(bytes, l3) : ipv6.HEADER_SIZE + ipv6.payloadSize(bytes, l3);
}

function parseTransport(key: PacketKey, verify: boolean): number {
  const bad = checkTransport(key, verify);
  if (bad !== R.REASON_NONE) return bad;
  if (isIcmp(key.words[KEY_META])) return parseIcmp(key);
  key.words[KEY_L4] = 0;
  return extractPorts(key, key.l4);
}
