/** A table that fills up is emptied sooner, and flows that a gone station has put out of date cost nothing while nobody uses them. */
import { expect, test } from 'vitest';
import { read } from '../../datapath/base/counters.js';
import { log } from '../../datapath/base/log.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = 'udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],2';
const LIMIT = 400;
const SWEEP_MS = 500;

const udp = (port: number): Uint8Array => frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=2`);

/** Of `count` flows one is used all the time; how many there are after so many ms. */
function leftOf(count: number, afterMs: number): number {
  const sw = new VirtualSwitch(2, FLOWS);
  sw.backer.flowSetup.revalidator.limit.most = LIMIT;
  for (let port = 1; port <= count; port++) sw.send('p1', udp(port));
  const { misses } = sw.datapath.stats;
  for (let ms = 0; ms < afterMs; ms += SWEEP_MS) {
    sw.advance(SWEEP_MS - 50);
    sw.send('p1', udp(1));
    sw.takeSent();
    sw.advance(50);
  }
  expect(sw.datapath.stats.misses).toBe(misses);
  return sw.datapath.flowCount;
}

// Each that leaves makes room for the others.
test.each([
  { flows: 300, ms: 9500, left: 300 },
  { flows: 300, ms: 10_000, left: 1 },
  { flows: 350, ms: 5000, left: 350 },
  { flows: 350, ms: 5500, left: 345 },
  { flows: 400, ms: 500, left: 395 },
  { flows: 400, ms: 5000, left: 350 },
  { flows: 400, ms: 10_000, left: 1 },
])('of 400 possible, $left of $flows flows are there after $ms ms', ({ flows, ms, left }) => {
  expect(leftOf(flows, ms)).toBe(left);
});

test('beyond the limit packets are forwarded, no flow is made, and it is said once', () => {
  const lines: string[] = [];
  log.setSink('file', ({ module, level, message }) => lines.push(`${module}|${level}|${message}`));
  const sw = new VirtualSwitch(2, FLOWS);
  sw.backer.flowSetup.revalidator.limit.most = 10;
  for (let port = 1; port <= 20; port++) expect(sw.route('p1', udp(port))).toEqual(['p2']);
  log.setSink('file', null);
  expect(sw.datapath.flowCount).toBe(10);
  const full = 'ofproto_dpif_upcall|warn|upcall: datapath reached the dynamic limit of 10 flows.';
  expect(lines.filter((line) => line === full)).toHaveLength(1);
});

test('flows of stations that have been forgotten leave with the next sweep, untranslated', () => {
  const sw = new VirtualSwitch(3, 'actions=normal');
  const from = (n: number): Uint8Array => frame(`udp,dl_src=02:00:00:00:00:${n.toString(16)},nw_src=10.0.0.1`);
  for (let n = 1; n <= 100; n++) sw.send('p1', from(n));
  sw.takeSent();
  expect(sw.datapath.flowCount).toBe(100);
  sw.bridge.macTable.flush();
  // One of them is used before the sweep comes: it teaches its station again.
  sw.advance(SWEEP_MS - 100);
  const before = read('rev_flow_revalidated') ?? 0;
  expect(sw.route('p1', from(7))).toEqual(['p2', 'p3']);
  for (let sweep = 0; sweep < 4; sweep++) sw.advance(SWEEP_MS);
  expect(sw.datapath.flowCount).toBe(1);
  expect((read('rev_flow_revalidated') ?? 0) - before).toBe(1);
});
