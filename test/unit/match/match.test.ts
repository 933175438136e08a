/** Matches: what fields say, what they imply, how they compare; prerequisites. */
import { describe, expect, test } from 'vitest';
import { GROUP_VLAN, W_GROUPS } from '../../../datapath/keys/layout.js';
import type { FieldName } from '../../../src/match/fields.js';
import { newKey, setField } from '../../../src/match/key.js';
import { Match } from '../../../src/match/match.js';
import { keyMeets, meets, prerequisiteFields } from '../../../src/match/prerequisites.js';

type Terms = readonly (readonly [field: FieldName, value: bigint, mask?: bigint])[];

const matchOf = (terms: Terms): Match => {
  const match = new Match();
  for (const [field, value, mask] of terms) match.set(field, value, mask);
  return match;
};

const TCP: Terms = [
  ['eth_type', 0x800n],
  ['nw_proto', 6n],
];

describe('fields', () => {
  test.each<[string, Terms, FieldName[]]>([
    ['nothing', [], []],
    ['tcp', [...TCP, ['tcp_dst', 80n], ['in_port', 1n]], ['in_port', 'eth_type', 'nw_proto', 'tcp_dst']],
    [
      'udp',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 17n],
        ['udp_src', 53n],
      ],
      ['eth_type', 'nw_proto', 'udp_src'],
    ],
    [
      'sctp',
      [
        ['eth_type', 0x800n],
        ['nw_proto', 132n],
        ['sctp_src', 53n],
      ],
      ['eth_type', 'nw_proto', 'sctp_src'],
    ],
    [
      'icmp',
      [
        ['eth_type', 0x800n],
        ['nw_proto', 1n],
        ['icmp_type', 8n],
        ['icmp_code', 0n],
      ],
      ['eth_type', 'nw_proto', 'icmp_type', 'icmp_code'],
    ],
    [
      'nd',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 58n],
        ['icmpv6_type', 135n],
        ['nd_sll', 1n],
        ['nd_target', 2n],
      ],
      ['eth_type', 'nw_proto', 'icmpv6_type', 'nd_target', 'nd_sll'],
    ],
    [
      'arp',
      [
        ['eth_type', 0x806n],
        ['arp_op', 1n],
        ['arp_tpa', 5n],
        ['arp_spa', 5n, 0xffn],
        ['arp_sha', 1n],
      ],
      ['eth_type', 'arp_op', 'arp_spa', 'arp_tpa', 'arp_sha'],
    ],
    [
      'tag',
      [
        ['vlan_vid', 0x1005n],
        ['vlan_pcp', 2n],
      ],
      ['vlan_tci'],
    ],
    [
      'tos',
      [
        ['eth_type', 0x800n],
        ['ip_dscp', 5n],
        ['nw_ecn', 1n],
      ],
      ['eth_type', 'nw_tos', 'nw_ecn'],
    ],
    [
      'registers',
      [
        ['xxreg0', 1n],
        ['metadata', 0n],
      ],
      ['reg0', 'reg1', 'reg2', 'reg3', 'metadata'],
    ],
    [
      'ct',
      [
        ['ct_state', 0x21n, 0x21n],
        ['ct_zone', 5n],
        ['ct_nw_src', 5n],
        ['ct_mark', 0n],
      ],
      ['ct_state', 'ct_zone', 'ct_mark', 'ct_nw_src'],
    ],
  ])('%s', (_, terms, expected) => {
    const match = matchOf(terms);
    expect(match.fields()).toEqual(expected);
    const again = matchOf(match.fields().map((field) => [field, match.get(field).value, match.get(field).mask]));
    expect(again.equals(match)).toBe(true);
    expect(again.hash()).toBe(match.hash());
    expect(Match.fromKey(match.key, 0, match.mask).equals(match)).toBe(true);
  });
});

describe('set', () => {
  test.each<[string, Terms, FieldName, bigint, bigint, boolean]>([
    ['exact', [['ip_src', 5n]], 'ip_src', 5n, 0xffffffffn, true],
    ['masked drops bits outside', [['ip_src', 0x0a0b0c0dn, 0xff000000n]], 'ip_src', 0x0a000000n, 0xff000000n, false],
    [
      'again replaces',
      [
        ['ip_src', 5n],
        ['ip_src', 0x0a000000n, 0xff000000n],
      ],
      'ip_src',
      0x0a000000n,
      0xff000000n,
      false,
    ],
    [
      'mask 0 forgets',
      [
        ['ip_src', 5n],
        ['ip_src', 0n, 0n],
      ],
      'ip_src',
      0n,
      0n,
      false,
    ],
    ['port', [['in_port', 0xfffen]], 'in_port_oxm', 0xfffffffen, 0xffffffffn, true],
    ['exact ct_state has a mask', [['ct_state', 0x21n]], 'ct_state', 0x21n, 0xffn, true],
    ['vlan_pcp implies a tag', [['vlan_pcp', 3n]], 'vlan_tci', 0x7000n, 0xf000n, false],
    ['dl_vlan implies a tag', [['dl_vlan', 9n]], 'vlan_vid', 0x1009n, 0x1fffn, true],
    ['dl_vlan none', [['dl_vlan', 0xffffn]], 'vlan_tci', 0n, 0xffffn, true],
    [
      'vlan_vid keeps the priority',
      [
        ['vlan_pcp', 3n],
        ['vlan_vid', 0x1009n],
      ],
      'vlan_tci',
      0x7009n,
      0xffffn,
      true,
    ],
    ['any tag', [['vlan_vid', 0x1000n, 0x1000n]], 'vlan_tci', 0x1000n, 0x1000n, false],
    [
      'mac across words',
      [
        ['eth_src', 0x010203040506n, 0xffff00000000n],
        ['eth_dst', 1n],
      ],
      'eth_src',
      0x010200000000n,
      0xffff00000000n,
      false,
    ],
    [
      '128 bits',
      [['ct_label', (5n << 100n) | 1n, (15n << 100n) | 1n]],
      'ct_label',
      (5n << 100n) | 1n,
      (15n << 100n) | 1n,
      false,
    ],
    ['nw_tos', [['nw_tos', 0xfcn]], 'ip_dscp', 0x3fn, 0x3fn, true],
    ['without a slot', [], 'tun_metadata0', 0n, 0n, false],
  ])('%s', (_, terms, field, value, mask, isExact) => {
    const match = matchOf(terms);
    expect(match.get(field)).toEqual({ value, mask });
    expect(match.isExact(field)).toBe(isExact);
    expect(match.has(field)).toBe(mask !== 0n);
    expect(match.isCatchAll).toBe(match.fields().length === 0);
  });

  test('what_has_no_place_is_refused', () => {
    expect(() => new Match().set('tun_metadata0', 1n)).toThrow('tun_metadata0');
  });

  test('clones_are_independent', () => {
    const match = matchOf([...TCP, ['ip_src', 5n]]);
    const copy = match.clone().set('ip_src', 6n).set('ip_dst', 7n);
    expect([match.get('ip_src').value, match.has('ip_dst'), copy.get('ip_src').value]).toEqual([5n, false, 6n]);
  });

  test('json_and_presence_word', () => {
    const match = matchOf([
      ['eth_type', 0x800n],
      ['ip_src', 0x0a000000n, 0xff000000n],
      ['vlan_vid', 0x1001n],
    ]);
    expect(JSON.parse(JSON.stringify(match))).toEqual({
      eth_type: '0x800',
      vlan_tci: '0x1001/0x1fff',
      ip_src: '0xa000000/0xff000000',
    });
    expect([match.key[W_GROUPS], match.mask[W_GROUPS]]).toEqual([GROUP_VLAN, 0]);
  });
});

describe('comparisons', () => {
  const all = matchOf([]);
  const net = matchOf([
    ['eth_type', 0x800n],
    ['ip_src', 0x0a000000n, 0xff000000n],
  ]);
  const host = matchOf([
    ['eth_type', 0x800n],
    ['ip_src', 0x0a000001n],
  ]);
  const other = matchOf([
    ['eth_type', 0x800n],
    ['ip_src', 0x0b000001n],
  ]);
  const port = matchOf([['in_port', 1n]]);
  test.each<[string, Match, Match, boolean, boolean]>([
    ['host in net', host, net, true, true],
    ['net in host', net, host, false, true],
    ['host in all', host, all, true, true],
    ['all in all', all, all, true, true],
    ['another net', other, net, false, false],
    ['unrelated', host, port, false, true],
    ['itself', net, net.clone(), true, true],
  ])('%s', (_, a, b, isMoreSpecific, overlaps) => {
    expect(a.isMoreSpecificOrEqual(b)).toBe(isMoreSpecific);
    expect([a.overlaps(b), b.overlaps(a)]).toEqual([overlaps, overlaps]);
    expect(a.equals(b)).toBe(isMoreSpecific && b.isMoreSpecificOrEqual(a));
  });

  test('matches', () => {
    const words = new Int32Array(9 + newKey().length);
    setField(words, 9, 'eth_type', 0x800n);
    setField(words, 9, 'ip_src', 0x0a000001n);
    expect([all, net, host, other, port].map((match) => match.matches(words, 9))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('prerequisites', () => {
  test.each<[FieldName, Terms, boolean]>([
    ['ct_mark', [], true],
    ['eth_src', [], true],
    ['eth_src', [['packet_type', 0x10800n]], false],
    ['ip_src', [], false],
    ['ip_src', [['eth_type', 0x800n]], true],
    ['ip_src', [['packet_type', 0x10800n]], true],
    ['ipv6_src', [['eth_type', 0x800n]], false],
    ['nw_ttl', [['eth_type', 0x86ddn]], true],
    ['arp_spa', [['eth_type', 0x8035n]], true],
    ['tcp_src', TCP, true],
    ['tcp_src', [...TCP, ['ip_frag', 3n]], false],
    ['tcp_src', [...TCP, ['ip_frag', 1n]], true],
    ['udp_src', TCP, false],
    [
      'icmp_type',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 1n],
      ],
      false,
    ],
    [
      'icmpv6_type',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 58n],
      ],
      true,
    ],
    [
      'nd_target',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 58n],
        ['icmpv6_type', 136n],
      ],
      true,
    ],
    [
      'nd_sll',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 58n],
        ['icmpv6_type', 136n],
      ],
      false,
    ],
    [
      'nd_sll',
      [
        ['eth_type', 0x86ddn],
        ['nw_proto', 58n],
        ['icmpv6_type', 135n],
        ['icmpv6_code', 1n],
      ],
      false,
    ],
    ['mpls_label', [['eth_type', 0x8848n]], true],
    ['nsh_spi', [['eth_type', 0x894fn]], true],
    ['vlan_pcp', [['vlan_vid', 0x1000n, 0x1000n]], true],
    ['vlan_pcp', [['vlan_tci', 0n]], false],
    ['ct_nw_src', [['ct_state', 0x21n, 0x21n]], true],
    ['ct_nw_src', [['ct_state', 0x24n, 0x24n]], true],
    ['ct_nw_src', [['ct_state', 0x20n, 0x20n]], false],
    ['ct_nw_src', [['ct_state', 0x20n, 0x30n]], true],
    ['ct_nw_src', [['ct_state', 0x30n, 0x30n]], false],
    ['ct_nw_src', [['ct_state', 0x00n, 0x21n]], false],
  ])('%s %#', (field, terms, expected) => {
    const match = matchOf(terms);
    expect(meets(match, field)).toBe(expected);
  });

  test('packets_need_more_than_related_for_the_tuple', () => {
    const key = newKey();
    setField(key, 0, 'ct_state', 0x24n);
    expect([keyMeets(key, 0, 'ct_nw_src'), keyMeets(key, 0, 'tcp_src')]).toEqual([false, false]);
    setField(key, 0, 'ct_state', 0x22n);
    expect(keyMeets(key, 0, 'ct_nw_src')).toBe(true);
    expect(prerequisiteFields('tcp_src')).toEqual(['packet_type', 'eth_type', 'nw_proto', 'ip_frag']);
  });
});
