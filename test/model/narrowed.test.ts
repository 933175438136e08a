/**
 * Cached flows that have more bits in their masks than their translations asked for, since there were as many masks as there may be: while
 * rules come, change and go, each packet goes where it would go without a cache, and counts where it would count.
 */
import { describe, expect, test } from 'vitest';
import { read } from '../../datapath/base/counters.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { MAX_MASKS } from '../../datapath/dp/mask-set.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const RUNS = 6;
/** Far more than make as many masks as there may be. */
const FLOOD = 900;
const STEPS = 250;
const SEED = Number(process.env.NARROWED_SEED ?? 1);

/** A list on three fields: what it means none of has to be told from each rule, by as many bits as that takes. */
const PROGRAM = [
  'cookie=1,priority=30,udp,nw_src=10.1.2.3,actions=2',
  'cookie=2,priority=29,udp,tp_src=12345,actions=3',
  'cookie=3,priority=28,udp,tp_dst=443,actions=2,3',
  'cookie=4,priority=1,actions=4',
];
const CHANGES: ((rng: SeededRng, cookie: number) => string)[] = [
  (rng, cookie) => `cookie=${cookie},priority=${20 + rng.below(20)},udp,nw_src=10.${rng.below(4)}.0.0/16,actions=3`,
  (rng, cookie) => `cookie=${cookie},priority=${20 + rng.below(20)},udp,tp_dst=${rng.below(64)},actions=2`,
  // Looks at less than the flows that were cached before; at more; at another field.
  (_rng, cookie) => `cookie=${cookie},priority=50,udp,in_port=1,tp_src=0x8000/0x8000,actions=3`,
  (_rng, cookie) => `cookie=${cookie},priority=60,udp,nw_dst=10.9.9.8/31,actions=4,2`,
  (_rng, cookie) => `cookie=${cookie},priority=1,actions=${2 + (cookie % 3)}`,
  () => 'delete udp,tp_src=0x8000/0x8000',
  () => 'delete udp,nw_dst=10.9.9.8/31',
  (rng) => `delete udp,nw_src=10.${rng.below(4)}.0.0/16`,
];

/** Differs from what the program means in a random bit of each field, and in what lies below it. */
function unlike(rng: SeededRng, value: number, bits: number): number {
  const bit = rng.below(bits);
  return (value ^ (1 << bit) ^ (rng.next() & ((1 << bit) - 1))) >>> 0;
}

function randomFrame(rng: SeededRng): Uint8Array {
  const src = unlike(rng, 0x0a010203, 32);
  const dotted = [24, 16, 8, 0].map((shift) => (src >>> shift) & 255).join('.');
  const ports = `tp_src=${unlike(rng, 12345, 16)},tp_dst=${unlike(rng, 443, 16)}`;
  return frame(`udp,nw_src=${dotted},nw_dst=10.9.9.${rng.below(10)},${ports}`);
}

const merged = (): number => read('megaflow_mask_merged') ?? 0;
const counters = (sw: VirtualSwitch): string[] =>
  sw.dumpFlows().map((line) => /cookie=(\S+),.* n_packets=(\d+), n_bytes=(\d+)/.exec(line)!.slice(1).join(' '));

describe('flows that are narrower than they need be, and rules that change', () => {
  test.each(Array.from({ length: RUNS }, (_, i) => SEED * 1000 + i))('run %i', (seed) => {
    const rng = new SeededRng(seed);
    const cached = new VirtualSwitch(4, PROGRAM.join('\n'));
    const fresh = new VirtualSwitch(4, PROGRAM.join('\n'));
    const frames = Array.from({ length: FLOOD }, () => randomFrame(rng));
    const before = merged();
    const sendBoth = (at: string, bytes: Uint8Array): void => {
      fresh.backer.flowSetup.revalidator.purge();
      for (const sw of [cached, fresh]) sw.send('p1', bytes);
      expect({ at, sent: cached.takeSent() }).toEqual({ at, sent: fresh.takeSent() });
    };
    for (const [i, bytes] of frames.entries()) sendBoth(`flood ${i}`, bytes);
    expect(merged() - before).toBeGreaterThan(100);
    const missesBefore = cached.datapath.stats.misses;
    for (let step = 0; step < STEPS; step++) {
      if (rng.below(6) === 0) {
        const change = CHANGES[rng.below(CHANGES.length)](rng, 100 + step);
        for (const sw of [cached, fresh]) sw.addFlows(change);
      }
      // A sweep translates what no packet has come for.
      if (rng.below(10) === 0) for (const sw of [cached, fresh]) sw.advance(600);
      sendBoth(`step ${step}`, rng.below(3) === 0 ? randomFrame(rng) : frames[rng.below(FLOOD)]);
      expect(cached.datapath.maskCount).toBeLessThanOrEqual(MAX_MASKS);
    }
    expect(cached.datapath.stats.misses - missesBefore).toBeLessThan(STEPS);
    expect(counters(cached)).toEqual(counters(fresh));
  });
});
