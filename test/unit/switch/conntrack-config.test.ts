import { beforeEach, describe, expect, test } from 'vitest';
import type { Conntrack } from '../../../datapath/conntrack/conntrack.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import { Backer } from '../../../src/bridge/backer.js';
import { InProcessDpif } from '../../../src/dpif/in-process.js';
import { type ConntrackConfig, DEFAULT_CONNTRACK } from '../../../src/switch/config.js';
import { configFromYaml } from '../../../src/switch/config-yaml.js';
import { applyConntrack } from '../../../src/switch/conntrack-apply.js';
import { withSettings } from '../../../src/switch/conntrack-config.js';
import { diff } from '../../../src/switch/diff.js';

/** Lines below `conntrack:`. */
const parse = (...lines: string[]): ConntrackConfig =>
  configFromYaml(`conntrack:\n${lines.map((line) => `  ${line}\n`).join('')}`, 'f').conntrack;

describe('from YAML', () => {
  test('nothing', () => {
    expect(configFromYaml('bridges: {}', 'f').conntrack).toEqual(DEFAULT_CONNTRACK);
    expect(parse()).toEqual(DEFAULT_CONNTRACK);
  });

  test('all', () => {
    const config = parse(
      'max_connections: 1000',
      'tcp_sequence_check: off',
      'fragments_v6: false',
      'refused: drop',
      'refused_nat_exhausted: pass',
      'default_limit: 7',
      'timeouts: {udp_first: 20}',
      'zones:',
      '  5: {limit: 0, timeouts: {tcp_established: 3600}}',
      '  65535:',
    );
    expect(config).toEqual({
      settings: {
        max_connections: 1000,
        tcp_sequence_check: 0,
        fragments_v6: 0,
        refused_table_full: 1,
        refused_zone_limit: 1,
        refused_nat_exhausted: 0,
      },
      defaultLimit: 7,
      timeouts: { udp_first: 20 },
      zones: [
        { zone: 5, limit: 0, timeouts: { tcp_established: 3600 } },
        { zone: 65535, timeouts: {} },
      ],
    });
  });

  test.each([
    ['max_conns: 5', /^f:\d+:\d+: conntrack: unknown key "max_conns"; known are max_connections, .*, zones$/],
    [
      'max_connections: many',
      /^f:\d+:\d+: conntrack: max_connections takes a number from 0 to 4294967295, not "many"$/,
    ],
    ['max_connections: [5]', /^f:\d+:\d+: conntrack: max_connections: expected a word or a number$/],
    ['max_connections: 1.5', /takes a number/],
    ['refused: perhaps', /refused takes pass or drop, not "perhaps"/],
    ['default_limit: -1', /^f:\d+:\d+: conntrack: default_limit: expected a number from 0 to 4294967295$/],
    ['timeouts: {udp: 5}', /^f:\d+:\d+: conntrack: timeouts: unknown key "udp"; .*known are tcp_syn_sent, /],
    ['timeouts: 5', /^f:\d+:\d+: conntrack: timeouts: expected a mapping$/],
    ['zones: {65536: {limit: 1}}', /^f:\d+:\d+: conntrack: zone 65536: zones have numbers from 0 to 65535$/],
    ['zones: {x: {limit: 1}}', /zones have numbers/],
    [
      'zones: {5: {limits: 1}}',
      /^f:\d+:\d+: conntrack: zone 5: unknown key "limits"; Did you mean limit\? known are limit, timeouts$/,
    ],
    ['zones: {5: {limit: x}}', /^f:\d+:\d+: conntrack: zone 5: limit: expected a number/],
    ['zones: {5: {timeouts: {udp_first: 1e9}}}', /zone 5: timeouts: udp_first takes seconds from 0 to 2147483/],
  ])('refuses %s', (line, message) => expect(() => parse(line)).toThrow(message));
});

test('words of the command line come after the file', () => {
  const config = withSettings(parse('max_connections: 5', 'refused: drop'), ['max_connections=6', 'max_connections=7']);
  expect(config.settings).toMatchObject({ max_connections: 7, refused_table_full: 1 });
  expect(() => withSettings(DEFAULT_CONNTRACK, ['max_connections'])).toThrow(
    '--ct: "max_connections" is not NAME=VALUE',
  );
});

describe('applied', () => {
  let backer: Backer;
  let conntrack: Conntrack;
  beforeEach(() => {
    const datapath = new Datapath({ name: 'dummy@ovs-dummy', type: 'dummy', seed: 1 });
    backer = new Backer(new InProcessDpif(datapath));
    conntrack = datapath.conntrack;
  });

  const first = parse(
    'max_connections: 10',
    'default_limit: 7',
    'timeouts: {udp_first: 20}',
    'zones: {5: {limit: 3, timeouts: {udp_first: 1}}, 6: {limit: 4}}',
  );

  test('and taken back where the next one does not say it; the rest stays', () => {
    applyConntrack(backer, DEFAULT_CONNTRACK, first);
    expect([conntrack.maxConnections, conntrack.zones.defaultLimit]).toEqual([10, 7]);
    expect(conntrack.timeouts.policy(0)).toEqual({ udp_first: 20 });
    expect(backer.zoneTimeouts.get(5)).toEqual({ udp_first: 1 });
    conntrack.sweepIntervalMs = 500;
    applyConntrack(backer, first, parse('zones: {6: {limit: 8, timeouts: {udp_first: 2}}}'));
    expect([conntrack.maxConnections, conntrack.zones.defaultLimit]).toEqual([3_000_000, 0]);
    expect(conntrack.timeouts.policy(0)).toEqual({});
    expect(backer.zoneTimeouts.zones()).toEqual([6]);
    expect(conntrack.zones.list()).toEqual([{ zone: 6, limit: 8, count: 0 }]);
    expect(conntrack.sweepIntervalMs).toBe(500);
  });

  test('before the first bridge, and only if there is something to change', () => {
    const from = { bridges: [], conntrack: DEFAULT_CONNTRACK };
    expect(diff(from, { bridges: [], conntrack: first })).toEqual([
      { op: 'set-conntrack', from: DEFAULT_CONNTRACK, to: first },
    ]);
    expect(diff({ bridges: [], conntrack: first }, { bridges: [], conntrack: first })).toEqual([]);
  });
});
