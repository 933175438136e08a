/** Going through the tables: what is hit and missed, `normal`, groups, limits and other errors, coming back. */
import { describe, expect, test } from 'vitest';
import type { XlateError } from '../../../src/xlate/errors.js';
import { type Translation, translate } from '../../../src/xlate/translate.js';
import { keyOf, maskOf, NOW, PlainBridge, programOf, rulesOf, Translator } from './plain-bridge.js';

const IP = 'nw_src=10.0.0.1,nw_dst=10.0.0.2';
const TCP = `tcp,${IP},tp_src=1000,tp_dst=80`;

const run = (bridge: PlainBridge, packet = TCP): Translation => new Translator().run(bridge, packet);

describe('rules hit and tables missed', () => {
  test.each<[string, string, number[], number[]]>([
    [
      'the rule of highest priority',
      'cookie=1,actions=2\ncookie=2,priority=9,actions=2\ncookie=3,priority=65535,actions=2',
      [3],
      [],
    ],
    ['each once for each hit', 'cookie=1,actions=resubmit(,1),resubmit(,1)\ntable=1,cookie=2,actions=2', [1, 2, 2], []],
    ['goto_table goes on', 'cookie=1,actions=goto_table:3\ntable=3,cookie=3,actions=2', [1, 3], []],
    ['a resubmit in vain', 'cookie=1,actions=resubmit(,1),2', [1], [1]],
    ['nothing at all', 'udp,actions=2', [], [0]],
  ])('%s', (_, flows, rules, misses) => {
    const translation = run(new PlainBridge('br0', 3).add(flows));
    expect([rulesOf(translation), translation.misses.map(({ id }) => id)]).toEqual([rules, misses]);
  });

  test('a table that lets pass what it misses', () => {
    const bridge = new PlainBridge('br0', 3).add('table=2,cookie=2,actions=2');
    bridge.table(0).missConfig = bridge.table(1).missConfig = 'continue';
    const translation = run(bridge);
    expect([rulesOf(translation), translation.misses]).toEqual([[2], [bridge.table(0), bridge.table(1)]]);
  });

  test('a table that sends what it misses to the controller', () => {
    const bridge = new PlainBridge('br0', 3);
    bridge.table(0).missConfig = 'controller';
    expect(programOf(run(bridge))).toMatch(/controller\(reason=0,.*max_len=128/);
    bridge.setPort({ ofport: 1, noPacketIn: true });
    expect(programOf(run(bridge))).toBe('drop');
  });

  test('a port that receives nothing is not asked for', () => {
    const bridge = new PlainBridge('br0', 3).add('actions=2');
    bridge.setPort({ ofport: 1, noReceive: true });
    expect([programOf(run(bridge)), rulesOf(run(bridge))]).toEqual(['drop', []]);
  });
});

describe('normal', () => {
  const normal = (): PlainBridge => new PlainBridge('br0', 4).add('actions=normal');
  const known = (ofport: number, isStatic = false): PlainBridge => {
    const bridge = normal();
    if (isStatic) bridge.macTable.addStatic(0, 0, 2, ofport, NOW);
    else bridge.macTable.learn(0, 0, 2, ofport, NOW);
    return bridge;
  };

  test.each<[string, PlainBridge, string, string]>([
    ['an unknown destination: everywhere', normal(), TCP, '2,3,4'],
    ['a known one', known(3), TCP, '3'],
    ['one set by hand', known(3, true), TCP, '3'],
    ['one behind the port it came from', known(1), TCP, 'drop'],
    ['one behind a port that is gone', known(9), TCP, '2,3,4'],
    ['one that is known in another VLAN', known(3), `vlan_tci=0x1005,${TCP}`, '2,3,4'],
    ['a broadcast', known(3), `dl_dst=ff:ff:ff:ff:ff:ff,${TCP}`, '2,3,4'],
    ['a tag with a priority stays', known(3), `vlan_tci=0x3000,${TCP}`, '3'],
    ['an empty tag goes', known(3), `vlan_tci=0x1000,${TCP}`, 'pop_vlan,3'],
    ['a reserved address', normal(), `dl_dst=01:80:c2:00:00:02,${TCP}`, 'drop'],
    ['from a port that is not there', normal(), `in_port=9,${TCP}`, 'drop'],
  ])('%s', (_, bridge, packet, program) => {
    expect(programOf(run(bridge, packet))).toBe(program);
  });

  test('ports that do not flood, or do not forward', () => {
    const bridge = normal();
    bridge.setPort({ ofport: 2, noFlood: true });
    bridge.setPort({ ofport: 3, noForward: true });
    expect(programOf(run(bridge))).toBe('4');
  });

  test.each<[string, string, object[]]>([
    ['the source is learned', TCP, [{ vlan: 0, macHi: 0, macLo: 1, bundle: 1 }]],
    ['in its VLAN', `vlan_tci=0x1005,${TCP}`, [{ vlan: 5, macHi: 0, macLo: 1, bundle: 1 }]],
    ['not a group address', `dl_src=01:00:00:00:00:01,${TCP}`, []],
  ])('%s', (_, packet, stations) => {
    const bridge = normal();
    expect(run(bridge, packet).effects).toEqual(stations.map((station) => ({ type: 'mac-learn', bridge, ...station })));
  });

  test('the result rests on what was asked, and on nothing where the packet itself says it', () => {
    const { dependencies } = run(known(3));
    expect(dependencies).toMatchObject([{ scope: 0, key: 2, answer: 3 }]);
    expect(run(normal(), `dl_dst=00:00:00:00:00:01,${TCP}`).dependencies).toEqual([]);
  });
});

describe('groups', () => {
  const bridge = (groups: string, flow = 'actions=group:1'): PlainBridge =>
    new PlainBridge('br0', 4).add(`${groups}\n${flow}`);
  const ff = 'group_id=1,type=ff,bucket=watch_port:2,2,bucket=watch_port:3,3';

  test.each<[string, PlainBridge, string, (number | null)[]]>([
    ['all', bridge('group_id=1,type=all,bucket=2,bucket=3'), '2,3', [null]],
    ['indirect', bridge('group_id=1,type=indirect,bucket=2'), '2', [null]],
    ['the first that is live', bridge(ff), '2', [0]],
    [
      'a group in a group',
      bridge('group_id=2,type=indirect,bucket=3\ngroup_id=1,type=all,bucket=2,bucket=group:2'),
      '2,3',
      [null, null],
    ],
    [
      'behind it the packet is as before',
      bridge('group_id=1,type=all,bucket=mod_dl_src:00:00:00:00:00:09,2', 'actions=group:1,3'),
      'set(eth(src=00:00:00:00:00:09)),2,set(eth(src=00:00:00:00:00:01)),3',
      [null],
    ],
    [
      'with the tracker it gets a copy',
      bridge('group_id=1,type=all,bucket=ct(commit)', 'ip,actions=group:1,3'),
      'clone(ct(commit)),3',
      [null],
    ],
    [
      'select asks for a hash first',
      bridge('group_id=1,type=select,bucket=2,bucket=3'),
      'hash(sym_l4(0)),recirc(0x1)',
      [],
    ],
    ['select by a field', bridge('group_id=1,type=select,selection_method=hash,fields(ip_src),bucket=2'), '2', [0]],
  ])('%s', (_, bridge, program, buckets) => {
    const translation = run(bridge);
    expect(programOf(translation)).toBe(program);
    const used = translation.buckets.map(({ group, bucket }) =>
      bucket === null ? null : group.buckets.indexOf(bucket),
    );
    expect(used).toEqual(buckets);
  });

  test('failover', () => {
    const failing = bridge(ff);
    failing.down.add(2);
    expect(programOf(run(failing))).toBe('3');
    failing.down.add(3);
    expect([programOf(run(failing)), run(failing).buckets]).toEqual(['drop', []]);
  });

  test('a packet that has come back with its hash is shared out by a few bits of it', () => {
    const shared = bridge('group_id=1,type=select,bucket=2,bucket=3');
    const translator = new Translator();
    const [id] = translator.run(shared, TCP).recircIds;
    const packet = (hash: number): string => `${TCP},dp_hash=${hash},recirc_id=${id}`;
    const second = (hash: number): Translation =>
      translator.run(shared, packet(hash), { frozen: translator.frozen(id) });
    expect(new Set(Array.from({ length: 16 }, (_, hash) => programOf(second(hash))))).toEqual(new Set(['2', '3']));
    expect(programOf(second(0x10))).toBe(programOf(second(0)));
    expect(maskOf(packet(5), second(5))).toMatch(/dp_hash\(0x5\/0xf\)/);
  });
});

describe('fragments', () => {
  const FLOWS = 'priority=9,tcp,tp_dst=80,actions=2\npriority=1,actions=3';
  const FRAGMENT = `${TCP},ip_frag=first`;
  test.each([
    ['a whole packet', 0, TCP, '2'],
    ['normal: matched without ports', 0, FRAGMENT, '3'],
    ['drop', 1, FRAGMENT, 'drop'],
    ['nx-match: the first one has ports', 3, FRAGMENT, '2'],
  ])('%s', (_, mode, packet, program) => {
    const bridge = new PlainBridge('br0', 3).add(FLOWS);
    bridge.fragments = mode;
    expect(programOf(run(bridge, packet))).toBe(program);
  });
});

describe('what is given up', () => {
  const many = (n: number, action: string): string => Array(n).fill(action).join(',');
  const chain = Array.from({ length: 16 }, (_, i) => `table=${i + 1},actions=${many(2, `resubmit(,${i + 2})`)}`).join(
    '\n',
  );
  test.each<[XlateError, string, string]>([
    ['too-deep', 'actions=2,resubmit(,0)', TCP],
    ['too-many-resubmits', `actions=2,resubmit(,1)\n${chain}`, TCP],
    ['stack-too-deep', `actions=2,${many(65, 'push:NXM_NX_REG0[]')}`, TCP],
    ['program-too-big', `actions=${many(100, 'resubmit(,1)')}\ntable=1,actions=${many(300, '2')}`, TCP],
    ['too-many-labels', `ip,actions=2,${many(4, 'push_mpls:0x8847')}`, TCP],
  ])('%s: nothing is done', (error, flows, packet) => {
    const translator = new Translator();
    const translation = translator.run(new PlainBridge('br0', 3).add(flows), packet);
    expect({ ...translation, rules: [] }).toMatchObject({ error, recircIds: [] });
    expect([programOf(translation), translator.recirculation.size]).toEqual(['drop', 0]);
  });

  test('references that were taken before are given back', () => {
    const translator = new Translator();
    const bridge = new PlainBridge('br0', 3).add('ip,actions=ct(table=1),resubmit(,0)');
    expect([translator.run(bridge, TCP).error, translator.recirculation.size]).toEqual(['too-deep', 0]);
  });
});

describe('coming back', () => {
  const bridge = new PlainBridge('br0', 3).add(`
    table=0,ip,actions=load:7->NXM_NX_REG3[],push:NXM_NX_REG3[],ct(table=4)
    table=4,cookie=4,ct_state=+new,reg3=7,actions=pop:NXM_NX_REG5[0..15],output:NXM_NX_REG5[0..15],2
    table=4,cookie=5,ct_state=+est,actions=3`);
  const translator = new Translator();
  const first = translator.run(bridge, TCP);
  const [id] = first.recircIds;

  test('registers, stack and table are where they were', () => {
    expect(translator.frozen(id)).toMatchObject({ bridge, table: 4, inPort: 1, stack: [7n], conntracked: true });
    const second = translator.run(bridge, `${TCP},ct_state=trk|new,recirc_id=${id}`, { frozen: translator.frozen(id) });
    expect([rulesOf(second), programOf(second)]).toEqual([[4], '2']);
    expect(maskOf(TCP, second)).toMatch(/ct_state\(.*new/);
  });

  // As Open vSwitch 3.1 has it, the mask too: the recirculation id says it all.
  test('tunnel metadata that was written is there again, and looked at by the id alone', () => {
    const tunnels = new PlainBridge('br0', 2).add(`
      table=0,ip,actions=set_field:5->tun_id,set_field:10.0.0.9->tun_dst,ct(table=1)
      table=1,cookie=1,tun_id=5,tun_dst=10.0.0.9,actions=2`);
    const [back] = translator.run(tunnels, TCP).recircIds;
    const second = translator.run(tunnels, `${TCP},recirc_id=${back}`, { frozen: translator.frozen(back) });
    expect([rulesOf(second), programOf(second)]).toEqual([[1], '2']);
    expect(maskOf(TCP, second)).not.toContain('tun');
    expect(translator.frozen(id).tunnel).toBeUndefined();
  });

  test('what the tracker says is believed then only', () => {
    const other = translator.run(bridge, `${TCP},ct_state=trk|est`);
    expect(programOf(other)).toBe(programOf(first));
    const resumed = translator.run(bridge, `${TCP},ct_state=trk|est`, { frozen: translator.frozen(id) });
    expect([rulesOf(resumed), programOf(resumed)]).toEqual([[5], '3']);
  });

  test('the same state has the same id, with a reference for each who has asked', () => {
    const again = translator.run(bridge, TCP);
    expect(again.recircIds).toEqual([id]);
    expect(again.program).toEqual(first.program);
    translator.recirculation.release(id);
    expect(translator.recirculation.get(id)).not.toBeNull();
  });
});

test('a packet-out runs its own actions, with registers that come along', () => {
  const bridge = new PlainBridge('br0', 3).add('cookie=3,actions=3');
  const key = keyOf(TCP);
  const { recirculation } = new Translator();
  const actions = [{ type: 'output', port: 2 }] as const;
  const out = translate({ bridge, recirculation, key, at: 0, frozen: null, now: NOW, actions });
  expect([programOf(out), rulesOf(out), key]).toEqual(['2', [], keyOf(TCP)]);
});
