/** Every field that a match can name, in every form that can carry it, there and back. */
import { describe, expect, test } from 'vitest';
import { FIELD_NAMES, FIELDS, type FieldName, SLOTS } from '../../../src/match/fields.js';
import { Match } from '../../../src/match/match.js';
import { OpenFlowError } from '../../../src/openflow/errors.js';
import { fitsMatch10, readMatch10, writeMatch10 } from '../../../src/openflow/match-of10.js';
import { readStandardMatch, writeStandardMatch } from '../../../src/openflow/match-of11.js';
import { hasNumber, writeEntry } from '../../../src/openflow/oxm.js';
import {
  NXM,
  readMatch,
  readNxMatch,
  readTlvs,
  writeMatch,
  writeNxMatch,
  writeTlvs,
} from '../../../src/openflow/oxm-match.js';
import { Reader } from '../../../src/openflow/reader.js';
import { Writer } from '../../../src/openflow/writer.js';
import { bytesOf, hexOf } from './vectors.js';

type Setting = [field: FieldName, value: bigint];

/** What must be matched for the field to make sense. */
const NEEDS: Record<string, Setting[]> = {
  none: [],
  ethernet: [],
  vlan: [['vlan_vid', 0x1003n]],
  mpls: [['eth_type', 0x8847n]],
  arp: [['eth_type', 0x0806n]],
  ipv4: [['eth_type', 0x0800n]],
  ipv6: [['eth_type', 0x86ddn]],
  ip: [['eth_type', 0x0800n]],
  tcp: [
    ['eth_type', 0x0800n],
    ['nw_proto', 6n],
  ],
  udp: [
    ['eth_type', 0x86ddn],
    ['nw_proto', 17n],
  ],
  sctp: [
    ['eth_type', 0x0800n],
    ['nw_proto', 132n],
  ],
  icmp: [
    ['eth_type', 0x0800n],
    ['nw_proto', 1n],
  ],
  icmpv6: [
    ['eth_type', 0x86ddn],
    ['nw_proto', 58n],
  ],
  nd: [
    ['eth_type', 0x86ddn],
    ['nw_proto', 58n],
    ['icmpv6_type', 135n],
    ['icmpv6_code', 0n],
  ],
  ndSolicit: [
    ['eth_type', 0x86ddn],
    ['nw_proto', 58n],
    ['icmpv6_type', 135n],
    ['icmpv6_code', 0n],
  ],
  ndAdvert: [
    ['eth_type', 0x86ddn],
    ['nw_proto', 58n],
    ['icmpv6_type', 136n],
    ['icmpv6_code', 0n],
  ],
  nsh: [['eth_type', 0x894fn]],
  ct: [
    ['ct_state', 0x22n],
    ['eth_type', 0x0800n],
  ],
};

const VALUES: Partial<Record<FieldName, bigint>> = {
  eth_type: 0x88ccn,
  packet_type: 0x10894n,
  vlan_vid: 0x1234n,
  vlan_tci: 0xb123n,
  in_port_oxm: 0xfffffffen,
  actset_output: 0xfffffffdn,
  ct_state: 0xa5n,
};

const PATTERN = 0xa5c3_96e1_5a3c_691e_a5c3_96e1_5a3c_691en;

function valueFor(field: FieldName): bigint {
  const { slot, bits, shift = 0 } = FIELDS[field];
  const width = Math.min(SLOTS[slot!][1], bits);
  return VALUES[field] ?? ((PATTERN & ((1n << BigInt(width)) - 1n)) >> BigInt(shift)) << BigInt(shift);
}

const NAMED = FIELD_NAMES.filter((field) => FIELDS[field].slot !== null && hasNumber(field));

function matchOn(field: FieldName): Match {
  const match = new Match();
  for (const [needed, value] of NEEDS[FIELDS[field].needs]!) match.set(needed, value);
  return match.set(field, valueFor(field));
}

function roundTrip(match: Match, version: number): Match {
  const w = new Writer();
  if (version !== NXM) {
    writeMatch(w, match, version);
    return readMatch(new Reader(w.done()));
  }
  const size = writeNxMatch(w, match);
  return readNxMatch(new Reader(w.done()), size);
}

for (const version of [NXM, 2, 3, 4, 5, 6]) {
  describe(version === NXM ? 'NXM' : `ofp_match of 1.${version - 1}`, () => {
    for (const field of NAMED) {
      test(field, () => {
        const match = matchOn(field);
        expect(roundTrip(match, version).toJSON()).toEqual(match.toJSON());
      });
      // OXM has no words for a tag some of whose bits matter.
      if (!FIELDS[field].maskable || (field === 'vlan_tci' && version !== NXM)) continue;
      test(`${field} under a mask`, () => {
        const match = matchOn(field);
        const { value, mask } = match.get(field);
        const half = mask & ~(mask >> 1n);
        if (half === 0n) return;
        match.set(field, value & half, half);
        expect(roundTrip(match, version).toJSON()).toEqual(match.toJSON());
      });
    }
  });
}

/** In OpenFlow 1.0 what is inside IPv6 is said with NXM. */
const inIpv4 = (match: Match): Match =>
  match.get('eth_type').value === 0x86ddn ? match.set('eth_type', 0x800n) : match;

describe('the match of 1.0', () => {
  for (const field of NAMED.filter((name) => FIELDS[name].of10 !== undefined)) {
    test(field, () => {
      const match = inIpv4(matchOn(field));
      expect(fitsMatch10(match)).toBe(true);
      const w = new Writer();
      writeMatch10(w, match);
      expect(readMatch10(new Reader(w.done())).match.toJSON()).toEqual(match.toJSON());
    });
  }

  test('fields without prerequisites do not count', () => {
    const match = readMatch10(new Reader(bytesOf(`00000000${'00'.repeat(18)}88cc${'11'.repeat(16)}`))).match;
    expect(Object.keys(match.toJSON())).toEqual(['in_port', 'eth_src', 'eth_dst', 'eth_type', 'vlan_tci']);
  });

  for (const [field, value, mask] of [
    ['eth_src', 0x10n, 0xffn],
    ['ip_src', 0x0a000000n, 0xff00ff00n],
    ['vlan_tci', 0x0005n, 0x0fffn],
    ['reg0', 1n, 0xffffffffn],
  ] as const) {
    test(`${field} under 0x${mask.toString(16)} needs NXM`, () => {
      expect(fitsMatch10(new Match().set('eth_type', 0x800n).set(field, value, mask))).toBe(false);
    });
  }
});

test.each(['nw_proto', 'nw_tos'] as const)('%s of IPv6 needs NXM', (field) => {
  expect(fitsMatch10(new Match().set('eth_type', 0x86ddn).set(field, 8n))).toBe(false);
});

describe('the standard match of 1.1', () => {
  // The congestion bits of the TOS byte can be set there, not matched.
  for (const field of NAMED.filter((name) => FIELDS[name].of11 !== undefined && name !== 'nw_ecn')) {
    test(field, () => {
      const match = matchOn(field);
      const w = new Writer();
      writeStandardMatch(w, match);
      expect(readStandardMatch(new Reader(w.done()), 88).toJSON()).toEqual(match.toJSON());
    });
  }
});

const BAD: [error: string, hex: string][] = [
  ['OFPBMC_BAD_LEN', '8000'],
  ['OFPBMC_BAD_LEN', '80000a02 08'],
  ['OFPBMC_BAD_LEN', 'ffff0003 00002320'],
  ['OFPBMC_BAD_FIELD', '80007e02 0800'],
  ['OFPBMC_BAD_FIELD', '80000a03 080000'],
  ['OFPBMC_BAD_PREREQ', '80001604 0a000001'],
  ['OFPBMC_DUP_FIELD', '80000a02 0800 80000a02 0800'],
  ['OFPBMC_BAD_MASK', '80000b04 0800 ff00'],
  ['OFPBMC_BAD_WILDCARDS', '80000a02 0800 80001708 0a000001 ffffff00'],
  ['OFPBMC_BAD_VALUE', '80000a02 0800 80001001 ff'],
  ['OFPBMC_BAD_VALUE', '80000004 0000ffff'],
  ['OFPBMC_BAD_VALUE', '0001d204 00000100'],
  ['NXFMFC_INVALID_TLV_FIELD', '00015004 00000100'],
  ['NXBRC_NXM_INVALID', '00013c08 0000000000000001'],
];

function errorOf(hex: string): string {
  const bytes = bytesOf(hex);
  const w = new Writer();
  w.bytes(bytes);
  w.pad8(0);
  try {
    return JSON.stringify(readNxMatch(new Reader(w.done()), bytes.length));
  } catch (error) {
    if (error instanceof OpenFlowError) return error.name;
    throw error;
  }
}

describe('bad fields', () => {
  for (const [error, hex] of BAD) test(`${error} ${hex}`, () => expect(errorOf(hex)).toBe(error));
});

test('metadata of packet-ins passes over unknown fields', () => {
  expect(readTlvs(new Reader(bytesOf('80007e02 0800 00010004 00000007'))).toJSON()).toEqual({ reg0: '0x7' });
});

test('a mask of all zeros matches anything', () => {
  expect(readNxMatch(new Reader(bytesOf('00010108 00000000 00000000 00000000')), 12).isCatchAll).toBe(true);
});

test('registers go in pairs in 1.5', () => {
  const w = new Writer();
  writeTlvs(w, new Match().set('reg0', 7n).set('reg1', 5n), 6);
  expect(hexOf(w.done())).toBe('800100080000000700000005');
});

test('an exact value of a masked field has no mask on the wire', () => {
  const w = new Writer();
  writeEntry(w, 'ipv6_label', 5n, 0xfffffn, 4);
  expect(hexOf(w.done())).toBe('8000380400000005');
});
