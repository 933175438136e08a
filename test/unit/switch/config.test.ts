import { describe, expect, test } from 'vitest';
import {
  type BridgeConfig,
  checkBridgeName,
  checkConfig,
  DEFAULT_CONNTRACK,
  type SwitchConfig,
} from '../../../src/switch/config.js';
import { diff } from '../../../src/switch/diff.js';
import { parsePort } from '../../../src/switch/port-config.js';

const bridge = (name: string, ports: string[], more: Partial<BridgeConfig> = {}): BridgeConfig => ({
  name,
  datapath: 'netdev',
  ports: ports.map(parsePort),
  groupFiles: [],
  flowFiles: [],
  listen: [],
  controllers: [],
  failMode: 'standalone',
  ...more,
});
const config = (...bridges: BridgeConfig[]): SwitchConfig => ({ bridges, conntrack: DEFAULT_CONNTRACK });
const nothing = config();

describe('parsePort', () => {
  test.each([
    ['veth0', { name: 'veth0', type: 'system', options: {} }],
    ['tap:tap0', { name: 'tap0', type: 'tap', options: {} }],
    ['dummy:p1', { name: 'p1', type: 'dummy', options: {} }],
    ['internal:host0', { name: 'host0', type: 'internal', options: {} }],
    ['pcap:/data/run 1.pcapng', { name: 'run 1', type: 'pcap', options: { file: '/data/run 1.pcapng' } }],
  ])('%s', (text, port) => expect(parsePort(text)).toEqual(port));

  test.each([
    ['', /needs a name/],
    ['tap:', /needs a name/],
    ['vxlan:v0', /"vxlan" is not a kind of port/],
  ])('refuses %s', (text, words) => expect(() => parsePort(text)).toThrow(words));
});

describe('checkConfig', () => {
  test.each([
    [config(bridge('br0', []), bridge('br0', [])), /bridge br0 is named twice/],
    [config(bridge('br0', ['a']), bridge('br1', ['a'])), /port a is given to bridge br1 and to bridge br0/],
    [config(bridge('br0', ['br1']), bridge('br1', [])), /br1 is both a bridge and a port/],
  ])('refuses what cannot work (%#)', (bad, words) => expect(() => checkConfig(bad)).toThrow(words));

  test.each(['', 'a/b', '..', 'a-name-that-is-too-long'])('"%s" is not a bridge name', (name) => {
    expect(() => checkBridgeName(name)).toThrow(/not a bridge name/);
  });
});

describe('diff', () => {
  test('from nothing: bridge, ports, groups, flows, and sockets last', () => {
    const wanted = config(bridge('br0', ['a', 'b'], { groupFiles: ['g'], flowFiles: ['f'], listen: ['ptcp:6653'] }));
    expect(diff(nothing, wanted).map((step) => step.op)).toEqual([
      'add-bridge',
      'add-port',
      'add-port',
      'load-groups',
      'load-flows',
      'listen',
    ]);
  });

  test('to itself: nothing to do', () => {
    const same = config(bridge('br0', ['a'], { flowFiles: ['f'], listen: ['ptcp:6653'] }));
    expect(diff(same, same)).toEqual([]);
  });

  test('a port moves between bridges: it leaves before it joins', () => {
    const steps = diff(
      config(bridge('br0', ['a']), bridge('br1', [])),
      config(bridge('br0', []), bridge('br1', ['a'])),
    );
    expect(steps).toEqual([
      { op: 'remove-port', bridge: 'br0', port: 'a' },
      { op: 'add-port', bridge: 'br1', port: { name: 'a', type: 'system', options: {} } },
    ]);
  });

  const old = bridge('br0', ['a'], {
    groupFiles: ['g'],
    flowFiles: ['f'],
    listen: ['ptcp:1', 'ptcp:2'],
    controllers: ['tcp:h:1'],
    datapathId: 1n,
  });

  test.each<[string, Partial<BridgeConfig>, object[]]>([
    ['another fail mode', { failMode: 'secure' }, [{ op: 'set-fail-mode', bridge: 'br0', failMode: 'secure' }]],
    ['another datapath id', { datapathId: 2n }, [{ op: 'set-datapath-id', bridge: 'br0', datapathId: 2n }]],
    [
      'another listener',
      { listen: ['ptcp:2', 'ptcp:3'] },
      [
        { op: 'unlisten', bridge: 'br0', target: 'ptcp:1' },
        { op: 'listen', bridge: 'br0', target: 'ptcp:3' },
      ],
    ],
    [
      'another controller',
      { controllers: ['tcp:h:2'] },
      [
        { op: 'disconnect', bridge: 'br0', target: 'tcp:h:1' },
        { op: 'connect', bridge: 'br0', target: 'tcp:h:2' },
      ],
    ],
    [
      'a port that is of another kind',
      { ports: [parsePort('tap:a')] },
      [
        { op: 'remove-port', bridge: 'br0', port: 'a' },
        { op: 'add-port', bridge: 'br0', port: { name: 'a', type: 'tap', options: {} } },
      ],
    ],
    [
      'another file',
      { flowFiles: ['f2'] },
      [
        { op: 'forget-file', bridge: 'br0', file: 'f' },
        { op: 'load-flows', bridge: 'br0', file: 'f2' },
      ],
    ],
  ])('%s: nothing else is touched', (_, change, steps) =>
    expect(diff(config(old), config({ ...old, ...change }))).toEqual(steps),
  );

  test('another datapath makes the bridge anew, with all that it had', () => {
    const steps = diff(config(old), config({ ...old, datapath: 'dummy' }));
    expect(steps.map((step) => step.op)).toEqual([
      'remove-bridge',
      'add-bridge',
      'add-port',
      'load-groups',
      'load-flows',
      'listen',
      'listen',
      'connect',
    ]);
  });

  test('a file that says something else by now is loaded again', () => {
    const isStale = (name: string, file: string): boolean => name === 'br0' && file === 'f';
    expect(diff(config(old), config(old), isStale)).toEqual([{ op: 'load-flows', bridge: 'br0', file: 'f' }]);
  });
});
