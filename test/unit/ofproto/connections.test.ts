/** Who is told what: packet-ins, flow-removed, port-status, by role and configuration; roles themselves. */

import { describe, expect, test } from 'vitest';
import { Match } from '../../../src/match/match.js';
import { EXPLICIT_MISS } from '../../../src/ofproto/async-config.js';
import { decodeMessage } from '../../../src/openflow/codec.js';
import type { OfVersion, PacketIn } from '../../../src/openflow/message-types.js';
import { newFlowMod } from '../../../src/openflow/new-flow-mod.js';
import { parseGroup } from '../../../src/text/group.js';
import { portDesc } from '../../helpers/quiet-datapath.js';
import { FlowTable, type RecordingConnection } from './flow-table.js';

const NO_RULE = 0xffff_ffff_ffff_ffffn;

const packetIn = (size: number, reason: number, cookie = 1n): PacketIn => ({
  packet: new Uint8Array(size),
  totalLen: size,
  table: 0,
  cookie,
  reason,
  metadata: new Match().set('in_port', 1n),
});

const sizes = (peer: RecordingConnection): number[] =>
  peer.pushed.filter(({ name }) => name === 'packet_in').map(({ body }) => (body as PacketIn).packet.length);

function setConfig(
  flows: FlowTable,
  peer: RecordingConnection,
  missSendLen: number,
  invalidTtlToController = false,
): void {
  expect(flows.ask(peer, 'set_config', { fragments: 0, missSendLen, invalidTtlToController })).toEqual([]);
}

const NO_MATCH = 0;
const ACTION = 1;
const INVALID_TTL = 2;

describe('packet-ins', () => {
  test('service connections get them once they ask', () => {
    const flows = new FlowTable();
    const peer = flows.connect(1, 'service');
    const send = () => flows.ofproto.packetIn(packetIn(100, ACTION), 0);
    send();
    expect(sizes(peer)).toEqual([]);
    setConfig(flows, peer, 50);
    send();
    expect(sizes(peer)).toEqual([100]);
  });

  test('are whole, whatever length the connection has named', () => {
    const flows = new FlowTable();
    const peer = flows.connect(1);
    setConfig(flows, peer, 60);
    flows.ofproto.packetIn(packetIn(500, ACTION), 0);
    flows.ofproto.packetIn(packetIn(500, NO_MATCH, NO_RULE), 0);
    expect(sizes(peer)).toEqual([500, 500]);
  });

  test.each<[OfVersion, number]>([
    [1, ACTION],
    [3, ACTION],
    [4, NO_MATCH],
    [6, NO_MATCH],
  ])('of a table-miss flow have the reason that version %i has for them', (version, reason) => {
    const flows = new FlowTable();
    const peer = flows.connect(version);
    flows.ofproto.packetIn(packetIn(10, EXPLICIT_MISS), 0);
    expect(peer.pushed.map(({ body }) => (body as PacketIn).reason)).toEqual([reason]);
  });

  test('what would not fit into a message is cut', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    flows.ofproto.packetIn(packetIn(65_535, ACTION), 0);
    expect(sizes(peer)[0]).toBeLessThan(65_000);
  });

  test.each<[OfVersion, boolean]>([
    [1, true],
    [3, true],
    [4, false],
    [6, false],
  ])('version %i wants misses: %s', (version, wants) => {
    const flows = new FlowTable();
    expect(flows.ofproto.tableMiss(0)).toBe('drop');
    const { generation } = flows.ofproto;
    const peer = flows.connect(version);
    expect(flows.ofproto.tableMiss(0)).toBe(wants ? 'controller' : 'drop');
    expect(flows.ofproto.generation > generation).toBe(wants);
    flows.ofproto.packetIn(packetIn(10, NO_MATCH, NO_RULE), 0);
    expect(sizes(peer)).toEqual(wants ? [10] : []);
    flows.ofproto.removeConnection(peer.connection);
    expect(flows.ofproto.tableMiss(0)).toBe('drop');
  });

  test('go to the controller id that was named', () => {
    const flows = new FlowTable();
    const [zero, seven] = [flows.connect(4), flows.connect(4)];
    flows.ask(seven, 'set_controller_id', { id: 7 });
    flows.ofproto.packetIn(packetIn(10, ACTION), 7);
    expect([sizes(zero), sizes(seven)]).toEqual([[], [10]]);
  });

  test('of expired TTLs only to who set the flag, which is read back', () => {
    const flows = new FlowTable();
    const peer = flows.connect(1, 'service');
    const send = () => flows.ofproto.packetIn(packetIn(10, INVALID_TTL), 0);
    setConfig(flows, peer, 0xffff);
    send();
    setConfig(flows, peer, 0xffff, true);
    send();
    expect(sizes(peer)).toEqual([10]);
    expect(flows.ask(peer, 'get_config_request', null)).toMatchObject([
      { body: { fragments: 0, invalidTtlToController: true, missSendLen: 0xffff } },
    ]);
  });

  test.each([
    [0, undefined],
    [1, 'nx'],
    [2, 'nx2'],
  ])('in the format %i that was asked for', (format, variant) => {
    const flows = new FlowTable();
    const peer = flows.connect(1);
    flows.ask(peer, 'set_packet_in_format', { format });
    flows.ofproto.packetIn(packetIn(10, ACTION), 0);
    expect(peer.pushed[0]!.variant).toBe(variant);
  });

  test('reasons can be chosen', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    flows.ask(peer, 'set_async', { masks: [0b001, 0, 0, 0, 0, 0] });
    flows.ofproto.packetIn(packetIn(10, ACTION), 0);
    flows.ofproto.packetIn(packetIn(20, NO_MATCH), 0);
    flows.ofproto.ports.add(portDesc(1, 'p1'), 0);
    expect(sizes(peer)).toEqual([20]);
    expect(peer.pushed).toHaveLength(1);
    expect(flows.ask(peer, 'get_async_request', null)).toMatchObject([
      { body: { masks: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } },
    ]);
  });

  test('set_async of 1.4 leaves what it does not name', () => {
    const flows = new FlowTable();
    const peer = flows.connect(5);
    const set = (...properties: string[]) => {
      const bytes = Uint8Array.from(Buffer.from(`051c000000000001${properties.join('')}`, 'hex'));
      bytes[3] = bytes.length;
      return decodeMessage(bytes).body as { masks: number[] };
    };
    flows.ask(peer, 'set_async', set('0000000800000001', '0003000800000003', '0006000800000004'));
    expect(flows.ask(peer, 'get_async_request', null)).toMatchObject([
      { body: { masks: [0x3b, 1, 3, 7, 0x3f, 0, 0, 4, 0, 0, 0, 0] } },
    ]);
    expect(() => set('0001000800000055')).toThrow(expect.objectContaining({ name: 'OFPACFC_INVALID' }));
    expect(() => set('000d000800000001')).toThrow(expect.objectContaining({ name: 'OFPACFC_UNSUPPORTED' }));
    expect(() => set('0000000c000000010000000000000000')).toThrow(expect.objectContaining({ name: 'OFPBPC_BAD_LEN' }));
  });
});

describe('ports', () => {
  test('changes are told; what is no change is not', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    const { ports } = flows.ofproto;
    ports.add(portDesc(1, 'p1'), 0);
    ports.update(portDesc(1, 'p1'));
    ports.update({ ...portDesc(1, 'p1'), state: { linkDown: true, blocked: false, live: false } });
    ports.remove(1);
    ports.remove(1);
    expect(peer.pushed.map(({ body }) => (body as { reason: string }).reason)).toEqual(['add', 'modify', 'delete']);
  });

  test('port-mods change the bits of the mask and reach the datapath', () => {
    const flows = new FlowTable();
    const peer = flows.connect(1);
    const desc = portDesc(1, 'p1');
    flows.ofproto.ports.add(desc, 0);
    const mod = { port: 1, mac: desc.mac, config: 0x10, mask: 0x31, advertise: 0 };
    expect(flows.ask(peer, 'port_mod', mod)).toEqual([]);
    expect(flows.below.portConfigs.get(1)).toMatchObject({ noFlood: true, noFwd: false, portDown: false });
    expect(flows.ofproto.ports.get(1)!.config.noFlood).toBe(true);
    expect(flows.ask(peer, 'port_mod', { ...mod, port: 2 })).toBe('OFPPMFC_BAD_PORT');
    expect(flows.ask(peer, 'port_mod', { ...mod, mac: new Uint8Array(6) })).toBe('OFPPMFC_BAD_HW_ADDR');
  });

  test.each<[OfVersion, OfVersion, string[]]>([
    [1, 1, ['other']],
    [5, 1, ['other']],
    [6, 1, ['other']],
    [1, 4, []], // OpenFlow 1.1 and later have no such bit
    [4, 6, []],
  ])('who asks in version %i is not told, others in version %i are if they can see it', (asks, hears, told) => {
    const flows = new FlowTable();
    const [asker, other] = [flows.connect(asks), flows.connect(hears)];
    const desc = portDesc(1, 'p1');
    flows.ofproto.ports.add(desc, 0);
    const mod = { port: 1, mac: desc.mac, config: 0x10, mask: 0x10, advertise: 0 };
    flows.ask(asker, 'port_mod', mod);
    const heard = { asker, other };
    expect(Object.entries(heard).flatMap(([name, { pushed }]) => pushed.slice(1).map(() => name))).toEqual(told);
  });

  test('since OpenFlow 1.5 who asks is told, too', () => {
    const flows = new FlowTable();
    const asker = flows.connect(6);
    const desc = portDesc(1, 'p1');
    flows.ofproto.ports.add(desc, 0);
    flows.ask(asker, 'port_mod', { port: 1, mac: desc.mac, config: 0x20, mask: 0x20, advertise: 0 });
    expect(asker.pushed).toHaveLength(2);
  });

  test('the smallest free number', () => {
    const { ports } = new FlowTable().ofproto;
    for (const port of [1, 2, 4]) ports.add(portDesc(port, `p${port}`), 0);
    expect(ports.freeNumber()).toBe(3);
    expect(ports.list().map(({ desc }) => desc.port)).toEqual([1, 2, 4]);
  });
});

describe('roles', () => {
  test('one primary at most, and secondaries change nothing', () => {
    const flows = new FlowTable();
    const [a, b] = [flows.connect(4), flows.connect(4)];
    expect(flows.ask(a, 'role_request', { role: 'primary', generationId: 5n })).toMatchObject([
      { name: 'role_reply', body: { role: 'primary', generationId: 5n } },
    ]);
    flows.ask(b, 'role_request', { role: 'primary', generationId: 6n });
    expect([a.connection.role, b.connection.role]).toEqual(['secondary', 'primary']);
    for (const [name, body] of [
      ['flow_mod', newFlowMod('delete')],
      ['group_mod', parseGroup('group_id=1,type=all', 'add')],
      ['port_mod', { port: 1, mac: new Uint8Array(6), config: 0, mask: 0, advertise: 0 }],
      ['table_mod', { table: 0, config: 0 }],
      ['bundle_control', { bundleId: 1, type: 'open_request', flags: 0 }],
    ] as const)
      expect(flows.ask(a, name, body), name).toBe('OFPBRC_IS_SECONDARY');
    expect(flows.ask(a, 'ct_flush_zone', { zone: 1 })).toEqual([]);
    expect(flows.ask(a, 'barrier_request', null)).toMatchObject([{ name: 'barrier_reply' }]);
    expect(flows.ask(b, 'ct_flush_zone', { zone: 1 })).toEqual([]);
    expect(flows.below.flushedZones).toEqual([1, 1]);
  });

  test.each([
    // A tool on the bridge's own socket may set what concerns the whole switch, whatever role it has taken.
    ['controller', 0],
    ['service', 1],
  ] as const)('SET_CONFIG of a secondary %s is taken for its own part', (kind, fragments) => {
    const flows = new FlowTable();
    const peer = flows.connect(4, kind);
    flows.ask(peer, 'role_request', { role: 'secondary', generationId: 1n });
    const config = { fragments: 1, missSendLen: 77, invalidTtlToController: false };
    expect(flows.ask(peer, 'set_config', config)).toEqual([]);
    expect(flows.ask(peer, 'get_config_request', null)).toMatchObject([{ body: { fragments, missSendLen: 77 } }]);
  });

  test('asking changes nothing', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    expect(flows.ask(peer, 'role_request', { role: 'nochange' })).toMatchObject([{ body: { role: 'equal' } }]);
  });

  test('old generations are refused, also across the wrap', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    const ask = (generationId: bigint) => flows.ask(peer, 'role_request', { role: 'primary', generationId });
    ask(0xffff_ffff_ffff_fff0n);
    expect(ask(0xffff_ffff_ffff_ff00n)).toBe('OFPRRFC_STALE');
    expect(ask(3n)).toMatchObject([{ name: 'role_reply' }]);
    expect(ask(0xffff_ffff_ffff_fff0n)).toBe('OFPRRFC_STALE');
  });

  test('secondaries hear of ports only', () => {
    const flows = new FlowTable();
    const peer = flows.connect(4);
    flows.ask(peer, 'role_request', { role: 'secondary', generationId: 1n });
    flows.flowMod('add', 'send_flow_rem,actions=1');
    flows.flowMod('delete', '');
    flows.ofproto.packetIn(packetIn(10, ACTION), 0);
    flows.ofproto.ports.add(portDesc(1, 'p1'), 0);
    expect(peer.pushed.map(({ name }) => name)).toEqual(['port_status']);
  });
});
