/**
 * Flow key to packet: the plausible packet that has that key, for `ofproto/trace`, tests and packets given as flow text.
 *
 * What the key does not say is chosen as OVS does (lib/flow.c, flow_compose): 64 bytes of counting payload where the protocol
 * takes any, none on TCP segments with SYN, FIN or RST, nor on SCTP; right lengths and checksums. Extraction gives the key back.
 */
import { store16, store32 } from '../base/bytes.js';
import { finish, pseudo4, pseudo6, sum } from '../base/checksum.js';
import * as arp from '../wire/arp.js';
import * as icmp from '../wire/icmp.js';
import * as ipv4 from '../wire/ipv4.js';
import * as ipv6 from '../wire/ipv6.js';
import * as ext from '../wire/ipv6-ext.js';
import * as mpls from '../wire/mpls.js';
import * as nd from '../wire/nd.js';
import * as nsh from '../wire/nsh.js';
import * as num from '../wire/numbers.js';
import * as sctp from '../wire/sctp.js';
import * as tcp from '../wire/tcp.js';
import * as udp from '../wire/udp.js';
import * as vlan from '../wire/vlan.js';
import * as layout from './layout.js';

/** What the key does not say of a packet. */
export interface ComposeOptions {
  /** What follows the transport header, where the protocol takes a payload. */
  payload?: Uint8Array;
  /** Size of the counting payload if there is no `payload`. */
  payloadSize?: number;
}

const DEFAULT_PAYLOAD_SIZE = 64;
/** In units of eight bytes: what OVS gives a fragment that is only known to be a later one. */
const LATER_OFFSET = 100;
const HEADERS_MAX = 256;
const TCP_FLAGS_WITHOUT_PAYLOAD = num.TCP_SYN | num.TCP_FIN | num.TCP_RST;

/** A packet being written: the bytes so far are `bytes[0..size)`. */
interface Draft {
  bytes: Uint8Array;
  size: number;
  keys: Int32Array;
  at: number;
  payload: Uint8Array;
}

/** The bytes of a packet with the key at `at`; a new array. */
export function compose(keys: Int32Array, at: number, options: ComposeOptions = {}): Uint8Array {
  const payload = options.payload ?? countingBytes(options.payloadSize ?? DEFAULT_PAYLOAD_SIZE);
  const draft: Draft = { bytes: new Uint8Array(HEADERS_MAX + payload.length), size: 0, keys, at, payload };
  const type = keys[at + layout.W_TYPE_PROTO_FRAG] >>> 16;
  writeLink(draft, type);
  if (type === num.ETH_TYPE_IPV4) writeIpv4(draft);
  else if (type === num.ETH_TYPE_IPV6) writeIpv6(draft);
  else if (type === num.ETH_TYPE_ARP || type === num.ETH_TYPE_RARP) writeArp(draft);
  else if (type === num.ETH_TYPE_NSH) writeNsh(draft);
  else if (mpls.isEthType(type)) writeMpls(draft);
  return draft.bytes.slice(0, draft.size);
}

const countingBytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i);

const word = (d: Draft, w: number): number => d.keys[d.at + w];
const proto = (d: Draft): number => (word(d, layout.W_TYPE_PROTO_FRAG) >>> 8) & 0xff;
const fragment = (d: Draft): number => word(d, layout.W_TYPE_PROTO_FRAG) & 0xff;
const isLater = (d: Draft): boolean => (fragment(d) & layout.FRAG_LATER) !== 0;
const tos = (d: Draft): number => word(d, layout.W_TOS_TTL_FLAGS) >>> 24;
const ttl = (d: Draft): number => (word(d, layout.W_TOS_TTL_FLAGS) >>> 16) & 0xff;

function put16(d: Draft, value: number): void {
  store16(d.bytes, d.size, value);
  d.size += 2;
}

function put32(d: Draft, value: number): void {
  store32(d.bytes, d.size, value);
  d.size += 4;
}

function putPayload(d: Draft): void {
  d.bytes.set(d.payload, d.size);
  d.size += d.payload.length;
}

function writeLink(d: Draft, type: number): void {
  for (let i = 0; i < 3; i++) put32(d, word(d, layout.W_DL + i));
  for (let i = 0; i < 2; i++) {
    const tag = word(d, layout.W_VLAN + i);
    if ((tag & vlan.CFI) === 0) break;
    put16(d, tag >>> 16 || num.ETH_TYPE_VLAN);
    put16(d, tag & ~vlan.CFI & 0xffff);
  }
  // A frame without a type has its length there.
  put16(d, type === num.ETH_TYPE_NONE ? d.size + 2 : type);
}

function writeMpls(d: Draft): void {
  for (let i = 0; i < 3; i++) {
    put32(d, word(d, layout.W_MPLS + i));
    if (mpls.isBottom(word(d, layout.W_MPLS + i))) return;
  }
}

function writeArp(d: Draft): void {
  const b = d.bytes;
  const at = d.size;
  arp.writeTypes(b, at);
  arp.setOpcode(b, at, proto(d));
  arp.setSpa(b, at, word(d, layout.W_NW_SRC));
  arp.setTpa(b, at, word(d, layout.W_NW_DST));
  const middle = word(d, layout.W_ARP_HA + 1);
  store32(b, at + arp.SHA, word(d, layout.W_ARP_HA));
  store16(b, at + arp.SHA + 4, middle >>> 16);
  store16(b, at + arp.THA, middle);
  store32(b, at + arp.THA + 2, word(d, layout.W_ARP_HA + 2));
  d.size += arp.PACKET_SIZE;
}

function writeNsh(d: Draft): void {
  const base = word(d, layout.W_NSH_BASE);
  const kind = (base >>> 16) & 0xff;
  const size = kind === nsh.MD_TYPE_1 ? nsh.MD1_SIZE : nsh.BASE_SIZE;
  put16(d, ((base >>> 24) << 12) | ((base & 0x3f) << 6) | (size >>> 2));
  put16(d, (kind << 8) | ((base >>> 8) & 0xff));
  put32(d, word(d, layout.W_NSH_PATH));
  if (kind !== nsh.MD_TYPE_1) return;
  for (let i = 0; i < 4; i++) put32(d, word(d, layout.W_NSH_CONTEXT + i));
}

function writeIpv4(d: Draft): void {
  const l3 = d.size;
  d.size += ipv4.HEADER_SIZE;
  const l4 = d.size;
  if (!isLater(d)) writeTransport(d);
  ipv4.write(d.bytes, l3, {
    tos: tos(d),
    totalSize: d.size - l3,
    id: 0,
    fragment: fragment(d) === 0 ? 0 : ipv4.MORE_FRAGMENTS | (isLater(d) ? LATER_OFFSET : 0),
    ttl: ttl(d),
    proto: proto(d),
    src: word(d, layout.W_NW_SRC),
    dst: word(d, layout.W_NW_DST),
  });
  if (!isLater(d)) setTransportChecksum(d, l4, pseudo4(d.bytes, l3, proto(d), d.size - l4));
}

function writeIpv6(d: Draft): void {
  const l3 = d.size;
  d.size += ipv6.HEADER_SIZE;
  for (let i = 0; i < 8; i++) store32(d.bytes, l3 + ipv6.SRC + 4 * i, word(d, layout.W_IPV6_SRC + i));
  if (fragment(d) !== 0) writeFragmentHeader(d);
  const l4 = d.size;
  if (!isLater(d)) writeTransport(d);
  ipv6.write(d.bytes, l3, {
    trafficClass: tos(d),
    label: word(d, layout.W_IPV6_LABEL) & ipv6.LABEL_MASK,
    payloadSize: d.size - l3 - ipv6.HEADER_SIZE,
    nextHeader: fragment(d) === 0 ? proto(d) : num.IP_PROTO_FRAGMENT,
    hopLimit: ttl(d),
  });
  if (!isLater(d)) setTransportChecksum(d, l4, pseudo6(d.bytes, l3, proto(d), d.size - l4));
}

/** What a later fragment belongs to is not in its key. */
function writeFragmentHeader(d: Draft): void {
  d.bytes[d.size] = isLater(d) ? num.IP_PROTO_NONE : proto(d);
  store16(d.bytes, d.size + 2, (isLater(d) ? LATER_OFFSET << 3 : 0) | 1);
  d.size += ext.FRAGMENT_SIZE;
}

function writeTransport(d: Draft): void {
  const ports = word(d, layout.W_TP);
  const l4 = d.size;
  switch (proto(d)) {
    case num.IP_PROTO_TCP:
      return writeTcp(d, ports);
    case num.IP_PROTO_UDP:
      d.size += udp.HEADER_SIZE;
      store32(d.bytes, l4, ports);
      putPayload(d);
      return udp.setLength(d.bytes, l4, d.size - l4);
    case num.IP_PROTO_SCTP:
      d.size += sctp.HEADER_SIZE;
      return store32(d.bytes, l4, ports);
    case num.IP_PROTO_ICMP:
    case num.IP_PROTO_IGMP:
    case num.IP_PROTO_ICMPV6:
      return writeIcmp(d, (ports >>> 16) & 0xff, ports & 0xff);
  }
}

function writeTcp(d: Draft, ports: number): void {
  const flags = word(d, layout.W_TOS_TTL_FLAGS) & 0x0fff;
  tcp.write(d.bytes, d.size, { srcPort: ports >>> 16, dstPort: ports & 0xffff, seq: 0, ack: 0, flags, window: 0 });
  d.size += tcp.HEADER_SIZE;
  if ((flags & TCP_FLAGS_WITHOUT_PAYLOAD) === 0) putPayload(d);
}

function writeIcmp(d: Draft, type: number, code: number): void {
  d.bytes[d.size] = type;
  d.bytes[d.size + 1] = code;
  if (proto(d) === num.IP_PROTO_ICMPV6 && nd.isNeighbour(type, code)) return writeNeighbour(d);
  d.size += icmp.HEADER_SIZE;
  if (isEcho(d, type)) putPayload(d);
}

function isEcho(d: Draft, type: number): boolean {
  if (proto(d) === num.IP_PROTO_ICMP) return type === num.ICMP_ECHO_REQUEST || type === num.ICMP_ECHO_REPLY;
  if (proto(d) !== num.IP_PROTO_ICMPV6) return false;
  return type === num.ICMPV6_ECHO_REQUEST || type === num.ICMPV6_ECHO_REPLY;
}

function writeNeighbour(d: Draft): void {
  const l4 = d.size;
  store32(d.bytes, l4 + nd.RESERVED, word(d, layout.W_ND_RESERVED));
  for (let i = 0; i < 4; i++) store32(d.bytes, l4 + nd.TARGET + 4 * i, word(d, layout.W_ND_TARGET + i));
  d.size += nd.OPTIONS;
  const middle = word(d, layout.W_ARP_HA + 1);
  const first = word(d, layout.W_ARP_HA);
  const last = word(d, layout.W_ARP_HA + 2);
  const source = () => putLinkAddress(d, nd.SOURCE_LINK_ADDRESS, first >>> 16, (first << 16) | (middle >>> 16));
  const target = () => putLinkAddress(d, nd.TARGET_LINK_ADDRESS, middle & 0xffff, last);
  const hasSource = (first | (middle >>> 16)) !== 0;
  const hasTarget = ((middle & 0xffff) | last) !== 0;
  const isTargetFirst = word(d, layout.W_ND_OPTIONS_TYPE) === nd.TARGET_LINK_ADDRESS;
  if (isTargetFirst && hasTarget) target();
  if (hasSource) source();
  if (!isTargetFirst && hasTarget) target();
}

function putLinkAddress(d: Draft, type: number, high: number, low: number): void {
  put16(d, (type << 8) | 1);
  put16(d, high);
  put32(d, low);
}

function setTransportChecksum(d: Draft, l4: number, pseudo: number): void {
  const b = d.bytes;
  const size = d.size - l4;
  switch (proto(d)) {
    case num.IP_PROTO_TCP:
      return tcp.setChecksum(b, l4, finish(sum(b, l4, size, pseudo)));
    case num.IP_PROTO_UDP:
      return udp.setChecksum(b, l4, finish(sum(b, l4, size, pseudo)));
    case num.IP_PROTO_SCTP:
      return sctp.setChecksum(b, l4, sctp.computeChecksum(b, l4, size));
    case num.IP_PROTO_ICMPV6:
      return icmp.setChecksum(b, l4, finish(sum(b, l4, size, pseudo)));
    case num.IP_PROTO_ICMP:
    case num.IP_PROTO_IGMP:
      return icmp.setChecksum(b, l4, finish(sum(b, l4, size)));
  }
}
