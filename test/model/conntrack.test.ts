/**
 * The tracker against a dumb model: random packets of few tuples in few zones, commits, forces, flushes, time that passes.
 * The model is a list searched from end to end; the states of UDP and the invariants of the design are what is compared.
 */
import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { EVENT_DESTROY, EVENT_NEW } from '../../datapath/conntrack/observer.js';
import { REASON_NONE } from '../../datapath/conntrack/record/reasons.js';
import { CT_INVALID } from '../../datapath/packet/ct-state.js';
import { countConnections } from '../helpers/count-connections.js';
import { type Segment, segment } from '../helpers/segments.js';
import { stateText, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const STEPS = 6_000;

interface ModelConn {
  zone: number;
  from: string;
  to: string;
  answered: boolean;
  once: boolean;
  expires: number;
  mark: number;
}

/** UDP only, as Open vSwitch tracks it. */
class Model {
  conns: ModelConn[] = [];

  track(s: Segment, zone: number, commit: boolean, force: boolean, mark: number, now: number): [string, number] {
    const [from, to] = [`${s.src}:${s.sport}`, `${s.dst}:${s.dport}`];
    this.conns = this.conns.filter((c) => c.expires > now);
    let conn = this.conns.find((c) => c.zone === zone && isEither(c, from, to));
    const reply = conn !== undefined && conn.from !== from;
    if (conn !== undefined && reply && force) {
      this.conns = this.conns.filter((c) => c !== conn);
      conn = undefined;
    }
    if (conn === undefined) {
      if (!commit) return ['new|trk', 0];
      this.conns.push({ zone, from, to, answered: false, once: true, expires: now + 60_000, mark });
      return ['new|trk', mark];
    }
    if (reply) conn.answered = true;
    conn.expires = now + (conn.answered ? 30_000 : 60_000);
    if (commit) conn.mark = mark;
    if (!conn.answered) return ['new|trk', conn.mark];
    return [reply && !force ? 'est|rpl|trk' : 'est|trk', conn.mark];
  }
}

const isEither = (c: ModelConn, a: string, b: string): boolean =>
  (c.from === a && c.to === b) || (c.from === b && c.to === a);

describe(`seed ${SEED}`, () => {
  test("states, marks and counts are the model's", () => {
    const rng = new SeededRng(SEED);
    const tracker = new TestTracker({ seed: SEED });
    const model = new Model();
    let born = 0;
    let died = 0;
    tracker.ct.observer = {
      packet: (p, _before, reason) => expect((p.ctState & CT_INVALID) !== 0).toBe(reason !== REASON_NONE),
      conn: (event) => {
        if (event === EVENT_NEW) born++;
        if (event === EVENT_DESTROY) died++;
      },
    };
    for (let step = 0; step < STEPS; step++) {
      const s = randomUdp(rng);
      const zone = rng.below(3);
      const commit = rng.below(2) === 0;
      const force = commit && rng.below(8) === 0;
      const mark = 1 + rng.below(100);
      const p = tracker.run(segment(s), { zone, commit, force, ...(commit ? { mark: [mark, -1] } : {}) });
      const wanted = model.track(s, zone, commit, force, mark, tracker.now);
      expect([step, stateText(p.ctState), p.ctMark]).toEqual([step, ...wanted]);
      passTime(rng, tracker, model);
      if (step % 50 === 0) compareTables(tracker, model, born - died);
    }
    compareTables(tracker, model, born - died);
  });
});

function randomUdp(rng: SeededRng): Segment {
  const [a, b] = [rng.below(6), 6 + rng.below(4)];
  const v6 = rng.below(4) === 0;
  const host = (n: number): string => (v6 ? `fc00::${n + 1}` : `10.0.0.${n + 1}`);
  const there: Segment = { proto: 'udp', src: host(a), dst: host(b), sport: 1000 + a, dport: 53 };
  return rng.below(2) === 0 ? there : { ...there, src: there.dst, dst: there.src, sport: 53, dport: 1000 + a };
}

function passTime(rng: SeededRng, tracker: TestTracker, model: Model): void {
  tracker.now += rng.below(50) === 0 ? rng.below(70_000) : rng.below(200);
  if (rng.below(5) === 0) tracker.ct.sweep(tracker.now);
  if (rng.below(200) !== 0) return;
  const zone = rng.below(3);
  tracker.ct.flush({ zone }, tracker.now);
  model.conns = model.conns.filter((c) => c.zone !== zone);
}

/** What is listed is what the model has; what is counted is what is listed and what waits for the sweep. */
function compareTables(tracker: TestTracker, model: Model, bornLessDied: number): void {
  const live = model.conns.filter((c) => c.expires > tracker.now);
  const wanted = live.map((c) => [c.zone, c.mark, c.expires - tracker.now]).sort();
  const listed = tracker.entries().map((e) => [e.zone, e.mark, e.timeoutMs]);
  expect(listed.sort()).toEqual(wanted);
  expect(countConnections(tracker.ct, tracker.now)).toBe(wanted.length);
  expect(tracker.ct.count - tracker.ct.dyingCount).toBe(bornLessDied);
  for (const zone of [0, 1, 2])
    expect(tracker.ct.zones.counts[zone]).toBeGreaterThanOrEqual(live.filter((c) => c.zone === zone).length);
}

test('a table that grows through many doublings finds every connection all the while', () => {
  const tracker = new TestTracker();
  const flow = (n: number): Segment => ({
    proto: 'udp',
    src: `10.0.${n >> 8}.${n & 255}`,
    dst: '10.9.9.9',
    sport: 1,
    dport: 2,
  });
  for (let n = 1; n <= 9000; n++) {
    tracker.send(flow(n), { commit: true });
    const old = 1 + ((n * 7919) % n);
    const { src, dst, sport, dport } = flow(old);
    expect(tracker.send({ proto: 'udp', src: dst, dst: src, sport: dport!, dport: sport! })).toBe('est|rpl|trk');
  }
  expect(tracker.ct.count).toBe(9000);
  const { table } = tracker.ct;
  for (let chain = 0; chain < table.chainCount; chain++) expect(table.chainLength(chain)).toBeLessThan(12);
});

test('removal from full chains, in any order', () => {
  const tracker = new TestTracker();
  const rng = new SeededRng(SEED);
  for (let n = 0; n < 5000; n++) {
    tracker.send(
      { proto: 'udp', src: `10.0.${n >> 8}.${n & 255}`, dst: '10.9.9.9', sport: 1, dport: 2 },
      { commit: true, zone: n % 97 },
    );
  }
  let left = 5000;
  for (const zone of Array.from({ length: 97 }, (_, i) => i).sort(() => rng.next())) {
    left -= tracker.ct.flush({ zone }) as number;
    expect(tracker.ct.count).toBe(left);
  }
  expect(left).toBe(0);
});
