/** Replacing some bytes of a TCP payload by others, perhaps of another number: lengths, offsets and checksums follow. */
import { load32, store32 } from '../../base/bytes.js';
import { finish, pseudo4, pseudo6, sum, update32 } from '../../base/checksum.js';
import { isPartial } from '../../packet/edit-l4.js';
import type { Packet } from '../../packet/packet.js';
import * as ipv4 from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import { IP_PROTO_TCP } from '../../wire/numbers.js';
import * as tcp from '../../wire/tcp.js';
import { metaFamily } from '../record/conn.js';
import { KEY_META, type PacketKey } from '../record/packet-key.js';

/** The packet can grow by that many bytes: in front of it there is room, and its length can be told. */
export const hasRoom = (p: Packet, key: PacketKey, growth: number): boolean =>
  p.start >= growth && totalSize(p, key) + growth <= 0xffff;

/**
 * Puts `text` in place of the `size` bytes at `at`; growth goes into the headroom, which must be there (`hasRoom`). Returns by
 * how much the packet has grown. `key` goes on fitting the packet.
 */
export function replaceText(p: Packet, key: PacketKey, at: number, size: number, text: string): number {
  const growth = text.length - size;
  p.bytes.copyWithin(p.start - growth, p.start, at);
  for (let i = 0; i < text.length; i++) p.bytes[at - growth + i] = text.charCodeAt(i);
  if (growth !== 0) moveFront(p, key, growth);
  fixTcpChecksum(p, key);
  return growth;
}

const totalSize = (p: Packet, key: PacketKey): number => p.start + p.size - p.l2Pad - key.l3;

/** The headers have moved by `growth` towards the front, and the packet's size with them. */
function moveFront(p: Packet, key: PacketKey, growth: number): void {
  p.start -= growth;
  p.size += growth;
  p.l3 -= growth;
  p.l4 -= growth;
  p.csumStart -= growth;
  key.l3 -= growth;
  key.l4 -= growth;
  key.l4Size += growth;
  if (metaFamily(key.words[KEY_META]) === 4)
    ipv4.setTotalSize(p.bytes, key.l3, ipv4.totalSize(p.bytes, key.l3) + growth);
  else ipv6.setPayloadSize(p.bytes, key.l3, ipv6.payloadSize(p.bytes, key.l3) + growth);
}

function fixTcpChecksum(p: Packet, key: PacketKey): void {
  const { bytes } = p;
  const { l3, l4, l4Size } = key;
  const isV4 = metaFamily(key.words[KEY_META]) === 4;
  const pseudo = isV4 ? pseudo4(bytes, l3, IP_PROTO_TCP, l4Size) : pseudo6(bytes, l3, IP_PROTO_TCP, l4Size);
  if (isPartial(p)) return tcp.setChecksum(bytes, l4, pseudo);
  tcp.setChecksum(bytes, l4, 0);
  tcp.setChecksum(bytes, l4, finish(sum(bytes, l4, l4Size, pseudo)));
}

/** Adds to the 32-bit number at `at` of the TCP header; the checksum follows unless it is left to an offload. */
export function addToNumber(p: Packet, l4: number, at: number, amount: number): void {
  const { bytes } = p;
  const before = load32(bytes, at);
  const after = (before + amount) | 0;
  if (!isPartial(p)) {
    tcp.setChecksum(bytes, l4, update32(tcp.checksum(bytes, l4), before, after));
  }
  store32(bytes, at, after);
}
