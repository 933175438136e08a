/** A flood of new stations through `normal`: only what depends on them is translated anew. */
import { expect, test } from 'vitest';
import { read } from '../../datapath/base/counters.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=10,in_port=1,actions=2
priority=1,actions=normal
`;
const FLOOD = 10_000;

const mac = (n: number): string => `02:00:00:00:${(n >> 8).toString(16)}:${(n & 255).toString(16)}`;
const newStation = (n: number): Uint8Array =>
  frame(`udp,dl_src=${mac(n)},dl_dst=ff:ff:ff:ff:ff:ff,nw_src=10.0.0.1,nw_dst=10.0.0.2`);
const between = (src: string, dst: string): Uint8Array =>
  frame(`udp,dl_src=${src},dl_dst=${dst},nw_src=10.0.0.1,nw_dst=10.0.0.2`);
const revalidated = (): number => read('rev_flow_revalidated') ?? 0;

test('flows that have not asked for them go on from the cache', () => {
  const sw = new VirtualSwitch(5, FLOWS);
  const [a, b, unknown] = ['00:00:00:00:00:0a', '00:00:00:00:00:0b', '00:00:00:00:00:0c'];
  const victims: [string, Uint8Array, string[]][] = [
    // A flow that asks nothing; one to a known station; one to an unknown one.
    ['p1', between(a, b), ['p2']],
    ['p4', between(b, a), ['p5']],
    ['p4', between(b, unknown), ['p1', 'p2', 'p3', 'p5']],
  ];
  sw.send('p5', between(a, 'ff:ff:ff:ff:ff:ff'));
  sw.takeSent();
  for (let round = 0; round < 3; round++)
    for (const [port, bytes, out] of victims) expect(sw.route(port, bytes)).toEqual(out);
  const [before, missesBefore] = [revalidated(), sw.datapath.stats.misses];
  for (let n = 0; n < FLOOD; n++) {
    sw.send('p3', newStation(n));
    if (n % 100 === 0) for (const [port, bytes] of victims) sw.send(port, bytes);
    sw.takeSent();
  }
  expect(sw.bridge.macTable.stats.evicted).toBeGreaterThan(0);
  expect(revalidated() - before).toBe(0);
  expect(sw.datapath.stats.misses - missesBefore).toBe(FLOOD);
  for (const [port, bytes, out] of victims) expect(sw.route(port, bytes)).toEqual(out);
  expect(revalidated() - before).toBe(0);

  // The station that was looked for in vain appears: that flow, and no other, is translated anew.
  sw.send('p5', between(unknown, 'ff:ff:ff:ff:ff:ff'));
  sw.takeSent();
  victims[2][2] = ['p5'];
  for (const [port, bytes, out] of victims) expect(sw.route(port, bytes)).toEqual(out);
  expect(revalidated() - before).toBe(1);
});

test('a station that goes to and fro costs one translation for each flow that is used in between', () => {
  const sw = new VirtualSwitch(3, 'actions=normal');
  const [a, b] = ['00:00:00:00:00:0a', '00:00:00:00:00:0b'];
  sw.send('p1', between(a, b));
  for (let n = 0; n < 100; n++) sw.send('p3', between(mac(n), a));
  const before = revalidated();
  // A move is seen by the packet that makes it; nobody sends to the station meanwhile.
  for (let n = 0; n < 1000; n++) sw.send(n % 2 === 0 ? 'p2' : 'p1', between(a, b));
  expect(revalidated() - before).toBeLessThanOrEqual(1000);
  sw.takeSent();
  const atRest = revalidated();
  for (let n = 0; n < 100; n++) expect(sw.route('p3', between(mac(n), a))).toEqual(['p1']);
  expect(revalidated() - atRest).toBe(100);
});
