import { describe, expect, test } from 'vitest';
import { MacTable } from '../../../src/xlate/mac-table.js';

const NOW = 1000;

describe('MacTable', () => {
  test('learns, finds by VLAN and address, forgets after its time', () => {
    const table = new MacTable();
    table.learn(0, 0x0200, 0x01020304, 7, NOW);
    expect(table.lookup(0, 0x0200, 0x01020304, NOW)?.ofport).toBe(7);
    expect(table.lookup(5, 0x0200, 0x01020304, NOW)).toBeNull();
    expect(table.lookup(0, 0x0200, 0x01020305, NOW)).toBeNull();
    expect(table.lookup(0, 0x0200, 0x01020304, NOW + table.agingMs)).toBeNull();
  });

  test('all 4096 VLANs are apart', () => {
    const table = new MacTable();
    for (let vlan = 0; vlan < 4096; vlan++) table.learn(vlan, 2, 1, vlan % 100, NOW);
    for (let vlan = 0; vlan < 4096; vlan++) expect(table.lookup(vlan, 2, 1, NOW)?.ofport).toBe(vlan % 100);
  });

  test('only what changes answers bumps the generation', () => {
    const table = new MacTable();
    table.learn(0, 2, 1, 7, NOW);
    const { generation } = table;
    table.learn(0, 2, 1, 7, NOW + 5000);
    expect(table.generation).toBe(generation);
    table.learn(0, 2, 1, 8, NOW + 5000);
    expect(table.generation).toBe(generation + 1);
    expect(table.stats.moved).toBe(1);
  });

  test('full: the one not seen for longest makes room, static ones stay', () => {
    const table = new MacTable();
    table.maxEntries = 3;
    table.addStatic(0, 2, 100, 1, NOW);
    table.learn(0, 2, 1, 1, NOW);
    table.learn(0, 2, 2, 1, NOW);
    table.learn(0, 2, 1, 1, NOW + 2000); // seen again: 2 is now the oldest
    table.learn(0, 2, 3, 1, NOW + 3000);
    expect([...table].map((entry) => entry.macLo).sort()).toEqual([1, 100, 3].sort());
    expect(table.stats.evicted).toBe(1);
  });

  test('a late report keeps a station alive where it is, but does not move it', () => {
    const table = new MacTable();
    table.learn(0, 2, 1, 7, NOW);
    table.refresh(0, 2, 1, 8, NOW + 5000);
    expect(table.lookup(0, 2, 1, NOW)).toMatchObject({ ofport: 7, seenMs: NOW });
    table.refresh(0, 2, 1, 7, NOW + 5000);
    expect(table.lookup(0, 2, 1, NOW)).toMatchObject({ ofport: 7, seenMs: NOW + 5000 });
    table.refresh(0, 2, 2, 7, NOW);
    expect(table.size).toBe(1);
  });

  test('expire removes what is old and says so', () => {
    const table = new MacTable();
    table.learn(0, 2, 1, 1, NOW);
    table.learn(0, 2, 2, 1, NOW + 10_000);
    const { generation } = table;
    table.expire(NOW + table.agingMs);
    expect(table.size).toBe(1);
    expect(table.generation).toBeGreaterThan(generation);
  });

  test('a static entry neither moves nor ages', () => {
    const table = new MacTable();
    table.addStatic(0, 2, 1, 4, NOW);
    table.learn(0, 2, 1, 9, NOW);
    expect(table.lookup(0, 2, 1, NOW + 10 * table.agingMs)?.ofport).toBe(4);
  });
});
