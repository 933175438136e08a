/** The transport header as the tracker wants it: lengths, checksums, ports. @hot */
import { load32 } from '../../base/bytes.js';
import { finish, pseudo4, pseudo6, sum } from '../../base/checksum.js';
import * as icmp from '../../wire/icmp.js';
import { IP_PROTO_ICMP, IP_PROTO_ICMPV6, IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../../wire/numbers.js';
import * as sctp from '../../wire/sctp.js';
import * as tcp from '../../wire/tcp.js';
import * as udp from '../../wire/udp.js';
import { metaFamily, metaProto } from '../record/conn.js';
import { KEY_L4, KEY_META, type PacketKey } from '../record/packet-key.js';
import * as R from '../record/reasons.js';

/** Lengths, and unless the kernel vouches for it the checksum, of the header at `key.l4`. */
export function checkTransport(key: PacketKey, verify: boolean): number {
  const meta = key.words[KEY_META];
  switch (metaProto(meta)) {
    case IP_PROTO_TCP:
      if (!tcp.check(key.bytes, key.l4, key.l4Size)) return checkHeaderSize(key, tcp.HEADER_SIZE);
      return verify ? checkSum(key, tcp.checksum(key.bytes, key.l4)) : R.REASON_NONE;
    case IP_PROTO_UDP:
      if (!udp.check(key.bytes, key.l4, key.l4Size)) return checkHeaderSize(key, udp.HEADER_SIZE);
      // In IPv4 a UDP checksum of 0 means that there is none.
      if (!verify || (metaFamily(meta) === 4 && udp.checksum(key.bytes, key.l4) === 0)) return R.REASON_NONE;
      return checkSum(key, udp.checksum(key.bytes, key.l4));
    case IP_PROTO_SCTP:
      if (key.l4Size < sctp.HEADER_SIZE) return truncated(key, sctp.HEADER_SIZE);
      return verify ? checkSctp(key) : R.REASON_NONE;
    case IP_PROTO_ICMP:
      return metaFamily(meta) === 4 ? checkIcmp(key, verify) : R.REASON_NONE;
    case IP_PROTO_ICMPV6:
      return metaFamily(meta) === 6 ? checkIcmp(key, verify) : R.REASON_NONE;
    default:
      return R.REASON_NONE;
  }
}

function checkIcmp(key: PacketKey, verify: boolean): number {
  if (key.l4Size < icmp.HEADER_SIZE) return truncated(key, icmp.HEADER_SIZE);
  return verify ? checkSum(key, icmp.checksum(key.bytes, key.l4)) : R.REASON_NONE;
}

/** A TCP or UDP header that is cut short, or that claims a size that cannot be. */
function checkHeaderSize(key: PacketKey, headerSize: number): number {
  const { bytes, l4, l4Size } = key;
  if (l4Size < headerSize) return truncated(key, headerSize);
  const isTcp = metaProto(key.words[KEY_META]) === IP_PROTO_TCP;
  return truncated(key, isTcp ? tcp.headerSize(bytes, l4) : udp.length(bytes, l4));
}

function truncated(key: PacketKey, needed: number): number {
  key.detail[0] = needed;
  key.detail[1] = key.l4Size;
  return R.L4_TRUNCATED;
}

function checkSum(key: PacketKey, found: number): number {
  const { bytes, l3, l4, l4Size } = key;
  const proto = metaProto(key.words[KEY_META]);
  let pseudo = 0;
  if (metaFamily(key.words[KEY_META]) === 6) pseudo = pseudo6(bytes, l3, proto, l4Size);
  else if (proto !== IP_PROTO_ICMP) pseudo = pseudo4(bytes, l3, proto, l4Size);
  const total = sum(bytes, l4, l4Size, pseudo);
  if (total === 0xffff) return R.REASON_NONE;
  key.detail[0] = found;
  key.detail[1] = finish(total + (~found & 0xffff));
  key.detail[2] = found === pseudo ? 1 : 0;
  return R.L4_CHECKSUM_BAD;
}

function checkSctp(key: PacketKey): number {
  const found = sctp.checksum(key.bytes, key.l4);
  const expected = sctp.computeChecksum(key.bytes, key.l4, key.l4Size);
  if (found === expected) return R.REASON_NONE;
  key.detail[0] = found;
  key.detail[1] = expected;
  key.detail[2] = 0;
  return R.L4_CHECKSUM_BAD;
}

/** Puts the ports at `l4` into the key; protocols without ports have the key 0. At least four bytes must be there. */
export function extractPorts(key: PacketKey, l4: number): number {
  const proto = metaProto(key.words[KEY_META]);
  if (proto !== IP_PROTO_TCP && proto !== IP_PROTO_UDP && proto !== IP_PROTO_SCTP) return R.REASON_NONE;
  const ports = load32(key.bytes, l4);
  key.words[KEY_L4] = ports;
  if (ports >>> 16 !== 0 && (ports & 0xffff) !== 0) return R.REASON_NONE;
  key.detail[0] = ports >>> 16;
  key.detail[1] = ports & 0xffff;
  return R.PORT_ZERO;
}
