import { describe, expect, test } from 'vitest';
import { NOTHING } from '../../../src/xlate/dependents.js';
import { addressOf, MacTable } from '../../../src/xlate/mac-table.js';

const NOW = 1000;

/** Somebody who was told that the station 2:n of that VLAN is behind a port. */
class Asker {
  told = 0;

  constructor(table: MacTable, n: number, answer: number, vlan = 0, now = NOW) {
    table.dependents.enter({ on: table.dependents, key: addressOf(2, n), scope: vlan, answer }, this, now);
  }

  invalidate(): void {
    this.told++;
  }
}

describe('MacTable', () => {
  test('learns, finds by VLAN and address, forgets after its time', () => {
    const table = new MacTable();
    table.learn(0, 0x0200, 0x01020304, 7, NOW);
    expect(table.lookup(0, 0x0200, 0x01020304, NOW)?.bundle).toBe(7);
    expect(table.lookup(5, 0x0200, 0x01020304, NOW)).toBeNull();
    expect(table.lookup(0, 0x0200, 0x01020305, NOW)).toBeNull();
    expect(table.lookup(0, 0x0200, 0x01020304, NOW + table.agingMs)).toBeNull();
  });

  test('all 4096 VLANs are apart', () => {
    const table = new MacTable();
    for (let vlan = 0; vlan < 4096; vlan++) table.learn(vlan, 2, 1, vlan % 100, NOW);
    for (let vlan = 0; vlan < 4096; vlan++) expect(table.lookup(vlan, 2, 1, NOW)?.bundle).toBe(vlan % 100);
  });

  test.each<[string, number, (table: MacTable) => void]>([
    ['seen again', 0, (table) => table.learn(0, 2, 1, 7, NOW + 5000)],
    ['another station', 0, (table) => table.learn(0, 2, 9, 8, NOW)],
    ['the address in another VLAN', 0, (table) => table.learn(5, 2, 1, 8, NOW)],
    ['moved', 1, (table) => table.learn(0, 2, 1, 8, NOW)],
    ['moved and back', 1, (table) => [8, 7, 8].map((port) => table.learn(0, 2, 1, port, NOW))],
    ['removed', 1, (table) => table.remove(0, 2, 1)],
    ['flushed', 1, (table) => table.flush()],
    ['too old', 1, (table) => table.expire(NOW + table.agingMs)],
    ['not too old', 0, (table) => table.expire(NOW + table.agingMs - 1)],
    ['its bundle is gone', 1, (table) => table.removeBundle(7)],
    ['another bundle is gone', 0, (table) => table.removeBundle(8)],
    ['set by hand elsewhere', 1, (table) => table.addStatic(0, 2, 1, 8, NOW)],
    ['set by hand where it is', 0, (table) => table.addStatic(0, 2, 1, 7, NOW)],
  ])('who has asked for a station is told when the answer changes, once: %s', (_, told, change) => {
    const table = new MacTable();
    table.learn(0, 2, 1, 7, NOW);
    const asker = new Asker(table, 1, 7);
    change(table);
    expect(asker.told).toBe(told);
  });

  test('who has asked in vain is told when the station is learned', () => {
    const table = new MacTable();
    const askers = [1, 2].map((n) => new Asker(table, n, NOTHING));
    table.learn(0, 2, 1, 7, NOW);
    expect(askers.map(({ told }) => told)).toEqual([1, 0]);
  });

  test('who was told something else than what holds is told at once', () => {
    const table = new MacTable();
    table.learn(0, 2, 1, 7, NOW);
    expect(new Asker(table, 1, 8).told).toBe(1);
    expect(new Asker(table, 1, 7, 0, NOW + table.agingMs).told).toBe(1);
    expect(table.dependents.keyCount).toBe(0);
  });

  test('full: the port with the most stations makes room', () => {
    const table = new MacTable();
    table.maxEntries = 100;
    for (let n = 0; n < 10; n++) table.learn(0, 2, n, 1, NOW);
    for (let n = 0; n < 1000; n++) table.learn(0, 4, n, 2, NOW + 1);
    const ports = [...table].map((entry) => entry.bundle);
    expect([1, 2].map((port) => ports.filter((other) => other === port).length)).toEqual([10, 90]);
    expect(table.stats.evicted).toBe(910);
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
    expect(table.lookup(0, 2, 1, NOW)).toMatchObject({ bundle: 7, seenMs: NOW });
    table.refresh(0, 2, 1, 7, NOW + 5000);
    expect(table.lookup(0, 2, 1, NOW)).toMatchObject({ bundle: 7, seenMs: NOW + 5000 });
    table.refresh(0, 2, 2, 7, NOW);
    expect(table.size).toBe(1);
  });

  test('expire removes what is old', () => {
    const table = new MacTable();
    table.learn(0, 2, 1, 1, NOW);
    table.learn(0, 2, 2, 1, NOW + 10_000);
    table.expire(NOW + table.agingMs);
    expect([table.size, table.stats.expired]).toEqual([1, 1]);
  });

  test('a static entry neither moves nor ages', () => {
    const table = new MacTable();
    table.addStatic(0, 2, 1, 4, NOW);
    table.learn(0, 2, 1, 9, NOW);
    expect(table.lookup(0, 2, 1, NOW + 10 * table.agingMs)?.bundle).toBe(4);
  });
});
