/**
 * The `set` action: writes bits of one header, and every checksum that depends on them. @hot
 *
 * The arguments are pairs of value and mask in the order of SET_HEADERS. A packet that lacks the header stays as it is; the
 * edits in packet/ see to that. Once addresses or ports have changed, a packet's connection must be looked up anew.
 */
import { load32 } from '../base/bytes.js';
import type { PacketBatch } from '../packet/batch.js';
import * as l2 from '../packet/edit-l2.js';
import * as l3 from '../packet/edit-l3.js';
import * as l4 from '../packet/edit-l4.js';
import type { Packet } from '../packet/packet.js';
import * as icmp from '../wire/icmp.js';
import * as ipv4 from '../wire/ipv4.js';
import * as ipv6 from '../wire/ipv6.js';
import { IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../wire/numbers.js';
import { maskOf, merge } from './masked-words.js';
import { SET_HEADERS } from './ops.js';
import { setArp, setNeighbour } from './set-neighbour.js';
import { setNsh } from './set-nsh.js';

const TOS_BITS = 0xff000000 | 0;
const TTL_BITS = 0x00ff0000;
const PORTS_SIZE = 4;

export function setFields(batch: PacketBatch, program: Int32Array, at: number): void {
  const args = at + 1;
  switch (program[at]) {
    case SET_HEADERS.ethernet.id:
      return setEthernet(batch, program, args);
    case SET_HEADERS.ipv4.id:
      return setIpv4(batch, program, args);
    case SET_HEADERS.ipv6.id:
      return setIpv6(batch, program, args);
    case SET_HEADERS.tcp.id:
      return setPorts(batch, program, args, IP_PROTO_TCP);
    case SET_HEADERS.udp.id:
      return setPorts(batch, program, args, IP_PROTO_UDP);
    case SET_HEADERS.sctp.id:
      return setPorts(batch, program, args, IP_PROTO_SCTP);
    case SET_HEADERS.icmp.id:
    case SET_HEADERS.icmpv6.id:
      return setIcmp(batch, program, args);
    case SET_HEADERS.arp.id:
      return setArp(batch, program, args);
    case SET_HEADERS.nd.id:
      return setNeighbour(batch, program, args);
    case SET_HEADERS.skbMark.id:
      return setMark(batch, program, args);
    case SET_HEADERS.skbPriority.id:
      return setPriority(batch, program, args);
    case SET_HEADERS.mpls.id:
      return setMpls(batch, program, args);
    case SET_HEADERS.nsh.id:
      return setNsh(batch, program, args);
  }
}

function setEthernet(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    for (let i = 0; i < 3; i++) {
      if (maskOf(program, args, i) !== 0) l2.setAddressWord(p, i, merge(l2.addressWord(p, i), program, args, i));
    }
  }
}

/** tos 8 | ttl 8 | 16 bits that cannot be written; source; destination. */
function setIpv4(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l4 < 0) continue;
    const b = p.bytes;
    const tosTtl = merge((ipv4.tos(b, p.l3) << 24) | (ipv4.ttl(b, p.l3) << 16), program, args, 0);
    if ((maskOf(program, args, 0) & TOS_BITS) !== 0) l3.setIpv4Tos(p, tosTtl >>> 24);
    if ((maskOf(program, args, 0) & TTL_BITS) !== 0) l3.setIpv4Ttl(p, (tosTtl >>> 16) & 0xff);
    if ((maskOf(program, args, 1) | maskOf(program, args, 2)) === 0) continue;
    l3.setIpv4Address(p, l3.IPV4_SRC, merge(ipv4.src(b, p.l3), program, args, 1));
    l3.setIpv4Address(p, l3.IPV4_DST, merge(ipv4.dst(b, p.l3), program, args, 2));
    p.conn = -1;
  }
}

/** As IPv4, then four words of each address, then the label. */
function setIpv6(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l4 < 0) continue;
    const b = p.bytes;
    const tosTtl = merge((ipv6.trafficClass(b, p.l3) << 24) | (ipv6.hopLimit(b, p.l3) << 16), program, args, 0);
    if ((maskOf(program, args, 0) & TOS_BITS) !== 0) l3.setIpv6TrafficClass(p, tosTtl >>> 24);
    if ((maskOf(program, args, 0) & TTL_BITS) !== 0) l3.setIpv6HopLimit(p, (tosTtl >>> 16) & 0xff);
    for (let i = 0; i < 4; i++) setIpv6Word(p, ipv6.SRC, i, program, args, 1 + i);
    for (let i = 0; i < 4; i++) setIpv6Word(p, ipv6.DST, i, program, args, 5 + i);
    if (maskOf(program, args, 9) !== 0) l3.setIpv6Label(p, merge(ipv6.label(b, p.l3), program, args, 9));
  }
}

function setIpv6Word(p: Packet, field: number, i: number, program: Int32Array, args: number, pair: number): void {
  if (maskOf(program, args, pair) === 0) return;
  l3.setIpv6AddressWord(p, field, i, merge(ipv6.addressWord(p.bytes, p.l3, field, i), program, args, pair));
  p.conn = -1;
}

/** Source 16 | destination 16. */
function setPorts(batch: PacketBatch, program: Int32Array, args: number, proto: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l4 < 0 || l4.l4Size(p) < PORTS_SIZE) continue;
    const ports = merge(load32(p.bytes, p.l4), program, args, 0);
    l4.setPort(p, proto, l4.SRC_PORT, ports >>> 16);
    l4.setPort(p, proto, l4.DST_PORT, ports & 0xffff);
    p.conn = -1;
  }
}

/** Type and code, as 16-bit numbers. */
function setIcmp(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l4 < 0 || l4.l4Size(p) < icmp.HEADER_SIZE) continue;
    const old = (icmp.type(p.bytes, p.l4) << 16) | icmp.code(p.bytes, p.l4);
    const typeCode = merge(old, program, args, 0);
    l4.setIcmpTypeCode(p, (typeCode >>> 16) & 0xff, typeCode & 0xff);
    p.conn = -1;
  }
}

/** Label 20, traffic class 3, bottom of stack 1, TTL 8 bits; which entry is the last is for those who push and pop to say. */
function setMpls(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (l2.hasMpls(p)) l2.setMpls(p, merge(l2.mplsEntry(p), program, args, 0));
  }
}

function setMark(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) batch.packets[n].mark = merge(batch.packets[n].mark, program, args, 0);
}

function setPriority(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    batch.packets[n].skbPriority = merge(batch.packets[n].skbPriority, program, args, 0);
  }
}
