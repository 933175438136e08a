/** IPv4 and IPv6 headers as the tracker wants them: addresses, protocol, and where the next header begins. @hot */
import { load32 } from '../../base/bytes.js';
import * as ipv4 from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import * as ext from '../../wire/ipv6-ext.js';
import { KEY_DST_ADDR, KEY_META, KEY_SRC_ADDR, type PacketKey } from '../record/packet-key.js';
import * as R from '../record/reasons.js';

export function tooShort(key: PacketKey, needed: number, size: number): number {
  key.detail[0] = needed;
  key.detail[1] = size;
  return R.NO_L3_OR_L4;
}

/** The IPv4 header at `key.l3`, of which `size` bytes are there. */
export function parseIpv4(key: PacketKey, size: number, isInner: boolean): number {
  const { bytes, l3, words } = key;
  if (size < ipv4.HEADER_SIZE) return tooShort(key, ipv4.HEADER_SIZE, size);
  const headerSize = ipv4.headerSize(bytes, l3);
  if (headerSize < ipv4.HEADER_SIZE || size < headerSize) {
    key.detail[0] = headerSize;
    key.detail[1] = size;
    return R.IPV4_HEADER_BAD;
  }
  // The packet inside an ICMP error may be the first piece of one.
  if (ipv4.isFragment(bytes, l3) && (!isInner || ipv4.isLaterFragment(bytes, l3))) return R.LATER_FRAGMENT;
  if (!isInner && !ipv4.isChecksumRight(bytes, l3)) {
    key.detail[0] = ipv4.checksum(bytes, l3);
    key.detail[1] = ipv4.computeChecksum(bytes, l3);
    return R.IPV4_CHECKSUM_BAD;
  }
  words[KEY_META] = (ipv4.proto(bytes, l3) << 8) | 4;
  words[KEY_SRC_ADDR] = ipv4.src(bytes, l3);
  words[KEY_DST_ADDR] = ipv4.dst(bytes, l3);
  key.l4 = l3 + headerSize;
  return R.REASON_NONE;
}

/** The IPv6 header at `key.l3` and its extension headers, of which `size` bytes are there. */
export function parseIpv6(key: PacketKey, size: number): number {
  const { bytes, l3, words } = key;
  if (size < ipv6.HEADER_SIZE) return tooShort(key, ipv6.HEADER_SIZE, size);
  const behind = l3 + ipv6.HEADER_SIZE;
  if (!ext.walk(bytes, behind, size - ipv6.HEADER_SIZE, ipv6.nextHeader(bytes, l3))) {
    key.detail[0] = ext.proto;
    key.detail[1] = ext.end - l3;
    return R.IPV6_EXT_BAD;
  }
  if (ext.fragmentAt >= 0 && ext.isFragment(bytes, ext.fragmentAt)) return R.LATER_FRAGMENT;
  words[KEY_META] = (ext.proto << 8) | 6;
  for (let i = 0; i < 4; i++) {
    words[KEY_SRC_ADDR + i] = load32(bytes, l3 + ipv6.SRC + 4 * i);
    words[KEY_DST_ADDR + i] = load32(bytes, l3 + ipv6.DST + 4 * i);
  }
  key.l4 = ext.end;
  return R.REASON_NONE;
}
