import { describe, expect, test } from 'vitest';
import { applyEffects, type Effect, kindOf, repeatEffects } from '../../../src/xlate/effects.js';
import { MacTable } from '../../../src/xlate/mac-table.js';
import type { XlateBridge } from '../../../src/xlate/view.js';

const NOW = 1000;

/** A station 2:1 of VLAN 5, seen behind port 7 of a bridge of its own. */
function seen(): { table: MacTable; effect: Effect } {
  const table = new MacTable();
  const bridge = { macTable: table } as Partial<XlateBridge> as XlateBridge;
  return { table, effect: { type: 'mac-learn', bridge, vlan: 5, macHi: 2, macLo: 1, bundle: 7 } };
}

describe('mac-learn', () => {
  test.each<[string, boolean, (table: MacTable) => void]>([
    ['nothing is known', true, () => {}],
    ['it is known there', false, (table) => table.learn(5, 2, 1, 7, NOW)],
    ['it is known elsewhere', true, (table) => table.learn(5, 2, 1, 8, NOW)],
    ['it is known in another VLAN', true, (table) => table.learn(0, 2, 1, 7, NOW)],
    ['what was known is too old', true, (table) => table.learn(5, 2, 1, 7, NOW - table.agingMs)],
    ['it is set by hand elsewhere', false, (table) => table.addStatic(5, 2, 1, 8, NOW)],
  ])('would it change anything, when %s: %s', (_, would, before) => {
    const { table, effect } = seen();
    before(table);
    expect(kindOf(effect).wouldChange(effect, NOW)).toBe(would);
    applyEffects([effect], NOW);
    expect(kindOf(effect).wouldChange(effect, NOW)).toBe(false);
  });

  test('while it would change nothing, its dependency tells when it would again', () => {
    const { table, effect } = seen();
    applyEffects([effect], NOW);
    let told = 0;
    table.dependents.enter(kindOf(effect).dependency(effect, NOW), { invalidate: () => told++ }, NOW);
    applyEffects([effect], NOW + 5000);
    expect(told).toBe(0);
    table.learn(5, 2, 1, 8, NOW + 6000);
    expect([told, kindOf(effect).wouldChange(effect, NOW + 6000)]).toEqual([1, true]);
  });

  test('repeating keeps a station alive, and neither learns nor moves one', () => {
    const { table, effect } = seen();
    repeatEffects([effect], NOW);
    expect(table.size).toBe(0);
    applyEffects([effect], NOW);
    repeatEffects([effect], NOW + 5000);
    expect(table.lookup(5, 2, 1, NOW)).toMatchObject({ bundle: 7, seenMs: NOW + 5000 });
    table.learn(5, 2, 1, 8, NOW + 6000);
    repeatEffects([effect], NOW + 7000);
    expect(table.lookup(5, 2, 1, NOW)).toMatchObject({ bundle: 8, seenMs: NOW + 6000 });
  });
});
