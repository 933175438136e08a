/** Fields in keys and masks: every field in every bit, and what writing one implies. */
import { describe, expect, test } from 'vitest';
import * as layout from '../../../datapath/keys/layout.js';
import { FIELD_NAMES, FIELDS, type FieldName } from '../../../src/match/fields.js';
import {
  compiledField,
  fullMask,
  getField,
  isValidValue,
  newKey,
  recomputeGroups,
  setField,
  setMasked,
} from '../../../src/match/key.js';
import { maskField } from '../../../src/match/mask.js';
import { readSubfield, subfieldMask, writeSubfield } from '../../../src/match/subfield.js';

const AT = 5;
const SLOTTED = FIELD_NAMES.filter((name) => FIELDS[name].slot !== null);

describe('set_get', () => {
  test.each(SLOTTED.filter((name) => !FIELDS[name].format.startsWith('ofPort')))('%s', (field) => {
    const { validBits, isVlan } = compiledField(field)!;
    for (let bit = 0n; validBits >> bit !== 0n; bit++) {
      if (((validBits >> bit) & 1n) === 0n) continue;
      const words = new Int32Array(AT + layout.FLOW_WORDS);
      setField(words, AT, field, 1n << bit);
      expect(getField(words, AT, field)).toBe(1n << bit);
      expect(words.subarray(0, AT)).toEqual(new Int32Array(AT));
      setMasked(words, AT, field, 0n, validBits);
      expect(getField(words, AT, field)).toBe(0n);
      expect(words[AT + layout.W_GROUPS]).toBe(0);
    }
    if (isVlan) return; // the tag's protocol follows
    const others = newKey().fill(-1);
    setField(others, 0, field, 0n);
    setField(others, 0, field, validBits);
    expect(others.subarray(1).filter((word) => word !== -1)).toHaveLength(0);
  });

  test('ports_have_two_forms', () => {
    const key = newKey();
    setField(key, 0, 'in_port_oxm', 0xfffffffen);
    expect([getField(key, 0, 'in_port'), getField(key, 0, 'in_port_oxm')]).toEqual([0xfffen, 0xfffffffen]);
    setField(key, 0, 'in_port', 5n);
    expect(getField(key, 0, 'in_port_oxm')).toBe(5n);
  });

  test('registers_overlap', () => {
    const key = newKey();
    setField(key, 0, 'xxreg1', 0x00000004_00000005_00000006_00000007n);
    expect((['reg4', 'reg5', 'reg6', 'reg7'] as const).map((reg) => getField(key, 0, reg))).toEqual([4n, 5n, 6n, 7n]);
    expect(getField(key, 0, 'xreg3')).toBe(0x0000000600000007n);
  });

  test('tag_appears_and_goes_with_its_protocol', () => {
    const key = newKey();
    setField(key, 0, 'vlan_vid', 0x1064n);
    expect(key[layout.W_VLAN] >>> 0).toBe(0x81001064);
    expect(key[layout.W_GROUPS]).toBe(layout.GROUP_VLAN);
    key[layout.W_VLAN] = 0x88a81064;
    setField(key, 0, 'vlan_pcp', 7n);
    expect(key[layout.W_VLAN] >>> 0).toBe(0x88a8f064);
    setField(key, 0, 'vlan_tci', 0n);
    expect([key[layout.W_VLAN], key[layout.W_GROUPS]]).toEqual([0, 0]);
  });

  test('shape_follows_words', () => {
    const key = newKey();
    key[layout.W_TUN_ID] = 1;
    key[layout.W_CT_LABEL + 3] = 1;
    recomputeGroups(key, 0);
    expect(key[layout.W_GROUPS]).toBe(layout.GROUP_TUNNEL | layout.GROUP_CT_LABEL);
    setField(key, 0, 'tun_id', 0n);
    expect(key[layout.W_GROUPS]).toBe(layout.GROUP_CT_LABEL);
  });

  test('fields_without_a_slot_are_nothing', () => {
    const key = newKey();
    setField(key, 0, 'tun_metadata0', 5n);
    expect([getField(key, 0, 'tun_metadata0'), key.every((word) => word === 0)]).toEqual([0n, true]);
  });
});

describe('valid values', () => {
  test.each<[FieldName, bigint, boolean]>([
    ['vlan_vid', 0x1fffn, true],
    ['vlan_vid', 0x2000n, false],
    ['nw_tos', 0xfcn, true],
    ['nw_tos', 0x01n, false],
    ['ip_dscp', 0x3fn, true],
    ['ip_dscp', 0x40n, false],
    ['ct_state', 0xffn, true],
    ['ct_state', 0x100n, false],
    ['arp_op', 0xffn, true],
    ['arp_op', 0x100n, false],
    ['in_port_oxm', 0xfefffn, false],
    ['in_port_oxm', 0xfeffn, true],
    ['in_port_oxm', 0xfffffffen, true],
    ['in_port_oxm', 0xfffen, false],
    ['tun_flags', 2n, false],
    ['ipv6_label', 0x100000n, false],
    ['tun_metadata0', 1n << 991n, true],
  ])('%s %i %s', (field, value, isValid) => {
    expect(isValidValue(field, value)).toBe(isValid);
  });
});

describe('masks', () => {
  test.each(SLOTTED)('%s', (field) => {
    const whole = newKey();
    maskField(whole, 0, field);
    const full = newKey();
    maskField(full, 0, field, fullMask(field));
    expect(full).toEqual(whole);
    const lowest = newKey();
    maskField(lowest, 0, field, 1n << compiledField(field)!.shift);
    expect(lowest.some((word) => word !== 0)).toBe(true);
    expect(lowest.every((word, i) => (word & ~whole[i]) === 0)).toBe(true);
    expect(whole[layout.W_GROUPS]).toBe(0);
  });
});

describe('subfields', () => {
  const REG = { field: 'reg0', start: 4, bits: 8 } as const;
  const LABEL = { field: 'ct_label', start: 60, bits: 40 } as const;

  test('write_read', () => {
    const key = newKey().fill(-1, layout.W_REG, layout.W_REG + 1);
    writeSubfield(key, 0, REG, 0x105n);
    expect([getField(key, 0, 'reg0'), readSubfield(key, 0, REG)]).toEqual([0xfffff05fn, 5n]);
    writeSubfield(key, 0, LABEL, 0x12_3456_789an);
    expect([getField(key, 0, 'ct_label'), readSubfield(key, 0, LABEL)]).toEqual([
      0x12_3456_789an << 60n,
      0x12_3456_789an,
    ]);
  });

  test('unwildcard', () => {
    const mask = newKey();
    maskField(mask, 0, REG.field, subfieldMask(REG));
    maskField(mask, 0, LABEL.field, subfieldMask(LABEL));
    expect([mask[layout.W_REG], ...mask.subarray(layout.W_CT_LABEL, layout.W_CT_LABEL + 4)]).toEqual([
      0xff0,
      0xf,
      -1,
      0xf0000000 | 0,
      0,
    ]);
  });
});
