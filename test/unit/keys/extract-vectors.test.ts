/** What the real Open vSwitch finds in frames that are whole, broken and strange, extraction finds too. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { extract } from '../../../datapath/keys/extract.js';
import { W_MPLS, W_VLAN } from '../../../datapath/keys/layout.js';
import { lentPacket } from '../../../datapath/packet/packet.js';
import { TCP_FLAGS } from '../../../datapath/wire/numbers.js';
import type { FieldName } from '../../../src/match/fields.js';
import { getField, newKey } from '../../../src/match/key.js';

/** What the words that stand for protocols say about dl_type and nw_proto. */
const PROTOCOLS: Record<string, [ethType: number, ipProto?: number]> = {
  ip: [0x800],
  tcp: [0x800, 6],
  udp: [0x800, 17],
  sctp: [0x800, 132],
  icmp: [0x800, 1],
  ipv6: [0x86dd],
  tcp6: [0x86dd, 6],
  udp6: [0x86dd, 17],
  sctp6: [0x86dd, 132],
  icmp6: [0x86dd, 58],
  arp: [0x806],
  rarp: [0x8035],
  mpls: [0x8847],
  mplsm: [0x8848],
};

const FRAGMENT: Record<string, bigint> = { no: 0n, first: 1n, later: 3n };

function address6(text: string): bigint {
  const [left, right] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const words = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return words.reduce((value, word) => (value << 16n) | BigInt(`0x${word}`), 0n);
}

const address4 = (text: string): bigint => text.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
const mac = (text: string): bigint => BigInt(`0x${text.replaceAll(':', '')}`);

function tcpFlags(text: string): bigint {
  const bit = (word: string) => TCP_FLAGS.find((flag) => flag.name === word)?.bit ?? Number(word.replace(/[[\]]/g, ''));
  return BigInt(text.split('|').reduce((value, word) => value | bit(word), 0));
}

/** Fields whose value in the text is not a plain number. */
const READERS: Record<string, (text: string) => bigint> = {
  dl_src: mac,
  dl_dst: mac,
  arp_sha: mac,
  arp_tha: mac,
  nd_sll: mac,
  nd_tll: mac,
  nw_src: address4,
  nw_dst: address4,
  arp_spa: address4,
  arp_tpa: address4,
  ipv6_src: address6,
  ipv6_dst: address6,
  nd_target: address6,
  tcp_flags: tcpFlags,
  nw_frag: (text) => FRAGMENT[text],
};

/** Names in the text that the field table has otherwise. */
const NAMES: Record<string, FieldName> = {
  dl_src: 'eth_src',
  dl_dst: 'eth_dst',
  dl_type: 'eth_type',
  nw_src: 'ip_src',
  nw_dst: 'ip_dst',
  nw_frag: 'ip_frag',
  tp_src: 'tcp_src',
  tp_dst: 'tcp_dst',
};

type Found = Record<string, bigint>;

/** The text as values by name; what packets of the kind have and the text leaves out is zero. */
function expectedOf(text: string): Found {
  const found: Found = {};
  for (const part of text.split(',')) {
    const [name, value] = part.split('=');
    if (value === undefined) {
      const [ethType, ipProto] = PROTOCOLS[name];
      found.dl_type = BigInt(ethType);
      if (ipProto !== undefined) found.nw_proto = BigInt(ipProto);
    } else if (!name.startsWith('vlan_tci')) {
      found[name] = (READERS[name] ?? BigInt)(value);
    }
  }
  return found;
}

function foundOf(key: Int32Array, name: string): bigint {
  const vlan = /^dl_vlan(_pcp)?(1?)$/.exec(name);
  if (vlan) {
    const tci = key[W_VLAN + (vlan[2] === '' ? 0 : 1)];
    return BigInt(vlan[1] === undefined ? tci & 0xfff : (tci >>> 13) & 7);
  }
  if (name.startsWith('mpls_lse')) return BigInt(key[W_MPLS + Number(name.slice(8))] >>> 0);
  return getField(key, 0, NAMES[name] ?? (name as FieldName));
}

function check(frame: Uint8Array, text: string): void {
  const packet = lentPacket(frame);
  const key = newKey();
  extract(packet, key, 0);
  const expected = expectedOf(text);
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, foundOf(key, name)]));
  expect(found).toEqual(expected);
  const tags = [key[W_VLAN], key[W_VLAN + 1]].filter((word) => word !== 0).length;
  expect(tags).toBe(text.match(/dl_vlan1?=/g)?.length ?? 0);
}

const rows = readFileSync('test/vectors/extract.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

for (const row of rows) {
  const [hex, text] = row.split(' ');
  test(text.slice(0, 100), () => check(Uint8Array.from(Buffer.from(hex, 'hex')), text));
}
