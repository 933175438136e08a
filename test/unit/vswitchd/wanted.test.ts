/** Rows of the database -> configuration; what cannot be is said where it belongs. */
import { expect, test } from 'vitest';
import { Replica } from '../../../src/ovsdb/replica.js';
import { wantedConfig } from '../../../src/vswitchd/wanted.js';

type Rows = Record<string, Record<string, unknown>>;

const ref = (...names: string[]): unknown => ['set', names.map((name) => ['uuid', name])];
const map = (values: Record<string, string>): unknown => ['map', Object.entries(values)];

/** A database with a bridge br0, its own interface, and ports p1...; UUIDs are names here, which only their owner reads. */
function database(bridge: Record<string, unknown>, interfaces: Rows = {}, more: Record<string, Rows> = {}): Replica {
  const replica = new Replica();
  const names = Object.keys(interfaces);
  const rows = (table: Rows): Rows =>
    Object.fromEntries(Object.entries(table).map(([uuid, row]) => [uuid, { insert: row }])) as Rows;
  const port = (name: string): [string, Record<string, unknown>] => [`port ${name}`, { name, interfaces: ref(name) }];
  const tables: Record<string, Rows> = {
    Open_vSwitch: { root: { bridges: ref('bridge') } },
    Bridge: { bridge: { name: 'br0', ports: ref(...['br0', ...names].map((name) => `port ${name}`)), ...bridge } },
    Port: Object.fromEntries(['br0', ...names].map(port)),
    Interface: { br0: { name: 'br0', type: 'internal' }, ...interfaces },
    ...more,
  };
  replica.apply(Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, rows(table)])), 2);
  return replica;
}

const wanted = (replica: Replica, hasDummy = false) => wantedConfig(replica, { hasDummy })!;

test('nothing is wanted before there is a row for the switch', () => {
  expect(wantedConfig(new Replica(), { hasDummy: false })).toBeNull();
});

test('a bridge with ports of all kinds; its own interface is no port of its list', () => {
  const { config, refused, notes } = wanted(
    database(
      { fail_mode: 'secure', other_config: map({ 'datapath-id': '00000000000000aa' }) },
      {
        p2: { name: 'p2', type: 'system' },
        p1: { name: 'p1' },
        p3: { name: 'p3', type: 'internal', mtu_request: 1400 },
        p4: { name: 'p4', type: 'tap', mac: '02:00:00:00:00:01' },
      },
    ),
  );
  expect(config.bridges).toEqual([
    {
      name: 'br0',
      datapath: 'netdev',
      ports: [
        { name: 'p1', type: 'system', options: {} },
        { name: 'p2', type: 'system', options: {} },
        { name: 'p3', type: 'internal', options: { mtu: '1400' } },
        { name: 'p4', type: 'tap', options: { mac: '02:00:00:00:00:01' } },
      ],
      groupFiles: [],
      flowFiles: [],
      listen: [],
      controllers: [],
      failMode: 'secure',
      datapathId: 0xaan,
    },
  ]);
  expect([...refused]).toEqual([]);
  expect(notes).toEqual([]);
});

test.each([
  ['', 'netdev'],
  ['system', 'netdev'],
  ['netdev', 'netdev'],
])('datapath type "%s" is ours', (datapath_type, datapath) => {
  expect(wanted(database({ datapath_type })).config.bridges).toMatchObject([{ datapath }]);
});

test('dummy bridges and ports are there when they are asked for', () => {
  const replica = database({ datapath_type: 'dummy' }, { p1: { name: 'p1', type: 'dummy' } });
  expect(wanted(replica, true).config.bridges).toMatchObject([
    { datapath: 'dummy', ports: [{ name: 'p1', type: 'dummy', options: {} }] },
  ]);
  const { config, refused, notes } = wanted(replica);
  expect(config.bridges).toEqual([]);
  expect(refused.get('p1')).toBe('there is no datapath type "dummy"');
  expect(notes).toEqual(['bridge br0: there is no datapath type "dummy"']);
});

test('what cannot be has its reason, and all else is there', () => {
  const { config, refused } = wanted(
    database({}, { p1: { name: 'p1', type: 'vxlan' }, p2: { name: 'p2' }, twice: { name: 'p2' } }),
  );
  expect(config.bridges[0]?.ports).toEqual([{ name: 'p2', type: 'system', options: {} }]);
  expect(refused.get('p1')).toBe('could not open network device p1: interfaces of type "vxlan" are not supported');
  expect(refused.get('twice')).toBe('p2 is an interface of bridge br0 already');
});

test('numbers: who asks comes first, then who had one; of two the first', () => {
  const { config } = wanted(
    database(
      {},
      {
        p1: { name: 'p1', ofport: 7 },
        p2: { name: 'p2', ofport: 2 },
        p3: { name: 'p3', ofport_request: 7, ofport: 3 },
        p4: { name: 'p4', ofport_request: 7 },
        p5: { name: 'p5', ofport: -1 },
        p6: { name: 'p6', ofport_request: 65279 },
      },
    ),
  );
  expect(config.bridges[0]?.ports.map(({ name, ofport }) => [name, ofport])).toEqual([
    ['p1', undefined],
    ['p2', 2],
    ['p3', 7],
    ['p4', undefined],
    ['p5', undefined],
    ['p6', 65279],
  ]);
});

test('what cannot be set of a port is noted, and the port is there', () => {
  const { config, notes } = wanted(database({}, { p1: { name: 'p1', options: map({ n_rxq: '2' }) } }));
  expect(config.bridges[0]?.ports).toEqual([{ name: 'p1', type: 'system', options: {} }]);
  expect(notes).toEqual(['interface p1: "n_rxq" cannot be set of a port of type system']);
});

test('a port of several interfaces is refused as a whole', () => {
  const replica = database(
    {},
    { p1: { name: 'p1' }, p2: { name: 'p2' } },
    {
      Port: { 'port p1': { name: 'bond', interfaces: ref('p1', 'p2') } },
    },
  );
  const { config, refused } = wanted(replica);
  expect(config.bridges[0]?.ports).toEqual([]);
  expect([...refused.keys()]).toEqual(['p1', 'p2']);
});

test('controllers connect, or are waited for; one that cannot be is noted', () => {
  const targets = { a: 'tcp:127.0.0.1:6653', b: 'ptcp:6654', c: 'ssl:10.0.0.1:6653', d: 'nonsense' };
  const Controller = Object.fromEntries(Object.entries(targets).map(([uuid, target]) => [uuid, { target }]));
  const { config, notes } = wanted(database({ controller: ref('a', 'b', 'c', 'd') }, {}, { Controller }));
  expect(config.bridges).toMatchObject([{ controllers: ['tcp:127.0.0.1:6653'], listen: ['ptcp:6654'] }]);
  expect(notes).toEqual([
    expect.stringContaining('"ssl:10.0.0.1:6653" is not a connection target'),
    expect.stringContaining('"nonsense" is not a connection target'),
  ]);
});

test('zones of the tracker: limits and timeouts', () => {
  const replica = database(
    {},
    {},
    {
      Open_vSwitch: { root: { bridges: ref('bridge'), datapaths: ['map', [['netdev', ['uuid', 'dp']]]] } },
      Datapath: {
        dp: {
          ct_zones: [
            'map',
            [
              [7, ['uuid', 'z7']],
              [5, ['uuid', 'z5']],
            ],
          ],
          ct_zone_default_limit: 9,
        },
      },
      CT_Zone: { z5: { limit: 100 }, z7: { timeout_policy: ['uuid', 'tp'] } },
      CT_Timeout_Policy: {
        tp: {
          timeouts: [
            'map',
            [
              ['udp_first', 3],
              ['tcp_syn_sent', 4_000_000_000],
            ],
          ],
        },
      },
    },
  );
  expect(wanted(replica).config.conntrack).toEqual({
    settings: {},
    timeouts: {},
    defaultLimit: 9,
    zones: [
      { zone: 5, limit: 100, timeouts: {} },
      { zone: 7, timeouts: { udp_first: 3, tcp_syn_sent: 2_147_483 } },
    ],
  });
});

test.each(['', '0', '12345678901234567', 'xyz'])('a datapath id of "%s" is noted and not used', (text) => {
  const { config, notes } = wanted(database({ other_config: map({ 'datapath-id': text }) }));
  expect(config.bridges[0]).not.toHaveProperty('datapathId');
  expect(notes).toEqual([expect.stringContaining('is not a number of up to 16 hexadecimal digits')]);
});
