/** A switch in standalone mode without its controllers. */
import { expect, test } from 'vitest';
import { type ControllerHealth, FAIL_OPEN_PRIORITY, FailOpen } from '../../../src/controller/fail-open.js';
import { Match } from '../../../src/match/match.js';
import { ANY_GROUP } from '../../../src/openflow/group-types.js';
import { FlowTable } from '../ofproto/flow-table.js';

const AFTER_MS = 15_000;
const connected: ControllerHealth = { lostMs: 0, isConnected: true, isAtWork: false };
const lost = (lostMs: number): ControllerHealth => ({ lostMs, isConnected: false, isAtWork: false });

test('it forwards by itself after a while, until a controller is at work again', () => {
  const flows = new FlowTable();
  const { ofproto } = flows;
  const failOpen = new FailOpen(ofproto, AFTER_MS);
  flows.flowMod('add', 'priority=5,tcp,actions=1');
  const peer = flows.connect(1);

  failOpen.run(lost(AFTER_MS - 1), 0);
  expect(failOpen.isActive).toBe(false);
  expect(ofproto.ruleCount).toBe(1);

  const before = ofproto.generation;
  failOpen.run(lost(AFTER_MS), 1);
  expect(ofproto.generation).toBeGreaterThan(before);
  expect([...ofproto.tables[0]!].map(({ priority }) => priority)).toEqual([FAIL_OPEN_PRIORITY]);
  expect(ofproto.tables[0]!.visibleSize).toBe(0);

  // A tool adds a flow and deletes all: neither shows or touches the switch's own.
  const request = { table: 255, match: new Match(), outPort: 0xffff, outGroup: ANY_GROUP, cookie: 0n, cookieMask: 0n };
  const shown = () => flows.ask(peer, 'aggregate_request', request);
  flows.flowMod('add', 'priority=65535,udp,actions=1');
  expect(shown()).toMatchObject([{ body: { flows: 1 } }]);
  flows.flowMod('delete', '');
  expect(shown()).toMatchObject([{ body: { flows: 0 } }]);
  expect(failOpen.isActive).toBe(true);
  expect(ofproto.ruleCount).toBe(1);

  // Connected, it is offered a packet every two seconds.
  for (const now of [2_500, 3_000, 4_499, 4_500]) failOpen.run(connected, now);
  expect(peer.pushed.filter(({ name }) => name === 'packet_in')).toHaveLength(2);
  expect(failOpen.isActive).toBe(true);

  failOpen.run({ ...connected, isAtWork: true }, 5_000);
  expect(failOpen.isActive).toBe(false);
  expect(ofproto.ruleCount).toBe(0);
});

test('without controllers there is nothing to wait for', () => {
  const { ofproto } = new FlowTable();
  const failOpen = new FailOpen(ofproto, AFTER_MS);
  failOpen.run(lost(AFTER_MS), 0);
  failOpen.run(lost(0), 1); // the last one has been taken out of the configuration
  expect(failOpen.isActive).toBe(false);
});
