/**
 * The choice of addresses and ports against a dumb model: a set of all tuples that packets may come with. Random connections with
 * random nat(...), ends of connections; what is chosen is free and in range, what need not change does not, and a connection is
 * refused only when nothing is left.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import type { ConnEntry, CtTuple } from '../../datapath/conntrack/query/dump.js';
import { addressWords, ipBytes, ipOf, type Segment, segment } from '../helpers/segments.js';
import { type Action, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const STEPS = 4_000;

type Nat = NonNullable<Action['nat']>;

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

/** Few of everything, so that they collide. */
function randomSegment(rng: SeededRng): Segment {
  const ends = { src: `10.0.0.${1 + rng.below(4)}`, dst: `192.0.2.${1 + rng.below(2)}` };
  const ports = { sport: pick(rng, [80, 700, 5000, 5001, 5002]), dport: pick(rng, [53, 80]) };
  switch (rng.below(4)) {
    case 0:
      return { proto: 'icmp', ...ends, id: pick(rng, [7, 8, 5000]) };
    case 1:
      return { proto: 'tcp', ...ends, ...ports, flags: 'S', seq: 1 };
    case 2:
      return { proto: 'gre', ...ends, payload: 'x' };
    default:
      return { proto: 'udp', ...ends, ...ports };
  }
}

function randomNat(rng: SeededRng): Nat {
  const from = '198.51.100.10';
  const to = pick(rng, [from, '198.51.100.11']);
  const choice = pick(rng, [{}, { random: true }, { hash: true }, { persistent: true }]);
  const ports = pick<[number, number] | undefined>(rng, [undefined, [5000, 5000], [5000, 5003], [80, 85]]);
  const end = rng.below(3) === 0 ? { dst: from } : { src: from };
  return { ...end, to, ...choice, ...(ports === undefined ? {} : { ports }) };
}

const text = (t: CtTuple): string =>
  [t.proto, t.src, t.dst, t.srcPort, t.dstPort, t.icmpId, t.icmpType].map(String).join(' ');

/** How packets of either direction look before translation: what the tracker finds a connection by. */
const tuples = (e: ConnEntry): string[] => [text(e.orig), text(e.reply)];

const address = (dotted: string): bigint => BigInt(addressWords(dotted)[0]! >>> 0);

/** Where the connection's packets now come from, or go to. */
function translated({ reply }: ConnEntry, isSrc: boolean): { address: bigint; port: number } {
  const port = reply.proto === 1 ? reply.icmpId : isSrc ? reply.dstPort : reply.srcPort;
  return { address: isSrc ? reply.dst : reply.src, port };
}

class Model {
  /** Every tuple that packets of some connection may come with. */
  readonly taken = new Map<string, number>();

  enter(e: ConnEntry): void {
    for (const tuple of tuples(e)) {
      expect([tuple, this.taken.get(tuple)]).toEqual([tuple, undefined]);
      this.taken.set(tuple, e.id);
    }
  }

  leave(e: ConnEntry): void {
    for (const tuple of tuples(e)) this.taken.delete(tuple);
  }
}

/** The tuple of the answers, if the segment were sent on with another source or destination. */
function answerTuple(s: Segment, isSrc: boolean, to: bigint, port: number): string {
  const hasPorts = s.proto === 'tcp' || s.proto === 'udp';
  return text({
    family: 4,
    proto: { icmp: 1, tcp: 6, udp: 17, gre: 47 }[s.proto as 'icmp' | 'tcp' | 'udp' | 'gre'],
    src: isSrc ? address(s.dst) : to,
    dst: isSrc ? to : address(s.src),
    srcPort: hasPorts ? (isSrc ? s.dport! : port) : 0,
    dstPort: hasPorts ? (isSrc ? port : s.sport!) : 0,
    icmpId: s.proto === 'icmp' ? port : 0,
    icmpType: 0,
    icmpCode: 0,
  });
}

const numberOf = (s: Segment, isSrc: boolean): number =>
  s.proto === 'icmp' ? s.id! : ((isSrc ? s.sport : s.dport) ?? 0);

/** True if the ports given are used for the segment's protocol: those for destinations are not for ICMP. */
const usesPorts = (s: Segment, nat: Nat): boolean =>
  nat.ports !== undefined && s.proto !== 'gre' && (nat.src !== undefined || s.proto !== 'icmp');

function checkChoice(model: Model, s: Segment, nat: Nat, e: ConnEntry): void {
  const isSrc = nat.src !== undefined;
  const got = translated(e, isSrc);
  expect(got.address >= address((nat.src ?? nat.dst)!) && got.address <= address(nat.to!)).toBe(true);
  if (s.proto === 'gre') return;
  const own = numberOf(s, isSrc);
  if (usesPorts(s, nat)) {
    expect(got.port).toBeGreaterThanOrEqual(nat.ports![0]);
    expect(got.port).toBeLessThanOrEqual(nat.ports![1]);
  } else if (isSrc && got.port !== own) expect(model.taken.has(answerTuple(s, true, got.address, own))).toBe(true);
}

/** Of one of the addresses nothing was free: only one is tried. */
function checkRefusal(model: Model, s: Segment, nat: Nat): void {
  const isSrc = nat.src !== undefined;
  const isExhausted = [address((nat.src ?? nat.dst)!), address(nat.to!)].some((to) => {
    if (s.proto === 'gre') return model.taken.has(answerTuple(s, isSrc, to, 0));
    if (!usesPorts(s, nat)) return false;
    const ports = Array.from({ length: nat.ports![1] - nat.ports![0] + 1 }, (_, i) => nat.ports![0] + i);
    return ports.every((port) => model.taken.has(answerTuple(s, isSrc, to, port)));
  });
  expect(isExhausted).toBe(true);
}

/** The answer to what was sent comes back as the answer to what was there before. */
function checkReturn(tracker: TestTracker, e: ConnEntry, out: Uint8Array): void {
  if (e.proto !== 17) return;
  const dotted = (value: bigint): string =>
    [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const { reply, orig } = e;
  const answer = (t: CtTuple): Segment => ({
    proto: 'udp',
    src: dotted(t.src),
    dst: dotted(t.dst),
    sport: t.srcPort,
    dport: t.dstPort,
  });
  const back = tracker.run(segment(answer(reply)), { nat: {} });
  const wanted = answer({ ...orig, src: orig.dst, dst: orig.src, srcPort: orig.dstPort, dstPort: orig.srcPort });
  expect(ipOf(back)).toEqual(ipBytes(wanted));
  const sent = answer({ ...reply, src: reply.dst, dst: reply.src, srcPort: reply.dstPort, dstPort: reply.srcPort });
  expect(out).toEqual(ipBytes(sent));
}

test(`seed ${SEED}`, () => {
  const rng = new SeededRng(SEED);
  const tracker = new TestTracker({ seed: SEED });
  const model = new Model();
  const live = new Map<number, ConnEntry>();
  let refused = 0;
  let nextId = 0;
  for (let step = 0; step < STEPS; step++) {
    if (live.size > 0 && rng.below(4) === 0) {
      const e = pick(rng, [...live.values()]);
      expect(tracker.ct.flush({ orig: e.orig }, tracker.now)).toBe(1);
      live.delete(e.id);
      model.leave(e);
      continue;
    }
    const s = randomSegment(rng);
    const nat = randomNat(rng);
    const p = tracker.run(segment(s), { commit: true, nat });
    if (tracker.commit === 'commit-refused:nat-exhausted') {
      refused++;
      checkRefusal(model, s, nat);
      expect(ipOf(p)).toEqual(ipBytes(s));
    }
    if (tracker.commit !== 'committed') continue;
    nextId++;
    const e = tracker.entries().find(({ id }) => id === nextId)!;
    checkChoice(model, s, nat, e);
    model.enter(e);
    live.set(e.id, e);
    checkReturn(tracker, e, ipOf(p));
  }
  expect(tracker.ct.count).toBe(live.size);
  expect(refused).toBeGreaterThan(50);
});
