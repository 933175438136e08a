/** A translation that goes from one bridge into another by a port that leads there: whose rules, misses, stations and states are whose. */
import { describe, expect, test } from 'vitest';
import { addStatistics } from '../../../src/flow-setup/statistics.js';
import { applyEffects } from '../../../src/xlate/effects.js';
import { NOW, PlainBridge, programOf, rulesOf, Translator } from './plain-bridge.js';

const PACKET = 'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=80';

/** br0 has the datapath's ports 1 and 2, br1 has 11 and 12; their ports 9 are the ends of a patch. */
function bridges(flows0: string, flows1: string): { br0: PlainBridge; br1: PlainBridge } {
  const [br0, br1] = [new PlainBridge('br0', 2), new PlainBridge('br1', 2, 10)];
  br0.setPort({ ofport: 9, peer: { bridge: br1, ofport: 9 } });
  br1.setPort({ ofport: 9, peer: { bridge: br0, ofport: 9 } });
  br0.add(flows0);
  br1.add(flows1);
  return { br0, br1 };
}

test('statistics are those of the bridge that has the rule, the table, the group', () => {
  const { br0, br1 } = bridges(
    'cookie=1,actions=9,2',
    `group_id=1,type=all,bucket=output:1
     cookie=2,in_port=9,actions=group:1,resubmit(,5)`,
  );
  const translation = new Translator().run(br0, PACKET);
  expect([programOf(translation), rulesOf(translation)]).toEqual(['11,2', [1, 2]]);
  addStatistics(translation, 3, 300, NOW);
  const counts = [br0, br1].map(({ ofproto }) => ({
    rules: ofproto.tables.flatMap((table) => [...table].map(({ packets }) => packets)),
    tables: [0, 5].map((id) => [ofproto.tables[id].lookups, ofproto.tables[id].matches]),
    group: ofproto.groups.get(1)?.packets ?? null,
  }));
  expect(counts[0]).toEqual({
    rules: [3],
    tables: [
      [3, 3],
      [0, 0],
    ],
    group: null,
  });
  expect(counts[1]).toEqual({
    rules: [3],
    tables: [
      [3, 3],
      [3, 0],
    ],
    group: 3,
  });
});

test('stations are learned where they are seen, and asked for there', () => {
  const { br0, br1 } = bridges('actions=normal', 'actions=normal');
  const first = new Translator().run(br0, PACKET);
  expect(programOf(first)).toBe('2,11,12');
  applyEffects(first.effects, NOW);
  const known = [br0, br1].map(({ macTable }) => [...macTable].map(({ macLo, bundle }) => [macLo, bundle]));
  expect(known).toEqual([[[1, 1]], [[1, 9]]]);
  const back = 'tcp,dl_src=00:00:00:00:00:02,dl_dst=00:00:00:00:00:01,nw_src=10.0.0.2,nw_dst=10.0.0.1';
  const answer = new Translator().run(br1, back);
  expect(programOf(answer)).toBe('1');
  expect(new Set(answer.dependencies.map(({ on }) => on))).toEqual(
    new Set([br0.macTable.dependents, br1.macTable.dependents]),
  );
});

test('the packet is for the first bridge what it was before', () => {
  const { br0 } = bridges(
    'in_port=1,ip,actions=load:7->NXM_NX_REG1[],mod_nw_tos:8,9,resubmit(,1)\ntable=1,reg1=7,actions=2',
    'reg1=0,in_port=9,ip,actions=load:9->NXM_NX_REG1[],mod_nw_tos:16,1',
  );
  expect(programOf(new Translator().run(br0, PACKET))).toBe('set(ipv4(tos=0x10/0xfc)),11,set(ipv4(tos=0x8/0xfc)),2');
});

describe('what ends there', () => {
  test.each<[string, string, string, string]>([
    ['exit ends the other bridge only', 'actions=9,2', 'actions=1,exit,2', '11,2'],
    [
      'each has an action set of its own',
      'actions=9,write_actions(output:2)',
      'actions=write_actions(output:1)',
      '11,2',
    ],
    ['the tracker gets a copy', 'actions=9,2', 'ip,actions=ct(commit),1', 'clone(ct(commit),11),2'],
  ])('%s', (_, flows0, flows1, program) => {
    const { br0 } = bridges(flows0, flows1);
    expect(programOf(new Translator().run(br0, PACKET))).toBe(program);
  });

  test('a circle', () => {
    const { br0 } = bridges('in_port=1,actions=2,9\nin_port=9,actions=in_port', 'actions=in_port');
    const { error, program, effects } = new Translator().run(br0, PACKET);
    expect([error, program.length, effects]).toEqual(['too-deep', 0, []]);
  });

  test('a port that receives nothing lets nothing through', () => {
    const { br0, br1 } = bridges('actions=9,2', 'actions=1');
    br1.setPort({ ofport: 9, noReceive: true });
    expect(programOf(new Translator().run(br0, PACKET))).toBe('2');
  });
});

describe('what comes back, comes back there', () => {
  test.each([
    ['from the tracker', PACKET, 'actions=9', 'table=0,ip,actions=ct(table=1)\ntable=1,cookie=5,actions=1', 1],
    [
      'from under a label',
      'mpls,mpls_label=5,mpls_bos=1',
      'mpls,actions=pop_mpls:0x0800,9',
      'cookie=5,ip,actions=1',
      0,
    ],
  ])('%s', (_, packet, flows0, flows1, table) => {
    const { br0, br1 } = bridges(flows0, flows1);
    const translator = new Translator();
    const { recircIds } = translator.run(br0, packet);
    expect(recircIds).toHaveLength(1);
    const frozen = translator.frozen(recircIds[0]);
    expect(frozen).toMatchObject({ table, inPort: 9 });
    expect(frozen.bridge).toBe(br1);
    const second = translator.run(frozen.bridge, PACKET, { frozen });
    expect([programOf(second), rulesOf(second)]).toEqual(['11', [5]]);
  });
});
