import { describe, expect, test } from 'vitest';
import { FlowTable } from './flow-table.js';

/** All steps that are due; milliseconds until the next. */
function expireAll({ ofproto, clock }: FlowTable): number {
  for (;;) {
    const wait = ofproto.expire(clock.now());
    if (wait > 0) return wait;
  }
}

/** Seconds after which the only flow is gone, and the reason it was given; null if it outlives `limit`. */
function lifetime(flows: FlowTable, limit = 40): { seconds: number; reason: number } | null {
  const peer = flows.connect(4);
  for (let seconds = 1; seconds <= limit; seconds++) {
    flows.clock.advance(1000);
    expect(expireAll(flows)).toBeLessThanOrEqual(1000);
    if (flows.rules().length === 0) return { seconds, reason: (peer.pushed[0]!.body as { reason: number }).reason };
  }
  return null;
}

const IDLE = 0;
const HARD = 1;

describe('timeouts', () => {
  test.each([
    ['send_flow_rem,actions=1', null],
    ['send_flow_rem,idle_timeout=5,actions=1', { seconds: 5, reason: IDLE }],
    ['send_flow_rem,hard_timeout=7,actions=1', { seconds: 7, reason: HARD }],
    ['send_flow_rem,idle_timeout=9,hard_timeout=7,actions=1', { seconds: 7, reason: HARD }],
    ['send_flow_rem,idle_timeout=7,hard_timeout=7,actions=1', { seconds: 7, reason: HARD }],
  ])('%s', (text, expected) => {
    const flows = new FlowTable();
    flows.flowMod('add', text);
    expect(lifetime(flows)).toEqual(expected);
  });

  test('packets that the datapath has counted keep a flow alive', () => {
    const flows = new FlowTable();
    flows.flowMod('add', 'send_flow_rem,idle_timeout=5,actions=1');
    flows.below.onPush = () => {
      if (flows.clock.now() <= 10_000) for (const rule of flows.rules()) rule.addStats(1, 64, flows.clock.now());
    };
    expect(lifetime(flows)).toEqual({ seconds: 15, reason: IDLE });
  });

  test('modifying begins the hard timeout anew, not the idle one', () => {
    const flows = new FlowTable();
    flows.flowMod('add', 'send_flow_rem,hard_timeout=10,actions=1');
    flows.clock.advance(6000);
    flows.flowMod('modify', 'actions=2');
    expect(lifetime(flows)).toEqual({ seconds: 10, reason: HARD });

    const idle = new FlowTable();
    idle.flowMod('add', 'send_flow_rem,idle_timeout=10,actions=1');
    idle.clock.advance(6000);
    idle.flowMod('modify', 'actions=2');
    expect(lifetime(idle)).toEqual({ seconds: 4, reason: IDLE });
  });

  test('a flow added again takes its new timeouts, or loses them', () => {
    const flows = new FlowTable();
    flows.flowMod('add', 'idle_timeout=1,actions=1');
    flows.flowMod('add', 'actions=1');
    expect(lifetime(flows)).toBeNull();
  });

  test('flows without timeouts cost nothing: the datapath is not even asked', () => {
    const flows = new FlowTable();
    flows.flowMod('add', 'actions=1');
    flows.clock.advance(1_000_000);
    expireAll(flows);
    expect(flows.below.pushes).toBe(0);
  });

  test('what has gone changes translations', () => {
    const flows = new FlowTable();
    flows.flowMod('add', 'idle_timeout=1,actions=1');
    const { generation } = flows.ofproto;
    flows.clock.advance(500);
    expireAll(flows);
    expect(flows.ofproto.generation).toBe(generation);
    flows.clock.advance(1000);
    expireAll(flows);
    expect(flows.ofproto.generation).toBeGreaterThan(generation);
  });

  test('many that expire together go a few at a time, each change told to translations', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    for (let port = 1; port <= 1000; port++)
      flows.flowMod('add', `send_flow_rem,udp,tp_dst=${port},hard_timeout=1,actions=1`);
    flows.clock.advance(1000);
    const left: number[] = [];
    let { generation } = flows.ofproto;
    while (flows.ofproto.expire(flows.clock.now()) === 0) {
      left.push(flows.rules().length);
      if (left.length > 1) expect(flows.ofproto.generation).toBeGreaterThan(generation);
      generation = flows.ofproto.generation;
    }
    expect(left).toEqual([1000, 744, 488, 232]);
    expect([flows.rules().length, peer.pushed.length]).toEqual([0, 1000]);
  });
});
