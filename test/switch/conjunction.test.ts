/** Conjunctive matches in a whole switch, as ovs-fields(7) describes them. */
import { expect, test } from 'vitest';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const tcp = (src: string, dst: string, port: number): Uint8Array =>
  frame(`tcp,nw_src=${src},nw_dst=${dst},tp_src=1000,tp_dst=${port}`);

const SECURITY_GROUP = `
  priority=10,ip,nw_src=10.0.0.1,actions=conjunction(7,1/3)
  priority=10,ip,nw_src=10.0.1.0/24,actions=conjunction(7,1/3)
  priority=10,ip,nw_dst=10.0.9.1,actions=conjunction(7,2/3),conjunction(8,2/2)
  priority=10,ip,nw_dst=10.0.9.2,actions=conjunction(7,2/3)
  priority=10,tcp,tp_dst=80,actions=conjunction(7,3/3)
  priority=10,tcp,tp_dst=443,actions=note:01.02,conjunction(7,3/3)
  priority=10,ip,nw_src=10.0.2.1,actions=conjunction(8,1/2)
  cookie=7,priority=9,conj_id=7,ip,actions=2
  cookie=8,priority=9,conj_id=8,ip,actions=3
  priority=1,actions=4`;

test.each([
  ['10.0.0.1', '10.0.9.1', 80, 'p2'],
  ['10.0.1.77', '10.0.9.2', 443, 'p2'],
  ['10.0.1.77', '10.0.9.2', 22, 'p4'],
  ['10.0.1.77', '10.0.9.3', 80, 'p4'],
  ['10.0.5.1', '10.0.9.1', 80, 'p4'],
  ['10.0.2.1', '10.0.9.1', 22, 'p3'],
  ['10.0.2.1', '10.0.9.2', 22, 'p4'],
])('%s to %s port %i leaves by %s', (src, dst, port, out) => {
  const sw = new VirtualSwitch(4, SECURITY_GROUP);
  expect(sw.route('p1', tcp(src, dst, port))).toEqual([out]);
});

test('all of them through one switch, with what its caches have learned from the others', () => {
  const sw = new VirtualSwitch(4, SECURITY_GROUP);
  for (let round = 0; round < 2; round++) {
    expect(sw.route('p1', tcp('10.0.2.1', '10.0.9.2', 22))).toEqual(['p4']);
    expect(sw.route('p1', tcp('10.0.2.1', '10.0.9.1', 22))).toEqual(['p3']);
    expect(sw.route('p1', tcp('10.0.1.1', '10.0.9.1', 22))).toEqual(['p4']);
    expect(sw.route('p1', tcp('10.0.1.1', '10.0.9.1', 80))).toEqual(['p2']);
  }
  expect([sw.hits(7n), sw.hits(8n)]).toEqual([2, 2]);
});

test('without a flow for its id a conjunction has not matched; a changed flow is a clause no more', () => {
  const sw = new VirtualSwitch(
    3,
    'priority=5,ip,actions=conjunction(1,1/2)\npriority=5,tcp,actions=conjunction(1,2/2)',
  );
  const packet = tcp('10.0.0.1', '10.0.0.2', 80);
  expect(sw.route('p1', packet)).toEqual([]);
  sw.addFlows('conj_id=1,actions=2');
  expect(sw.route('p1', packet)).toEqual(['p2']);
  sw.addFlows('priority=5,tcp,actions=3');
  expect(sw.route('p1', packet)).toEqual(['p3']);
});
