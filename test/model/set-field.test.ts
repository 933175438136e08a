/**
 * Setting bits of a packet's headers against the dumb way: write the bits into its key and compose the packet anew. The
 * bytes must be the same, checksums included, for random packets, values and masks; also when the sender has left the
 * checksum to its network card.
 */
import { expect, test } from 'vitest';
import { SET_HEADERS, type SetHeader } from '../../datapath/actions/ops.js';
import { ProgramBuilder } from '../../datapath/actions/program.js';
import { setFields } from '../../datapath/actions/set-field.js';
import { store16 } from '../../datapath/base/bytes.js';
import { pseudo4, pseudo6 } from '../../datapath/base/checksum.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { compose } from '../../datapath/keys/compose.js';
import { extract } from '../../datapath/keys/extract.js';
import {
  DP_WORDS,
  W_IPV6_LABEL,
  W_ND_OPTIONS_TYPE,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { copyFrame } from '../../datapath/packet/offload.js';
import { OFFLOAD_NEEDS_CSUM, type Packet, packetOf } from '../../datapath/packet/packet.js';
import { FIELDS, type FieldName } from '../../src/match/fields.js';
import { newKey, setField } from '../../src/match/key.js';

const seed = 20261121;
const ROUNDS = 400;

interface Kind {
  name: string;
  fixed: Partial<Record<FieldName, bigint>>;
  random: FieldName[];
  sets: SetHeader[];
  /** Where the L4 checksum is behind the L4 header, if this kind can leave it to the card. */
  checksumAt?: number;
}

const IPV4: FieldName[] = ['eth_src', 'eth_dst', 'ip_src', 'ip_dst', 'nw_ttl', 'nw_tos'];
const IPV6: FieldName[] = ['eth_src', 'eth_dst', 'ipv6_src', 'ipv6_dst', 'ipv6_label', 'nw_ttl', 'nw_tos'];

const KINDS: Kind[] = [
  {
    name: 'tcp4',
    fixed: { eth_type: 0x800n, nw_proto: 6n },
    random: [...IPV4, 'tcp_src', 'tcp_dst'],
    sets: ['ethernet', 'ipv4', 'tcp'],
    checksumAt: 16,
  },
  {
    name: 'udp4',
    fixed: { eth_type: 0x800n, nw_proto: 17n },
    random: [...IPV4, 'udp_src', 'udp_dst'],
    sets: ['ethernet', 'ipv4', 'udp'],
    checksumAt: 6,
  },
  {
    name: 'sctp4',
    fixed: { eth_type: 0x800n, nw_proto: 132n },
    random: [...IPV4, 'sctp_src', 'sctp_dst'],
    sets: ['ipv4', 'sctp'],
  },
  { name: 'ping4', fixed: { eth_type: 0x800n, nw_proto: 1n, icmp_type: 8n }, random: IPV4, sets: ['ipv4', 'icmp'] },
  { name: 'other4', fixed: { eth_type: 0x800n, nw_proto: 99n }, random: IPV4, sets: ['ipv4'] },
  { name: 'later4', fixed: { eth_type: 0x800n, nw_proto: 17n, ip_frag: 3n }, random: IPV4, sets: ['ipv4'] },
  {
    name: 'tcp6',
    fixed: { eth_type: 0x86ddn, nw_proto: 6n },
    random: [...IPV6, 'tcp_src', 'tcp_dst'],
    sets: ['ethernet', 'ipv6', 'tcp'],
    checksumAt: 16,
  },
  {
    name: 'udp6',
    fixed: { eth_type: 0x86ddn, nw_proto: 17n },
    random: [...IPV6, 'udp_src', 'udp_dst'],
    sets: ['ipv6', 'udp'],
    checksumAt: 6,
  },
  {
    name: 'ping6',
    fixed: { eth_type: 0x86ddn, nw_proto: 58n, icmpv6_type: 128n },
    random: IPV6,
    sets: ['ipv6', 'icmpv6'],
  },
  {
    name: 'solicit',
    fixed: { eth_type: 0x86ddn, nw_proto: 58n, icmpv6_type: 135n },
    random: [...IPV6, 'nd_target', 'nd_sll'],
    sets: ['ipv6', 'nd'],
  },
  {
    name: 'advert',
    fixed: { eth_type: 0x86ddn, nw_proto: 58n, icmpv6_type: 136n },
    random: [...IPV6, 'nd_target', 'nd_tll'],
    sets: ['ipv6', 'nd'],
  },
  {
    name: 'arp',
    fixed: { eth_type: 0x806n, arp_op: 1n },
    random: ['eth_src', 'eth_dst', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'],
    sets: ['ethernet', 'arp'],
  },
];

/** Bits of a shared word that the header does not own. */
function limits(header: SetHeader): Record<number, number> {
  if (header === 'icmp' || header === 'icmpv6') return { [W_TP]: 0x000000ff }; // other types have other bodies
  return {
    [W_TOS_TTL_FLAGS]: 0xffff0000 | 0,
    [W_IPV6_LABEL]: 0xfffff,
    [W_TYPE_PROTO_FRAG]: 0x0700,
    [W_ND_OPTIONS_TYPE]: 0,
  };
}

const rng = new SeededRng(seed);

function randomBits(bits: number): bigint {
  let value = 0n;
  for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(rng.next() >>> 0);
  return value & ((1n << BigInt(bits)) - 1n);
}

function randomKey(kind: Kind): Int32Array {
  const key = newKey();
  for (const [name, value] of Object.entries(kind.fixed)) setField(key, 0, name as FieldName, value);
  for (const name of kind.random) setField(key, 0, name, randomBits(FIELDS[name].bits));
  return extractFrom(packetOf(compose(key, 0)));
}

function extractFrom(packet: Packet): Int32Array {
  const key = new Int32Array(DP_WORDS);
  extract(packet, key, 0);
  return key;
}

/** As if the sender's card were to complete the checksum: the field holds the sum of the pseudo header. */
function leaveChecksum(packet: Packet, kind: Kind): void {
  const { bytes, l3, l4 } = packet;
  const proto = Number(kind.fixed.nw_proto);
  const size = packet.start + packet.size - l4;
  packet.offload = OFFLOAD_NEEDS_CSUM;
  packet.csumStart = l4;
  packet.csumOffset = kind.checksumAt!;
  const pseudo = kind.fixed.eth_type === 0x800n ? pseudo4(bytes, l3, proto, size) : pseudo6(bytes, l3, proto, size);
  store16(bytes, l4 + kind.checksumAt!, pseudo);
}

function check(kind: Kind, header: SetHeader, isPartial: boolean): void {
  const before = randomKey(kind);
  const after = before.slice();
  const mask = new Int32Array(DP_WORDS);
  const value = new Int32Array(DP_WORDS);
  const limit = limits(header);
  for (const word of SET_HEADERS[header].words) {
    mask[word] = [0, -1, rng.next()][rng.below(3)] & (limit[word] ?? -1);
    value[word] = rng.next();
    after[word] = (before[word] & ~mask[word]) | (value[word] & mask[word]);
  }
  // An absent link-layer address cannot be written.
  if (header === 'nd')
    for (const word of absentAddressWords(kind))
      after[word.at] = (after[word.at] & ~word.bits) | (before[word.at] & word.bits);
  const packet = packetOf(compose(before, 0));
  extractFrom(packet);
  if (isPartial) leaveChecksum(packet, kind);
  const batch = new PacketBatch();
  batch.push(packet);
  setFields(batch, new ProgramBuilder().set(header, value, 0, mask).build(), 2);
  const got = Buffer.from(copyFrame(packet)).toString('hex');
  expect(got).toBe(Buffer.from(compose(after, 0)).toString('hex'));
}

function absentAddressWords(kind: Kind): { at: number; bits: number }[] {
  const [first, second, third] = SET_HEADERS.nd.words;
  if (kind.name === 'solicit')
    return [
      { at: second, bits: 0xffff },
      { at: third, bits: -1 },
    ];
  return [
    { at: first, bits: -1 },
    { at: second, bits: 0xffff0000 | 0 },
  ];
}

for (const kind of KINDS) {
  for (const header of kind.sets) {
    test(`set_equals_compose_anew ${kind.name} ${header} seed ${seed}`, () => {
      for (let i = 0; i < ROUNDS; i++) check(kind, header, kind.checksumAt !== undefined && i % 2 === 1);
    });
  }
}
