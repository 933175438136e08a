/**
 * Fragments that no honest host would send: any offset, any length, chains of extension headers, options, padding behind the packet,
 * damaged bytes; in batches, through NAT, with limits that change. Nothing throws, what is not well has a reason, and no memory is lost.
 */
import { expect, test } from 'vitest';
import { store16, store32 } from '../../datapath/base/bytes.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { REASON_NONE } from '../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { CT_INVALID } from '../../datapath/packet/ct-state.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import { cut } from '../helpers/fragment-pieces.js';
import { frameOf, ipBytes, packetFrom, type Segment } from '../helpers/segments.js';
import { type Action, actionWords, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const BATCHES = 1_500;

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

const UDP: Segment = { proto: 'udp', src: '10.0.0.1', dst: '10.0.0.2', sport: 1000, dport: 53 };
/** Payload bytes of a fragment: often such that several make one packet, sometimes odd or none. */
const SIZES = [8, 16, 400, 408, 800, 1000, 1016, 1400];
const OFFSETS = [0, 0, 50, 51, 100, 101, 150, 1000, 8000, 8191];
const ACTIONS: readonly Action[] = [
  {},
  { commit: true },
  { commit: true, nat: { src: '192.0.2.240', ports: [5000, 5009] } },
  { zone: 1, commit: true, nat: { dst: '2001:db8::1' } },
];

/** The first bytes of a UDP or TCP header, so that some wholes are well. */
function payload(rng: SeededRng, offset: number): Uint8Array {
  const b = new Uint8Array(pick(rng, SIZES) + (rng.below(10) === 0 ? rng.below(8) : 0));
  if (offset !== 0 || b.length < 8) return b;
  store16(b, 0, 1000);
  store16(b, 2, 53);
  // A UDP length that may be that of the whole.
  store16(b, 4, pick(rng, [b.length, 808, 1208, 2000, 65_535]));
  return b;
}

function fragment4(rng: SeededRng): Uint8Array {
  const offset = pick(rng, OFFSETS);
  const part = payload(rng, offset);
  const options = rng.below(6) === 0 ? 4 * rng.below(11) : 0;
  const b = new Uint8Array(20 + options + part.length);
  b.set(ipBytes(UDP).subarray(0, 20));
  b[0] = 0x40 | (5 + options / 4);
  store16(b, 2, b.length);
  store16(b, 4, rng.below(3));
  store16(b, 6, offset | (rng.below(2) << 13));
  b[9] = pick(rng, [17, 17, 17, 6, 1, 132, 44, 255]);
  ipv4.setChecksum(b, 0);
  b.set(part, 20 + options);
  return b;
}

/** Hop-by-hop, routing, destination options, authentication, and fragment headers, of which there may be several. */
function fragment6(rng: SeededRng): Uint8Array {
  const kinds = Array.from({ length: rng.below(4) }, () => pick(rng, [0, 43, 60, 51, 44]));
  kinds.splice(rng.below(kinds.length + 1), 0, 44);
  const last = pick(rng, [17, 17, 17, 6, 58, 59, 44]);
  const offset = pick(rng, OFFSETS);
  const headers = kinds.map((kind, i) => {
    const b = new Uint8Array(kind === 44 || kind === 51 ? 8 : 8 * (1 + rng.below(3)));
    b[0] = kinds[i + 1] ?? last;
    if (kind !== 44) b[1] = kind === 51 ? 0 : b.length / 8 - 1;
    else {
      store16(b, 2, (offset << 3) | rng.below(2));
      store32(b, 4, rng.below(3));
    }
    return b;
  });
  const ip = ipBytes({ ...UDP, src: 'fc00::1', dst: 'fc00::2' }).slice(0, 40);
  ip[6] = kinds[0]!;
  const b = Uint8Array.from([ip, ...headers, payload(rng, offset)].flatMap((bytes) => [...bytes]));
  store16(b, 4, b.length - 40);
  return b;
}

function randomFrame(rng: SeededRng): Uint8Array {
  let ip = rng.below(2) === 0 ? fragment4(rng) : fragment6(rng);
  if (rng.below(20) === 0) ip = ip.slice(0, rng.below(ip.length));
  const frame = frameOf(ip.length === 0 ? ipBytes(UDP) : ip);
  if (rng.below(10) === 0) for (let i = rng.below(4); i >= 0; i--) frame[14 + rng.below(60)]! ^= 1 << rng.below(8);
  return rng.below(8) === 0 ? Uint8Array.from([...frame, ...new Uint8Array(rng.below(30))]) : frame;
}

test(`seed ${SEED}`, { timeout: 60_000 }, () => {
  const rng = new SeededRng(SEED);
  const tracker = new TestTracker({ seed: SEED });
  const pool = new PacketPool();
  const { ct } = tracker;
  const { fragments } = ct;
  fragments.memory = pool;
  const batch = new PacketBatch();
  for (let round = 0; round < BATCHES; round++) {
    if (rng.below(50) === 0) fragments.maxFragments = pick(rng, [0, 10, 100, 1000]);
    if (rng.below(50) === 0) fragments.settings[pick(rng, [4, 6] as const)].minSize = pick(rng, [400, 800, 1280]);
    batch.clear();
    for (let i = 1 + rng.below(16); i > 0; i--) batch.push(packetFrom(randomFrame(rng)));
    // Among them a datagram that is well, so that there is something to put together.
    const ends = rng.below(2) === 0 ? {} : { src: 'fc00::1', dst: 'fc00::2' };
    const honest = ipBytes({ ...UDP, ...ends, payload: new Uint8Array(2000) });
    for (const ip of cut(honest, 1400, 100 + round)) batch.push(packetFrom(frameOf(ip)));
    ct.execute(batch, actionWords(pick(rng, ACTIONS)), 0, tracker.now);
    expect(new Set(batch.packets.slice(0, batch.count)).size).toBe(batch.count);
    for (let i = 0; i < batch.count; i++) {
      const p = batch.packets[i]!;
      expect((p.ctState & CT_INVALID) !== 0).toBe(ct.lastReason[i] !== REASON_NONE);
      pool.free(p);
    }
    tracker.now += rng.below(800);
    ct.sweep(tracker.now);
    expect(pool.live).toBe(fragments.count);
  }
  const { 4: v4, 6: v6 } = fragments.counters;
  expect(Math.min(v4.completed, v6.completed)).toBeGreaterThan(100);
  tracker.now += 20_000;
  ct.sweep(tracker.now);
  expect([fragments.count, pool.live]).toEqual([0, 0]);
  for (const { accepted, completed, expired } of [v4, v6]) expect(accepted).toBe(completed + expired);
});
