/**
 * Hostile frames into the ports of a whole switch, while its flows change and time passes: nothing throws, every
 * frame is accounted for, counters add up, connections are as many as are shown, and in the end nothing is held.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { countConnections } from '../helpers/count-connections.js';
import { HostileFrames, PIPELINE } from '../helpers/hostile-frames.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const seed = Number(process.env.SEED ?? 20261122);
/** 2000 make a million frames; as many as a test run has time for by default. */
const ROUNDS = Number(process.env.ROUNDS ?? 150);
const FRAMES = 500;

const CHANGES = [
  'table=3,priority=20,sctp,actions=p2',
  'table=3,priority=20,sctp,actions=drop',
  'table=2,priority=30,ct_state=+trk+rel,ip,actions=p1',
  'table=1,priority=30,ip,tcp,nw_ttl=1,actions=controller:64',
];

test(`hostileFrames_throughAWholeSwitch_doNoHarm (seed ${seed})`, { timeout: 600_000 }, () => {
  const rng = new SeededRng(seed);
  const frames = new HostileFrames(rng);
  const virtual = new VirtualSwitch(3, PIPELINE);
  const { datapath } = virtual;
  for (let round = 0; round < ROUNDS; round++) {
    const port = `p${1 + rng.below(3)}`;
    virtual.send(port, ...Array.from({ length: FRAMES }, () => frames.next()));
    virtual.takeSent();
    if (round % 20 === 0) virtual.addFlows(CHANGES[rng.below(CHANGES.length)]!);
    if (round % 10 === 0) virtual.advance(1 + rng.below(3000));
  }
  expect(datapath.stats.received).toBe(ROUNDS * FRAMES);
  expect(datapath.stats.inFlight).toBe(0);
  expect([...datapath.conntrack.dump({}, virtual.now)]).toHaveLength(countConnections(datapath.conntrack, virtual.now));
  // Days later nobody remembers anything.
  for (let i = 0; i < 20; i++) virtual.advance(12 * 3_600_000);
  expect(datapath.conntrack.count).toBe(0);
  expect([...datapath.flows()]).toEqual([]);
  expect(datapath.pool.live).toBe(0);
});
