/** The table of fields is sound, and its ids choose what Open vSwitch sends. */
import { describe, expect, test } from 'vitest';
import { FLOW_WORDS, GROUPS, W_GROUPS } from '../../../datapath/keys/layout.js';
import { idByName, idToSend, NXM_VERSION } from '../../../src/match/field-ids.js';
import { FIELD_ORDER } from '../../../src/match/field-order.js';
import { FIELD_NAMES, FIELDS, type FieldName, fieldByName, fieldSize, SLOTS } from '../../../src/match/fields.js';

describe('rows', () => {
  test.each(FIELD_NAMES.filter((name) => FIELDS[name].slot !== null))('%s', (name) => {
    const row = FIELDS[name];
    const [start, bits] = SLOTS[row.slot!];
    const [first, last] = [start >> 5, (start + bits - 1) >> 5];
    expect(first).toBeGreaterThan(W_GROUPS);
    expect(last).toBeLessThan(FLOW_WORDS);
    expect(row.bits).toBeLessThanOrEqual(8 * fieldSize(name));
    const groups = GROUPS.filter((group) => first < group.to && last >= group.from);
    expect(groups.length).toBeLessThanOrEqual(1); // so that one presence bit covers the field
    if (row.writable && row.needs === 'none') expect(row.nxm ?? row.oxm ?? /^reg/.test(name)).toBeTruthy();
    if (row.prefix) expect([start % 32, bits % 32]).toEqual([0, 0]);
  });

  test('names_and_aliases_are_unique', () => {
    const all = FIELD_NAMES.flatMap((name) => [name, ...(FIELDS[name].aka ?? [])]);
    expect(new Set(all).size).toBe(all.length);
    for (const name of FIELD_NAMES) expect(fieldByName(name)).toBe(name);
    expect([fieldByName('nw_src'), fieldByName('tunnel_id'), fieldByName('no_such')]).toEqual([
      'ip_src',
      'tun_id',
      null,
    ]);
  });

  test('order_names_every_field_once', () => {
    const ordered = new Set<FieldName>(FIELD_ORDER);
    expect(ordered.size).toBe(FIELD_ORDER.length);
    expect(FIELD_NAMES.filter((name) => !ordered.has(name) && !/^(x+reg|tun_metadata)\d+$/.test(name))).toEqual([]);
  });
});

describe('ids', () => {
  const OF12 = 3;
  const OF13 = 4;
  const OF15 = 6;
  test.each<[FieldName, number, string | undefined]>([
    ['in_port', NXM_VERSION, 'NXM_OF_IN_PORT'],
    ['in_port_oxm', OF13, 'OXM_OF_IN_PORT'],
    ['eth_src', NXM_VERSION, 'NXM_OF_ETH_SRC'],
    ['eth_src', OF12, 'OXM_OF_ETH_SRC'],
    ['tun_id', OF12, 'NXM_NX_TUN_ID'],
    ['tun_id', OF13, 'OXM_OF_TUNNEL_ID'],
    ['metadata', NXM_VERSION, 'OXM_OF_METADATA'],
    ['tcp_flags', NXM_VERSION, 'NXM_NX_TCP_FLAGS'],
    ['tcp_flags', OF13, 'ONFOXM_ET_TCP_FLAGS'],
    ['tcp_flags', OF15, 'OXM_OF_TCP_FLAGS'],
    ['actset_output', OF13, 'ONFOXM_ET_ACTSET_OUTPUT'],
    ['actset_output', OF15, 'OXM_OF_ACTSET_OUTPUT'],
    ['dp_hash', OF15, 'NXM_NX_DP_HASH'],
    ['reg15', OF15, 'NXM_NX_REG15'],
    ['reg16', OF15, undefined],
    ['xreg9', OF15, 'OXM_OF_PKT_REG9'],
    ['tun_metadata63', NXM_VERSION, 'NXM_NX_TUN_METADATA63'],
    ['dl_vlan', OF13, undefined],
  ])('%s in version %i goes as %s', (field, version, name) => {
    expect(idToSend(field, version)?.name).toBe(name);
  });

  test('every_id_is_found_by_name_and_has_a_number_of_its_own', () => {
    const owners = new Map<string, FieldName>();
    for (const field of FIELD_NAMES) {
      for (let version = 0; version <= OF15; version++) {
        const id = idToSend(field, version);
        if (id === null) continue;
        expect(idByName(id.name)).toEqual(id);
        const number = `${id.oxmClass}:${id.id}:${id.experimenter}:${id.size}`;
        expect(owners.get(number) ?? field).toBe(field);
        owners.set(number, field);
      }
    }
  });
});
