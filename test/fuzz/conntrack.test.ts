/** Damaged packets into the tracker, with every kind of ct action: nothing throws, every +inv has a reason, no memory is lost. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { REASON_NONE } from '../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { CT_INVALID, CT_TRACKED } from '../../datapath/packet/ct-state.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import { countConnections } from '../helpers/count-connections.js';
import { frameOf, ipBytes, packetFrom, type Segment } from '../helpers/segments.js';
import { type Action, actionWords, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const BATCHES = 4_000;

const V4 = { src: '10.0.0.1', dst: '10.0.0.2' };
const V6 = { src: 'fc00::1', dst: 'fc00::2' };
const BIG = new Uint8Array(1300);
const UDP: Segment = { proto: 'udp', ...V4, sport: 1000, dport: 53, payload: 'query' };
const COMMANDS = [
  'PORT 10,0,0,1,4,1\r\n',
  'EPRT |2|fc00::1|1025|\r\n',
  '227 Entering Passive Mode (10,0,0,2,4,1)\r\n',
  'EPRT |1|10.0.0.1|1025|\r\n',
];
const TCP_FLAGS = ['S', 'SA', 'A', 'PA', 'FA', 'R', 'RA'];

const ACTIONS: readonly Action[] = [
  {},
  { commit: true },
  { commit: true, force: true },
  { commit: true, helper: 21, nat: { src: '192.0.2.240' } },
  { commit: true, helper: 69, nat: { dst: '192.0.2.240', ports: [80, 90] } },
  { commit: true, nat: { src: '2001:db8::1', to: '2001:db8::5', ports: [1, 9] } },
  { nat: {} },
  {
    zone: 1,
    commit: true,
    mark: [7, 15],
    label: [
      [1, 2, 3, 4],
      [15, 15, 15, 15],
    ],
  },
];

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

function randomIp(rng: SeededRng): Uint8Array {
  const ends = rng.below(2) === 0 ? V4 : V6;
  const icmp = ends === V4 ? 'icmp' : 'icmpv6';
  const way = rng.below(2) === 0 ? ends : { src: ends.dst, dst: ends.src };
  const ports = { sport: pick(rng, [21, 1000, 1001]), dport: pick(rng, [21, 69, 1000]) };
  const payload = rng.below(3) === 0 ? pick(rng, COMMANDS) : 'x';
  switch (rng.below(5)) {
    case 0:
      return ipBytes({
        proto: 'tcp',
        ...way,
        ...ports,
        flags: pick(rng, TCP_FLAGS),
        seq: rng.below(100),
        ack: rng.below(100),
        payload,
      });
    case 1:
      return ipBytes({ ...UDP, ...way, ...ports, payload: rng.below(2) === 0 ? BIG : payload });
    case 2:
      return ipBytes({ proto: icmp, ...way, id: rng.below(4), type: pick(rng, [0, 8, 128, 129]) });
    case 3:
      return ipBytes({
        proto: icmp,
        ...way,
        type: pick(rng, [3, 11, 1, 2]),
        inner: ipBytes({ ...UDP, src: way.dst, dst: way.src, ...ports }),
      });
    default:
      return ipBytes({ proto: 'sctp', ...way, ...ports, payload });
  }
}

/** Turns some packets into fragments, flips bits in others, cuts others short. Checksums mostly do not follow. */
function randomFrame(rng: SeededRng): Uint8Array {
  const ip = randomIp(rng);
  const isV4 = ip[0] >>> 4 === 4;
  if (isV4 && rng.below(6) === 0) {
    ip[6] = rng.below(2) === 0 ? 0x20 : 0;
    ip[7] = pick(rng, [0, 0, 160, 163]);
  } else if (!isV4 && rng.below(6) === 0) ip[6] = pick(rng, [0, 43, 44, 51, 60]);
  const frame = frameOf(ip);
  const offload = rng.below(4);
  if (offload === 0) for (let i = 1 + rng.below(6); i > 0; i--) frame[rng.below(frame.length)] ^= 1 << rng.below(8);
  return offload === 1 ? frame.subarray(0, rng.below(frame.length) + 1) : frame;
}

test(`seed ${SEED}`, { timeout: 60_000 }, () => {
  const rng = new SeededRng(SEED);
  const tracker = new TestTracker({ seed: SEED, maxConnections: 500 });
  const pool = new PacketPool();
  const { ct } = tracker;
  ct.fragments.memory = pool;
  ct.fragments.maxFragments = 50;
  ct.fragments.settings[4].minSize = 400;
  const batch = new PacketBatch();
  for (let round = 0; round < BATCHES; round++) {
    batch.clear();
    for (let i = 0; i < 16; i++) {
      const p = packetFrom(randomFrame(rng));
      // As if the kernel had vouched for it: what the checksums would have stopped comes further.
      p.offload = rng.below(3) === 0 ? 2 : rng.below(20) === 0 ? 1 : 0;
      batch.push(p);
    }
    ct.execute(batch, actionWords(pick(rng, ACTIONS)), 0, tracker.now);
    for (let i = 0; i < batch.count; i++) {
      const p = batch.packets[i];
      expect(p.ctState & CT_TRACKED).not.toBe(0);
      expect((p.ctState & CT_INVALID) !== 0).toBe(ct.lastReason[i] !== REASON_NONE);
      pool.free(p);
    }
    tracker.now += rng.below(400);
    ct.sweep(tracker.now);
  }
  expect(countConnections(ct, tracker.now)).toBe(tracker.entries().length);
  expect(ct.createdCount).toBe(ct.count + ct.outcomes.causes.reduce((sum, n) => sum + n, 0));
  expect(pool.live).toBe(ct.fragments.count);
  tracker.now += 100_000;
  ct.sweep(tracker.now);
  expect(pool.live).toBe(0);
});
