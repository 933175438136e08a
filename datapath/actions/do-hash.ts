/**
 * Gives packets a hash of their conversation in `dpHash`, by which a select group chooses: of addresses, protocol and
 * ports, in both directions the same or not. Never 0, which means "none". @hot
 */

import { load16 } from '../base/bytes.js';
import { finish, mix } from '../base/hash.js';
import type { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import * as ethernet from '../wire/ethernet.js';
import * as ipv4 from '../wire/ipv4.js';
import * as ipv6 from '../wire/ipv6.js';
import { IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../wire/numbers.js';
import * as vlan from '../wire/vlan.js';
import { HASH_SYM_L4 } from './ops.js';

const ETHERNET_SIZE = ethernet.HEADER_SIZE;

export function hashPackets(batch: PacketBatch, algorithm: number, basis: number): void {
  for (let i = 0; i < batch.count; i++) {
    const packet = batch.packets[i];
    packet.dpHash = hashOf(packet, algorithm === HASH_SYM_L4, basis) || 1;
  }
}

function hashOf(packet: Packet, symmetric: boolean, basis: number): number {
  const { bytes, l3 } = packet;
  if (packet.l4 >= 0 && l3 >= 0) {
    const version = bytes[l3] >>> 4;
    if (version === 4) return hashIp(packet, l3 + ipv4.SRC, 4, ipv4.proto(bytes, l3), symmetric, basis);
    if (version === 6) return hashIp(packet, l3 + ipv6.SRC, 16, ipv6.nextHeader(bytes, l3), symmetric, basis);
  }
  return hashEthernet(packet, symmetric, basis);
}

/**
 * Addresses, VLANs and type: of whatever has no addresses of a network, and of labelled packets, whose labels do not count
 * (flow_hash_symmetric_l4 of Open vSwitch's lib/flow.c).
 */
function hashEthernet({ bytes, start, size }: Packet, symmetric: boolean, basis: number): number {
  let hash = hashPair(bytes, start, 6, symmetric, basis);
  let at = start + 2 * 6;
  for (; vlan.isTpid(load16(bytes, at)) && at + vlan.TAG_SIZE + 2 <= start + size; at += vlan.TAG_SIZE) {
    hash = mix(hash, vlan.tci(bytes, at) & vlan.VID_MASK);
  }
  return finish(mix(hash, load16(bytes, at)), ETHERNET_SIZE);
}

function hashIp(packet: Packet, at: number, size: number, proto: number, symmetric: boolean, basis: number): number {
  const { bytes, l4 } = packet;
  let hash = mix(hashPair(bytes, at, size, symmetric, basis), proto);
  const hasPorts = proto === IP_PROTO_TCP || proto === IP_PROTO_UDP || proto === IP_PROTO_SCTP;
  if (hasPorts && l4 + 4 <= packet.start + packet.size && !isFragment(packet)) {
    hash = hashPair(bytes, l4, 2, symmetric, hash);
  }
  return finish(hash, size);
}

/** Two values of `size` bytes that follow each other. */
function hashPair(bytes: Uint8Array, at: number, size: number, symmetric: boolean, basis: number): number {
  let hash = basis;
  for (let i = 0; i < size; i += 2) {
    const first = load16(bytes, at + i);
    const second = load16(bytes, at + size + i);
    hash = mix(hash, symmetric ? first ^ second : (first << 16) | second);
  }
  return hash;
}

/** All fragments of an IPv4 packet go the way of the first. In IPv6 their protocol is that of the fragment header. */
function isFragment({ bytes, l3 }: Packet): boolean {
  return bytes[l3] >>> 4 === 4 && ipv4.isFragment(bytes, l3);
}
