import { describe, expect, test } from 'vitest';
import { MAX_BUNDLE_BYTES } from '../../../src/ofproto/bundles.js';
import { ByteBudget } from '../../../src/ofproto/byte-budget.js';
import type { GroupMod } from '../../../src/openflow/group-types.js';
import type { BundleControlType, FlowMod, Message, PacketOut } from '../../../src/openflow/message-types.js';
import { parseGroup } from '../../../src/text/group.js';
import { FlowTable, flowMod, type RecordingConnection } from './flow-table.js';

const ATOMIC_ORDERED = 3;
const PACKET_OUT: PacketOut = { inPort: 1, bufferId: 0xffffffff, packet: new Uint8Array(60), actions: [] };

class Bundler {
  readonly flows: FlowTable;
  readonly peer: RecordingConnection;

  constructor(readonly budget = new ByteBudget(MAX_BUNDLE_BYTES)) {
    this.flows = new FlowTable({ bundleBudget: budget });
    this.peer = this.flows.connect(5);
  }

  control(type: BundleControlType, bundleId = 1, flags = ATOMIC_ORDERED) {
    const answer = this.flows.ask(this.peer, 'bundle_control', { bundleId, type, flags });
    return typeof answer === 'string'
      ? answer
      : answer.map((message) => (message.body as { type: string }).type).join();
  }

  add(
    inner: { flowMod: FlowMod } | { groupMod: GroupMod } | { packetOut: PacketOut } | { name: 'echo_request' },
    bundleId = 1,
    flags = ATOMIC_ORDERED,
  ) {
    const { connection } = this.peer;
    const [name, body] =
      'flowMod' in inner
        ? ['flow_mod', inner.flowMod]
        : 'groupMod' in inner
          ? ['group_mod', inner.groupMod]
          : 'packetOut' in inner
            ? ['packet_out', inner.packetOut]
            : ['echo_request', { data: new Uint8Array() }];
    const message = { name, version: connection.version, xid: this.flows.nextXid, body } as Message;
    return this.flows.ask(this.peer, 'bundle_add', { bundleId, flags, message });
  }

  flow(text: string) {
    return this.add({ flowMod: flowMod('add', `table=0,${text}`) });
  }
}

describe('a bundle', () => {
  test('shows nothing before it is committed, then all', () => {
    const b = new Bundler();
    expect(b.control('open_request')).toBe('open_reply');
    expect([b.flow('ip,actions=1'), b.flow('arp,actions=2')]).toEqual([[], []]);
    b.add({ packetOut: PACKET_OUT });
    expect(b.control('close_request')).toBe('close_reply');
    expect([b.flows.rules().length, b.flows.below.packetOuts.length]).toEqual([0, 0]);
    expect(b.control('commit_request')).toBe('commit_reply');
    expect([b.flows.rules().length, b.flows.below.packetOuts.length]).toEqual([2, 1]);
    expect(b.control('commit_request')).toBe('OFPBFC_BAD_ID');
  });

  test('need be neither opened nor closed', () => {
    const b = new Bundler();
    b.flow('ip,actions=1');
    expect(b.control('commit_request')).toBe('commit_reply');
    expect(b.flows.rules()).toHaveLength(1);
  });

  test('that fails does nothing, and names the message that failed', () => {
    const b = new Bundler();
    b.flow('ip,actions=1');
    b.flow('check_overlap,tcp,actions=1');
    b.add({ packetOut: PACKET_OUT });
    const failed = b.flows.nextXid - 2;
    expect(b.control('commit_request')).toBe('OFPBFC_MSG_FAILED');
    expect(b.peer.errors).toEqual([{ error: 'OFPFMFC_OVERLAP', xid: failed }]);
    expect([b.flows.rules(), b.flows.below.packetOuts]).toEqual([[], []]);
  });

  test('brings groups and the flows that use them, or none of them', () => {
    const group = (text: string) => ({ groupMod: parseGroup(text, 'add') });
    const b = new Bundler();
    b.add(group('group_id=1,type=all,bucket=output:1'));
    b.flow('ip,actions=group:1');
    b.flow('arp,actions=group:2');
    expect(b.control('commit_request')).toBe('OFPBFC_MSG_FAILED');
    expect(b.peer.errors.map(({ error }) => error)).toEqual(['OFPBAC_BAD_OUT_GROUP']);
    expect([b.flows.rules(), b.flows.ofproto.groups.has(1)]).toEqual([[], false]);
    b.add(group('group_id=1,type=all,bucket=output:1'));
    b.flow('ip,actions=group:1');
    expect(b.control('commit_request')).toBe('commit_reply');
    expect([b.flows.rules().length, b.flows.ofproto.groups.has(1)]).toEqual([1, true]);
  });

  test('discarded is gone', () => {
    const b = new Bundler();
    b.flow('ip,actions=1');
    expect(b.control('discard_request')).toBe('discard_reply');
    expect(b.control('commit_request')).toBe('OFPBFC_BAD_ID');
    expect(b.flows.rules()).toEqual([]);
  });

  test('nobody touches for ten seconds is given up', () => {
    const b = new Bundler();
    b.control('open_request');
    b.flows.clock.advance(9_000);
    b.flow('ip,actions=1');
    b.flows.clock.advance(9_000);
    b.flows.ofproto.expire(b.flows.clock.now());
    expect(b.peer.errors).toEqual([]);
    b.flows.clock.advance(1_000);
    b.flows.ofproto.expire(b.flows.clock.now());
    expect(b.peer.errors).toEqual([{ error: 'OFPBFC_TIMEOUT', xid: 1 }]);
    expect(b.control('commit_request')).toBe('OFPBFC_BAD_ID');
  });
});

describe('refusals', () => {
  test.each<[string, (b: Bundler) => unknown, string]>([
    ['opened twice', (b) => [b.control('open_request'), b.control('open_request')][1], 'OFPBFC_BAD_ID'],
    [
      'closed twice',
      (b) => [b.flow('actions=1'), b.control('close_request'), b.control('close_request')][2],
      'OFPBFC_BUNDLE_CLOSED',
    ],
    [
      'added to when closed',
      (b) => [b.flow('actions=1'), b.control('close_request'), b.flow('actions=1')][2],
      'OFPBFC_BUNDLE_CLOSED',
    ],
    ['other flags when added to', (b) => [b.control('open_request', 1, 1), b.flow('actions=1')][1], 'OFPBFC_BAD_FLAGS'],
    [
      'other flags when committed',
      (b) => [b.flow('actions=1'), b.control('commit_request', 1, 0)][1],
      'OFPBFC_BAD_FLAGS',
    ],
    ['other flags when closed', (b) => [b.flow('actions=1'), b.control('close_request', 1, 1)][1], 'OFPBFC_BAD_FLAGS'],
    ['unknown flags', (b) => b.control('open_request', 1, 8), 'OFPBFC_BAD_FLAGS'],
    ['closing an unknown one', (b) => b.control('close_request', 5), 'OFPBFC_BAD_ID'],
    ['discarding an unknown one', (b) => b.control('discard_request', 5), 'OFPBFC_BAD_ID'],
    ['a reply', (b) => b.control('open_reply'), 'OFPBFC_BAD_TYPE'],
    ['a message that cannot be bundled', (b) => b.add({ name: 'echo_request' }), 'OFPBFC_MSG_UNSUP'],
    ['actions that cannot be', (b) => b.flow('actions=mod_tp_dst:5'), 'OFPBAC_MATCH_INCONSISTENT'],
    [
      'too many',
      (b) => Array.from({ length: 65 }, (_, id) => b.control('open_request', id)).pop(),
      'OFPBFC_OUT_OF_BUNDLES',
    ],
  ])('%s', (_, act, error) => {
    expect(act(new Bundler())).toBe(error);
  });

  test('an inner message with another xid', () => {
    const b = new Bundler();
    const message = { name: 'flow_mod', version: 5, xid: 77, body: flowMod('add', 'actions=1') } as Message;
    expect(b.flows.ask(b.peer, 'bundle_add', { bundleId: 1, flags: 0, message })).toBe('OFPBFC_MSG_BAD_XID');
  });
});

describe('the bytes that all bundles share', () => {
  const LIMIT = 20_000;

  /** Adds flows until one is refused; how many were taken. */
  function fill(b: Bundler, bundleId = 1): number {
    for (let n = 0; ; n++) {
      const mod = flowMod('add', `table=0,ip,nw_src=10.0.${n >> 8}.${n & 255},actions=1`);
      const answer = b.add({ flowMod: mod }, bundleId);
      if (answer === 'OFPBFC_MSG_TOO_MANY') return n;
      expect(answer).toEqual([]);
      if (n > LIMIT) throw new Error('there is no limit');
    }
  }

  test('that wants more of them can only be discarded: what it had is gone, and what follows begins no new one', () => {
    const b = new Bundler(new ByteBudget(LIMIT));
    b.control('open_request');
    expect(fill(b)).toBeGreaterThan(50);
    expect(b.budget.used).toBeLessThan(1000);
    expect(b.flow('arp,actions=1')).toBe('OFPBFC_MSG_TOO_MANY');
    expect(b.control('close_request')).toBe('close_reply');
    expect(b.control('commit_request')).toBe('OFPBFC_MSG_FAILED');
    expect(b.flows.rules()).toEqual([]);
    expect(b.budget.used).toBe(0);
  });

  test('of one connection and of another', () => {
    const b = new Bundler(new ByteBudget(LIMIT));
    const other = b.flows.connect(5);
    for (let n = 0; n < 40; n++) b.flow(`ip,nw_src=10.0.0.${n},actions=1`);
    const taken = b.budget.used;
    expect(taken).toBeGreaterThan(40 * 100);
    const mine = b.peer;
    Object.assign(b, { peer: other });
    const alone = fill(new Bundler(new ByteBudget(LIMIT)));
    expect(fill(b)).toBeLessThan(alone);
    b.flows.ofproto.removeConnection(other.connection);
    expect(b.budget.used).toBe(taken);
    Object.assign(b, { peer: mine });
    expect(b.control('commit_request')).toBe('commit_reply');
    expect(b.flows.rules()).toHaveLength(40);
  });

  test('bundles that hold nothing count, too', () => {
    const b = new Bundler(new ByteBudget(LIMIT));
    const answers = Array.from({ length: 64 }, (_, id) => b.control('open_request', id));
    expect(answers.filter((answer) => answer === 'open_reply').length).toBe(Math.floor(LIMIT / (512 + 64)));
    expect(answers.at(-1)).toBe('OFPBFC_OUT_OF_BUNDLES');
  });

  test.each<[string, (b: Bundler) => unknown]>([
    ['committed', (b) => b.control('commit_request')],
    ['committed in vain', (b) => [b.flow('check_overlap,ip,nw_src=10.0.0.0/8,actions=1'), b.control('commit_request')]],
    ['committed with other flags', (b) => b.control('commit_request', 1, 0)],
    ['discarded', (b) => b.control('discard_request')],
    ['closed twice', (b) => [b.control('close_request'), b.control('close_request')]],
    ['closed with other flags', (b) => b.control('close_request', 1, 1)],
    ['added to with other flags', (b) => b.add({ flowMod: flowMod('add', 'table=0,actions=1') }, 1, 1)],
    ['opened again', (b) => b.control('open_request')],
    ['abandoned', (b) => [b.flows.clock.advance(10_000), b.flows.ofproto.expire(b.flows.clock.now())]],
    ['of a connection that ends', (b) => b.flows.ofproto.removeConnection(b.peer.connection)],
  ])('are given back by a bundle %s', (_, act) => {
    const b = new Bundler(new ByteBudget(LIMIT));
    for (let n = 0; n < 20; n++) b.flow(`priority=5,ip,nw_src=10.0.0.${n},actions=1`);
    expect(b.budget.used).toBeGreaterThan(2000);
    act(b);
    expect(b.budget.used).toBe(0);
  });
});
