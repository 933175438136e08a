import { describe, expect, test } from 'vitest';
import type { GroupMod } from '../../../src/openflow/group-types.js';
import type { BundleControlType, FlowMod, Message, PacketOut } from '../../../src/openflow/message-types.js';
import { parseGroup } from '../../../src/text/group.js';
import { FlowTable, flowMod, type RecordingConnection } from './flow-table.js';

const ATOMIC_ORDERED = 3;
const PACKET_OUT: PacketOut = { inPort: 1, bufferId: 0xffffffff, packet: new Uint8Array(60), actions: [] };

class Bundler {
  readonly flows = new FlowTable();
  readonly peer: RecordingConnection = this.flows.connect(5);

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
    return this.add({ flowMod: flowMod('add', text) });
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
