/**
 * Fragments against a dumb model: datagrams cut at random, the pieces shuffled, lost, doubled, overlapping, of several ids, zones
 * and families at a time, while time passes and limits change. Which are held, which refused and why, what comes out and when,
 * what is counted, and that the memory is exactly what is held.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { REASONS } from '../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import { piece } from '../helpers/fragment-pieces.js';
import { frameOf, ipBytes, ipOf, packetFrom, type Segment } from '../helpers/segments.js';
import { actionWords, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const STEPS = 6_000;
const LIFE_MS = 15_000;
const V4_MINIMUM = 600;
const V6_MINIMUM = 700;

interface Piece {
  bytes: Uint8Array;
  from: number;
  to: number;
  isLast: boolean;
}

interface List {
  pieces: Piece[];
  expires: number;
}

/** Lists searched from end to end; bytes marked one by one. */
class Model {
  readonly lists = new Map<string, List>();
  max = 1000;
  readonly counters = { accepted: 0, completed: 0, expired: 0, tooSmall: 0, overlapped: 0 };

  get held(): number {
    return [...this.lists.values()].reduce((sum, { pieces }) => sum + pieces.length, 0);
  }

  /** The reason why it is refused, [] if it is held, the pieces in their order if it was the one that was missing. */
  take(key: string, p: Piece, minimum: number, now: number): string | Uint8Array[] {
    if (!p.isLast && p.bytes.length < minimum) return this.refuse('tooSmall', 'frag-too-small');
    if (this.held >= this.max) return 'frag-limit';
    const list = this.lists.get(key) ?? { pieces: [], expires: now + LIFE_MS };
    if (list.pieces.some((other) => overlap(other, p) || isBehind(other, p) || isBehind(p, other)))
      return this.refuse('overlapped', 'frag-overlap');
    list.pieces.push(p);
    this.lists.set(key, list);
    this.counters.accepted++;
    const last = list.pieces.find(({ isLast }) => isLast);
    const bytes = list.pieces.reduce((sum, { from, to }) => sum + to - from, 0);
    if (last === undefined || bytes !== last.to) return [];
    this.lists.delete(key);
    this.counters.completed += list.pieces.length;
    return list.pieces.sort((a, b) => a.from - b.from).map((one) => one.bytes);
  }

  private refuse(counter: 'tooSmall' | 'overlapped', reason: string): string {
    this.counters[counter]++;
    return reason;
  }

  expire(now: number): void {
    for (const [key, { pieces, expires }] of this.lists) {
      if (expires > now) continue;
      this.lists.delete(key);
      this.counters.expired += pieces.length;
    }
  }
}

const overlap = (a: Piece, b: Piece): boolean => a.from < b.to && b.from < a.to;
/** It stands behind the last one. */
const isBehind = (last: Piece, p: Piece): boolean => last.isLast && p.from >= last.to;

interface Datagram {
  key: string;
  zone: number;
  pieces: Piece[];
  minimum: number;
}

function randomDatagram(rng: SeededRng, number: number): Datagram {
  const isV6 = rng.below(2) === 0;
  const zone = rng.below(2);
  // Ids come again while others of the same id may be incomplete.
  const id = number % 40;
  const ends = isV6 ? { src: 'fc00::1', dst: 'fc00::2' } : { src: '10.0.0.1', dst: '10.0.0.2' };
  const payload = Uint8Array.from({ length: 1300 + rng.below(3000) }, () => rng.below(256));
  const s: Segment = { proto: 'udp', ...ends, sport: 1000, dport: 2000, payload };
  const ip = ipBytes(s);
  const l4 = ip.subarray(isV6 ? 40 : 20);
  const pieces: Piece[] = [];
  for (let from = 0; from < l4.length; ) {
    const to = Math.min(l4.length, from + 8 * (60 + rng.below(90)));
    const isLast = to === l4.length;
    pieces.push({ bytes: piece(ip, from, l4.subarray(from, to), !isLast, id), from, to, isLast });
    from = to;
  }
  return { key: `${isV6} ${zone} ${id}`, zone, pieces, minimum: isV6 ? V6_MINIMUM : V4_MINIMUM };
}

/** Like what may happen on the way: order, losses, doubles, and pieces of another cut. */
function disturbed(rng: SeededRng, { pieces }: Datagram): Piece[] {
  const out = pieces.filter(() => rng.below(12) !== 0);
  if (rng.below(4) === 0 && out.length > 0) out.push(out[rng.below(out.length)]!);
  for (let i = out.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Texts are compared sooner than thousands of bytes one by one. */
const textOf = (pieces: readonly Uint8Array[]): string[] => pieces.map((b) => Buffer.from(b).toString('base64'));

function run(tracker: TestTracker, ip: Uint8Array, zone: number): Packet[] {
  const batch = new PacketBatch();
  batch.push(packetFrom(frameOf(ip)));
  tracker.ct.execute(batch, actionWords({ zone }), 0, tracker.now);
  return batch.packets.slice(0, batch.count);
}

test(`seed ${SEED}`, () => {
  const rng = new SeededRng(SEED);
  const tracker = new TestTracker({ seed: SEED });
  const pool = new PacketPool();
  const { fragments } = tracker.ct;
  const model = new Model();
  fragments.memory = pool;
  fragments.settings[4].minSize = V4_MINIMUM;
  fragments.settings[6].minSize = V6_MINIMUM;
  const waiting: [Datagram, Piece[]][] = [];
  for (let step = 0; step < STEPS; step++) {
    while (waiting.length < 4) {
      const datagram = randomDatagram(rng, step);
      waiting.push([datagram, disturbed(rng, datagram)]);
    }
    const at = rng.below(waiting.length);
    const [datagram, pieces] = waiting[at]!;
    const p = pieces.pop();
    if (p === undefined) {
      waiting.splice(at, 1);
      continue;
    }
    const wanted = model.take(datagram.key, p, datagram.minimum, tracker.now);
    const out = run(tracker, p.bytes, datagram.zone);
    if (typeof wanted === 'string') {
      expect([step, REASONS[tracker.ct.lastReason[0]].name, textOf(out.map(ipOf))]).toEqual([
        step,
        wanted,
        textOf([p.bytes]),
      ]);
    } else expect([step, textOf(out.map(ipOf))]).toEqual([step, textOf(wanted)]);
    for (const packet of out) pool.free(packet);
    passTime(rng, tracker, model);
    compare(tracker, model, pool);
  }
  fragments.flush();
  expect([pool.live, fragments.count]).toEqual([0, 0]);
  expect(model.counters.completed).toBeGreaterThan(20);
});

function passTime(rng: SeededRng, tracker: TestTracker, model: Model): void {
  tracker.now += rng.below(300) === 0 ? rng.below(20_000) : rng.below(40);
  tracker.ct.sweep(tracker.now);
  model.expire(tracker.now);
  if (rng.below(100) === 0) model.max = tracker.ct.fragments.maxFragments = 1 + rng.below(40);
}

function compare(tracker: TestTracker, model: Model, pool: PacketPool): void {
  const { count, counters } = tracker.ct.fragments;
  expect([count, pool.live]).toEqual([model.held, model.held]);
  const sums = Object.fromEntries(
    (['accepted', 'completed', 'expired', 'tooSmall', 'overlapped'] as const).map((name) => [
      name,
      counters[4][name] + counters[6][name],
    ]),
  );
  expect(sums).toEqual(model.counters);
}
