/** Walks over the connection table while connections come and go, against what a plain record of births and deaths says. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { entry } from '../../datapath/conntrack/query/dump.js';
import type { Segment } from '../helpers/segments.js';
import { TestTracker } from '../helpers/tracker.js';

const TUPLES = 3000;
const ZONES = 2;
/** Births and deaths between two steps of the walk. */
const CHANGES = 150;

const segment = (n: number): Segment & { sport: number; dport: number } => ({
  proto: 'udp',
  src: `10.0.${n >> 8}.${n & 255}`,
  dst: '10.1.0.1',
  sport: 1000,
  dport: 53,
});

class Town {
  readonly tracker = new TestTracker();
  /** Number of the birth, by tuple and zone. */
  readonly alive = new Map<string, number>();
  private births = 0;

  constructor(private readonly rng: SeededRng) {}

  any(limit: number): number {
    return (this.rng.next() >>> 0) % limit;
  }

  /** Something comes, or goes, or goes and comes again at once. */
  change(): void {
    const zone = this.any(ZONES);
    const n = this.any(TUPLES);
    const name = `${zone}/${n}`;
    if (this.alive.has(name)) this.end(zone, n);
    if (this.any(3) > 0 && !this.alive.has(name)) this.begin(zone, n);
  }

  private begin(zone: number, n: number): void {
    this.tracker.send(segment(n), { commit: true, zone });
    this.alive.set(`${zone}/${n}`, ++this.births);
  }

  private end(zone: number, n: number): void {
    const { src, dst, sport, dport } = segment(n);
    const address = (text: string): bigint => text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
    const orig = {
      family: 4,
      proto: 17,
      src: address(src),
      dst: address(dst),
      srcPort: sport,
      dstPort: dport,
    } as const;
    expect(this.tracker.ct.flush({ zone, orig }, this.tracker.now)).toBe(1);
    this.alive.delete(`${zone}/${n}`);
  }

  nameOf(handle: number): string {
    const { table } = this.tracker.ct;
    const { zone, orig } = entry(table, handle, this.tracker.now);
    return `${zone}/${Number(orig.src & 0xffffn)}`;
  }
}

test.each([1, 2, 3, 4])('who lives through a walk is met once, who is born meanwhile never (seed %i)', (seed) => {
  const town = new Town(new SeededRng(seed));
  for (let i = 0; i < 4 * TUPLES; i++) town.change();
  const atFirst = new Map(town.alive);
  const met: string[] = [];
  const walk = town.tracker.ct.walk();
  while (!walk.isDone) {
    const count = walk.step(town.tracker.now);
    for (let i = 0; i < count; i++) met.push(town.nameOf(walk.handles[i]));
    for (let i = 0; i < CHANGES; i++) town.change();
  }
  expect(new Set(met).size).toBe(met.length);
  for (const name of met) expect(atFirst.has(name)).toBe(true);
  const survivors = [...atFirst].filter(([name, birth]) => town.alive.get(name) === birth);
  expect(survivors.length).toBeGreaterThan(TUPLES / 4);
  expect(met).toEqual(expect.arrayContaining(survivors.map(([name]) => name)));
});

test.each([5, 6])('a flush in steps takes all that was there, and nothing that is born meanwhile (seed %i)', (seed) => {
  const town = new Town(new SeededRng(seed));
  for (let i = 0; i < 4 * TUPLES; i++) town.change();
  const { tracker, alive } = town;
  const there = [...alive.keys()].filter((name) => name.startsWith('1/'));
  const flush = tracker.ct.flushInSteps({ zone: 1 }, tracker.now)!;
  alive.clear();
  let isDone = false;
  for (let n = TUPLES; !isDone; n++) {
    isDone = flush.step(tracker.now);
    if (!isDone) tracker.send(segment(n), { commit: true, zone: 1 });
    alive.set(`1/${n}`, 0);
  }
  alive.delete(`1/${TUPLES + alive.size - 1}`);
  expect(flush.count).toBe(there.length);
  const left = tracker.entries().filter(({ zone }) => zone === 1);
  expect(left.map(({ orig }) => `1/${Number(orig.src & 0xffffn)}`).sort()).toEqual([...alive.keys()].sort());
});
