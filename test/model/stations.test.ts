/**
 * `normal` from the caches against `normal` anew for each packet, while stations move, age, are flushed, evicted, set by hand: whatever a
 * cached flow has asked the MAC table, its next packet goes where it would go without a cache, and teaches what it would teach.
 */
import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const RUNS = 18;
const STEPS = 150;
const SEED = Number(process.env.STATIONS_SEED ?? 1);

const PORTS = 4;
const STATIONS = 6;
const PROGRAMS = [
  'actions=normal',
  // Two lookups by one packet, the second of what the first has taught, or of somebody else.
  'actions=normal,mod_dl_dst:00:00:00:00:00:01,mod_dl_src:00:00:00:00:00:02,normal',
  'actions=normal,move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:00:00:00:00:00:03,normal',
  // One station taught behind two ports.
  'table=0,actions=normal,resubmit(2,1)\ntable=1,actions=normal',
  // Not all traffic asks.
  'priority=5,in_port=1,dl_dst=00:00:00:00:00:02,actions=3\nactions=normal',
  // The second half of the pipeline asks.
  'table=0,ip,actions=ct(table=1)\ntable=0,actions=normal\ntable=1,actions=normal',
];

type Change = (sw: VirtualSwitch, station: number, port: number) => void;
const CHANGES: Record<string, Change> = {
  remove: (sw, station) => void sw.bridge.macTable.remove(0, 0, station),
  flush: (sw) => sw.bridge.macTable.flush(),
  static: (sw, station, port) => sw.bridge.macTable.addStatic(0, 0, station, port, sw.now),
  moment: (sw) => sw.advance(300),
  aging: (sw) => sw.advance(sw.bridge.macTable.agingMs),
  'half of aging': (sw) => sw.advance(sw.bridge.macTable.agingMs / 2),
  noFlood: (sw, _station, port) => sw.addFlows(`priority=9,dl_type=0x${port}999,actions=drop`),
};

/** What the table knows, without the times. */
const stations = (sw: VirtualSwitch): string[] =>
  [...sw.bridge.macTable].map((e) => `${e.vlan} ${e.macLo} ${e.bundle} ${e.isStatic}`).sort();

describe('learned stations and cached flows', () => {
  test.each(Array.from({ length: RUNS }, (_, i) => SEED * 1000 + i))('run %i', (seed) => {
    const rng = new SeededRng(seed);
    const program = PROGRAMS[seed % PROGRAMS.length];
    const cached = new VirtualSwitch(PORTS, program);
    const fresh = new VirtualSwitch(PORTS, program);
    const maxEntries = rng.below(2) === 0 ? 8192 : 4;
    for (const sw of [cached, fresh]) Object.assign(sw.bridge.macTable, { maxEntries, agingMs: 5000 });
    const names = Object.keys(CHANGES);
    for (let step = 0; step < STEPS; step++) {
      if (rng.below(8) === 0) {
        const name = names[rng.below(names.length)];
        const [station, port] = [1 + rng.below(STATIONS), 1 + rng.below(PORTS)];
        for (const sw of [cached, fresh]) CHANGES[name](sw, station, port);
      }
      const src = 1 + rng.below(STATIONS);
      // Mostly where it belongs.
      const port = `p${rng.below(10) === 0 ? 1 + rng.below(PORTS) : 1 + (src % PORTS)}`;
      const tag = rng.below(6) === 0 ? ',dl_vlan=5' : '';
      const dst = rng.below(8) === 0 ? 'ff:ff:ff:ff:ff:ff' : `00:00:00:00:00:0${1 + rng.below(STATIONS)}`;
      const bytes = frame(`udp,dl_src=00:00:00:00:00:0${src},dl_dst=${dst}${tag},nw_src=10.0.0.1,nw_dst=10.0.0.2`);
      fresh.backer.flowSetup.revalidator.purge();
      for (const sw of [cached, fresh]) {
        sw.send(port, bytes);
        // So that what is known of the times is the same.
        sw.bridge.pushStats();
      }
      expect({ step, sent: cached.takeSent() }).toEqual({ step, sent: fresh.takeSent() });
      expect({ step, known: stations(cached) }).toEqual({ step, known: stations(fresh) });
    }
    expect(cached.datapath.stats.misses).toBeLessThan(fresh.datapath.stats.misses);
    // Nobody waits for answers any more once the flows are gone.
    cached.backer.flowSetup.revalidator.purge();
    expect(cached.bridge.macTable.dependents.keyCount).toBe(0);
  });
});
