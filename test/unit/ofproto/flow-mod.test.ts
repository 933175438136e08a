/** What each flow-mod leaves in the tables, as the real Open vSwitch 3.1 did for the same commands. */
import { describe, expect, test } from 'vitest';
import { applyFlowMods } from '../../../src/ofproto/flow-mod.js';
import type { OfVersion } from '../../../src/openflow/message-types.js';
import type { FlowCommand } from '../../../src/text/flow.js';
import { FlowTable, flowMod } from './flow-table.js';

type Step = [command: FlowCommand, text: string, version?: OfVersion];

/** Applies all steps; every one must be accepted. */
function flowsAfter(...steps: Step[]): FlowTable {
  const flows = new FlowTable();
  for (const [command, text, version] of steps) expect(flows.flowMod(command, text, version)).toBeNull();
  return flows;
}

/** Cookies of the rules that are left. */
const cookies = (flows: FlowTable): number[] =>
  flows
    .rules()
    .map((rule) => Number(rule.cookie))
    .sort();

describe('add', () => {
  test('the same match and priority replaces, others do not', () => {
    const flows = flowsAfter(
      ['add', 'cookie=1,priority=5,ip,actions=1'],
      ['add', 'cookie=2,priority=5,ip,actions=2'],
      ['add', 'cookie=3,priority=6,ip,actions=3'],
      ['add', 'cookie=4,priority=5,ip,nw_src=10.0.0.0/8,actions=4'],
      ['add', 'cookie=5,table=1,priority=5,ip,actions=5'],
    );
    expect(cookies(flows)).toEqual([2, 3, 4, 5]);
  });

  test('replacing keeps the counters since OpenFlow 1.2, and all else is new', () => {
    const flows = flowsAfter(['add', 'cookie=1,idle_timeout=10,ip,actions=1']);
    flows.rule().addStats(3, 300, 500);
    flows.clock.advance(1000);
    expect(flows.flowMod('add', 'cookie=2,importance=7,ip,actions=2')).toBeNull();
    const rule = flows.rule();
    expect([rule.packets, rule.bytes, rule.cookie, rule.idleTimeout, rule.importance]).toEqual([3, 300, 2n, 0, 7]);
    expect([rule.createdMs, rule.usedMs]).toEqual([1000, 500]);
  });

  test.each<[string, OfVersion]>([
    ['ip,actions=2', 1],
    ['ip,actions=2', 2],
    ['reset_counts,ip,actions=2', 4],
  ])('replacing resets the counters: %s in version %i', (text, version) => {
    const flows = flowsAfter(['add', 'ip,actions=1']);
    flows.below.onPush = () => flows.rule().addStats(5, 500, 100);
    flows.clock.advance(1000);
    expect(flows.flowMod('add', text, version)).toBeNull();
    expect(flows.below.pushes).toBe(1); // what was counted below until now must not come later
    expect([flows.rule().packets, flows.rule().usedMs, flows.rule().flags.resetCounts]).toEqual([0, 1000, true]);
  });

  test('a rule that is replaced stays the same object', () => {
    const flows = flowsAfter(['add', 'ip,actions=1']);
    const rule = flows.rule();
    flows.flowMod('add', 'ip,actions=2');
    expect(flows.rule()).toBe(rule);
    expect(rule.removed).toBe(false);
  });

  test('table 255 is the first', () => {
    expect(flowsAfter(['add', 'table=255,tcp,actions=1']).rule().table).toBe(0);
  });

  test.each<[string, string, string | null]>([
    ['ip,actions=1', 'check_overlap,ip,nw_src=1.1.1.1,actions=1', 'OFPFMFC_OVERLAP'],
    ['ip,nw_src=1.1.1.1,actions=1', 'check_overlap,tcp,nw_dst=2.2.2.2,actions=1', 'OFPFMFC_OVERLAP'],
    ['ip,actions=1', 'check_overlap,priority=3,ip,nw_src=1.1.1.1,actions=1', null],
    ['ip,nw_src=1.1.1.1,actions=1', 'check_overlap,ip,nw_src=1.1.1.2,actions=1', null],
    ['ip,actions=1', 'check_overlap,ip,actions=2', null],
    ['table=1,ip,actions=1', 'check_overlap,tcp,actions=2', null],
  ])('%s, then %s: %s', (first, second, error) => {
    expect(flowsAfter(['add', first]).flowMod('add', second)).toBe(error);
  });
});

describe('modify', () => {
  const FLOWS: Step[] = [
    ['add', 'cookie=1,priority=1,ip,actions=1'],
    ['add', 'cookie=2,priority=2,tcp,actions=1'],
    ['add', 'cookie=3,priority=3,table=2,tcp,tp_dst=80,actions=1'],
    ['add', 'cookie=4,priority=4,arp,actions=1'],
  ];

  test('loose: all at least as specific, in all tables, whatever the priority', () => {
    const flows = flowsAfter(...FLOWS, ['modify', 'tcp,actions=9']);
    expect(flows.dump()).toEqual([
      'cookie=0x1, table=0, n_packets=0, n_bytes=0, priority=1,ip actions=output:1',
      'cookie=0x2, table=0, n_packets=0, n_bytes=0, priority=2,tcp actions=output:9',
      'cookie=0x3, table=2, n_packets=0, n_bytes=0, priority=3,tcp,tp_dst=80 actions=output:9',
      'cookie=0x4, table=0, n_packets=0, n_bytes=0, priority=4,arp actions=output:1',
    ]);
  });

  test('strict: only the match with the priority', () => {
    const flows = flowsAfter(
      ...FLOWS,
      ['modify_strict', 'priority=2,tcp,actions=9'],
      ['modify_strict', 'priority=3,arp,actions=9'],
    );
    expect(flows.rules().filter((rule) => JSON.stringify(rule.actions).includes('"port":9'))).toHaveLength(1);
  });

  test('keeps counters, timeouts, flags and the time of creation', () => {
    const flows = flowsAfter(['add', 'cookie=1,idle_timeout=60,send_flow_rem,importance=3,ip,actions=1']);
    flows.rule().addStats(3, 300, 200);
    flows.clock.advance(1000);
    flows.flowMod('modify', 'idle_timeout=5,ip,actions=2');
    const rule = flows.rule();
    expect([rule.packets, rule.idleTimeout, rule.importance, rule.flags.sendFlowRem, rule.cookie]).toEqual([
      3,
      60,
      3,
      true,
      1n,
    ]);
    expect([rule.createdMs, rule.modifiedMs, rule.usedMs]).toEqual([0, 1000, 200]);
  });

  test.each<[string, OfVersion, number[]]>([
    ['arp,actions=2', 1, [0]],
    ['cookie=7,arp,actions=2', 1, [7]],
    ['cookie=7,arp,actions=2', 2, [7]],
    ['cookie=7,arp,actions=2', 3, []],
    ['arp,actions=2', 4, []],
  ])('of nothing: %s in version %i leaves cookies %j', (text, version, left) => {
    expect(cookies(flowsAfter(['modify', text, version]))).toEqual(left);
    expect(cookies(flowsAfter(['modify_strict', text, version]))).toEqual(left);
  });

  test.each<[string, OfVersion, number[]]>([
    ['cookie=5,ip,actions=2', 1, [5]],
    ['ip,actions=2', 1, [0]],
    ['cookie=9,ip,actions=2', 4, [1]],
  ])('cookie: %s in version %i leaves %j', (text, version, left) => {
    expect(cookies(flowsAfter(['add', 'cookie=1,ip,actions=1'], ['modify', text, version]))).toEqual(left);
  });

  test('by cookie, and to another cookie', () => {
    const flows = flowsAfter(['add', 'cookie=1,ip,actions=1'], ['add', 'cookie=2,tcp,actions=1']);
    const mod = {
      ...flowMod('modify', 'ip,actions=3'),
      cookie: 1n,
      cookieMask: 0xffn,
      newCookie: 6n,
      modifyCookie: true,
    };
    expect(applyFlowMods(flows.ofproto, [mod], 1, 0)).toBeNull();
    expect(cookies(flows)).toEqual([2, 6]);
  });
});

describe('delete', () => {
  const FLOWS: Step[] = [
    ['add', 'cookie=0x11,priority=1,ip,actions=1'],
    ['add', 'cookie=0x12,priority=2,tcp,actions=output:2'],
    ['add', 'cookie=0x23,priority=3,table=2,tcp,tp_dst=80,actions=ct(commit),controller'],
    ['add', 'cookie=0x24,priority=4,arp,actions=LOCAL'],
    ['add', 'cookie=0x25,priority=5,udp,actions=enqueue:2:1'],
  ];

  test.each<[FlowCommand, string, number[]]>([
    ['delete', '', []],
    ['delete', 'ip', [0x24]],
    ['delete', 'tcp', [0x11, 0x24, 0x25]],
    ['delete', 'table=0', [0x23]],
    ['delete', 'table=2,ip', [0x11, 0x12, 0x24, 0x25]],
    ['delete', 'table=3', [0x11, 0x12, 0x23, 0x24, 0x25]],
    ['delete', 'cookie=0x20/0xf0', [0x11, 0x12]],
    ['delete', 'cookie=0x24/-1', [0x11, 0x12, 0x23, 0x25]],
    ['delete', 'out_port=2', [0x11, 0x23, 0x24]],
    ['delete', 'out_port=LOCAL', [0x11, 0x12, 0x23, 0x25]],
    ['delete', 'out_port=CONTROLLER', [0x11, 0x12, 0x24, 0x25]],
    ['delete', 'out_port=7', [0x11, 0x12, 0x23, 0x24, 0x25]],
    ['delete_strict', 'priority=2,tcp', [0x11, 0x23, 0x24, 0x25]],
    ['delete_strict', 'priority=3,tcp', [0x11, 0x12, 0x23, 0x24, 0x25]],
    ['delete_strict', 'priority=4,arp', [0x11, 0x12, 0x23, 0x25]],
    ['delete_strict', 'cookie=1/-1,priority=4,arp', [0x11, 0x12, 0x23, 0x24, 0x25]],
  ])('%s %s leaves %j', (command, text, left) => {
    expect(cookies(flowsAfter(...FLOWS, [command, text]))).toEqual(left);
  });

  test('tells controllers of flows that asked for it, with exact counters', () => {
    const flows = flowsAfter(['add', 'cookie=1,send_flow_rem,ip,actions=1'], ['add', 'cookie=2,arp,actions=1']);
    const peer = flows.connect(4);
    flows.below.onPush = () => {
      for (const rule of flows.rules()) rule.addStats(4, 400, 100);
    };
    flows.clock.advance(2500);
    flows.flowMod('delete', '');
    expect(peer.pushed).toHaveLength(1);
    expect(peer.pushed[0]).toMatchObject({
      name: 'flow_removed',
      body: { reason: 2, cookie: 1n, packets: 4n, bytes: 400n, durationSec: 2, durationNsec: 500_000_000 },
    });
  });
});

describe('all or none', () => {
  test('a refused one undoes those before it, and nobody hears of them', () => {
    const flows = flowsAfter(
      ['add', 'cookie=1,idle_timeout=10,send_flow_rem,ip,actions=1'],
      ['add', 'cookie=2,send_flow_rem,arp,actions=1'],
    );
    const peer = flows.connect(4);
    for (const rule of flows.rules()) rule.addStats(7, 70, 1);
    const before = flows.dump();
    const generation = flows.ofproto.generation;
    const mods = [
      flowMod('add', 'cookie=3,udp,actions=1'),
      flowMod('add', 'reset_counts,cookie=9,ip,actions=7'),
      flowMod('modify', 'arp,actions=7'),
      flowMod('delete', 'arp'),
      flowMod('add', 'check_overlap,tcp,actions=7'),
    ];
    expect(applyFlowMods(flows.ofproto, mods, 4, 5000)).toEqual({ index: 4, error: 'OFPFMFC_OVERLAP' });
    expect(flows.dump()).toEqual(before);
    expect(flows.ofproto.tables[0]!.expiring.size).toBe(1);
    expect(flows.rules().every((rule) => !rule.removed)).toBe(true);
    expect([peer.pushed, flows.ofproto.generation]).toEqual([[], generation]);
  });

  test('tables that were emptied are filled again', () => {
    const flows = flowsAfter(
      ['add', 'cookie=1,idle_timeout=10,ip,actions=1'],
      ['add', 'cookie=2,priority=7,arp,actions=1'],
      ['add', 'cookie=3,table=4,conj_id=5,ip,actions=1'],
      ['add', 'cookie=4,table=4,tcp,actions=conjunction(5,1/2)'],
    );
    const before = flows.dump();
    const mods = [flowMod('delete', ''), flowMod('add', 'ip,actions=2'), flowMod('add', 'check_overlap,tcp,actions=7')];
    expect(applyFlowMods(flows.ofproto, mods, 4, 5000)).toEqual({ index: 2, error: 'OFPFMFC_OVERLAP' });
    expect([flows.dump(), flows.ofproto.ruleCount]).toEqual([before, 4]);
    expect(flows.ofproto.tables[0]!.expiring.size).toBe(1);
    for (const table of flows.ofproto.tables) table.selfCheck();

    expect(flows.flowMod('delete', '')).toBeNull();
    expect([flows.dump(), flows.ofproto.ruleCount]).toEqual([[], 0]);
    expect(flows.ofproto.tables[0]!.expiring.size).toBe(0);
  });

  test('each sees what those before it did', () => {
    const flows = flowsAfter(['add', 'cookie=1,ip,actions=1']);
    const mods = [flowMod('delete', ''), flowMod('add', 'cookie=2,ip,actions=1'), flowMod('modify', 'ip,actions=5')];
    expect(applyFlowMods(flows.ofproto, mods, 4, 0)).toBeNull();
    expect(flows.dump()).toEqual(['cookie=0x2, table=0, n_packets=0, n_bytes=0, ip actions=output:5']);
  });

  test('a flow deleted and added again is not reported as removed twice over', () => {
    const flows = flowsAfter(['add', 'cookie=1,send_flow_rem,ip,actions=1']);
    const peer = flows.connect(4);
    applyFlowMods(
      flows.ofproto,
      [flowMod('delete', ''), flowMod('add', 'send_flow_rem,ip,actions=1'), flowMod('delete', '')],
      4,
      0,
    );
    expect(peer.pushed).toHaveLength(2);
    expect(flows.rules()).toEqual([]);
  });
});
