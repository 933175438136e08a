/** Configuration files: what they say, and where in them what is wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configFromYaml } from '../../../src/switch/config-yaml.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-yaml-'));
  mkdirSync(join(folder, 'flows'));
  for (const file of ['flows/a.flows', 'b.groups']) writeFileSync(join(folder, file), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (...lines: string[]) => configFromYaml(`${lines.join('\n')}\n`, join(folder, 'lab.yaml'));

test('all that can be said of a bridge; files are found from the folder of the configuration', () => {
  const { bridges } = read(
    'bridges:',
    '  br0:',
    '    ports: [veth0, "tap:t0"]',
    '    groups: [b.groups]',
    `    flows: [flows/a.flows, ${join(folder, 'flows', 'a.flows')}]`,
    '    listen: ["ptcp:6654"]',
    '    controllers: ["tcp:127.0.0.1"]',
    '    fail_mode: secure',
    '    datapath: dummy',
    '    datapath_id: "00000000000000aB"',
    '  br1:',
  );
  expect(bridges[0]).toEqual({
    name: 'br0',
    datapath: 'dummy',
    ports: [
      { name: 'veth0', type: 'system', options: {} },
      { name: 't0', type: 'tap', options: {} },
    ],
    groupFiles: [join(folder, 'b.groups')],
    flowFiles: [join(folder, 'flows', 'a.flows'), join(folder, 'flows', 'a.flows')],
    listen: ['ptcp:6654'],
    controllers: ['tcp:127.0.0.1'],
    failMode: 'secure',
    datapathId: 0xabn,
  });
  expect(bridges[1]).toMatchObject({ name: 'br1', failMode: 'standalone', datapath: 'netdev', ports: [] });
});

test('ports are words or mappings; paths among their options start from the folder of the file', () => {
  const [{ ports }] = read(
    'bridges:',
    '  br0:',
    '    ports:',
    '      - {name: veth0}',
    '      - {name: t0, type: tap, options: {mtu: 9000, mac: "02:00:00:00:00:01"}}',
    '      - {name: run, type: pcap, options: {file: in.pcap, output: /tmp/out.pcap, paced: true}}',
    '      - "pcap:in.pcap"',
  ).bridges;
  expect(ports).toEqual([
    { name: 'veth0', type: 'system', options: {} },
    { name: 't0', type: 'tap', options: { mtu: '9000', mac: '02:00:00:00:00:01' } },
    {
      name: 'run',
      type: 'pcap',
      options: { file: join(folder, 'in.pcap'), output: '/tmp/out.pcap', paced: 'true' },
    },
    { name: 'in', type: 'pcap', options: { file: join(folder, 'in.pcap') } },
  ]);
});

test('an empty file is an empty configuration', () => expect(read('# nothing yet').bridges).toEqual([]));

/** Lines of a file, and what is said of them behind its name. */
test.each<[lines: string[], told: string | RegExp]>([
  [
    ['bridges:', '  br0:', '    portz: [a]'],
    ':3:5: bridge br0: unknown key "portz"; Did you mean ports? known are ports, groups, ',
  ],
  [['bridge:', '  br0:'], ':1:1: unknown key "bridge"; Did you mean bridges? known are bridges, conntrack'],
  [
    ['bridges:', '  br0:', '    fail_mode: secur'],
    ':3:16: bridge br0: fail_mode: "secur" is not one of standalone, secure. Did you mean secure?',
  ],
  [
    ['bridges:', '  br0: {datapath: netdef}'],
    ':2:19: bridge br0: datapath: "netdef" is not one of netdev, dummy. Did you mean netdev?',
  ],
  [
    ['bridges:', '  br0:', '    ports:', '      - a', '      - dumy:b'],
    ':5:9: bridge br0: ports: "dumy" is not one of system, tap, internal, dummy, pcap. Did you mean dummy?',
  ],
  [
    ['bridges:', '  br0:', '    ports: [a, "tap:"]'],
    ':3:16: bridge br0: ports: "tap:": the port needs a name after the colon',
  ],
  [
    ['bridges:', '  br0:', '    ports:', '      - {name: a, type: tapp}'],
    ':4:25: bridge br0: ports: type: "tapp" is not one of system, tap, internal, dummy, pcap. Did you mean tap?',
  ],
  [
    ['bridges:', '  br0:', '    ports:', '      - {name: a, type: tap, options: {mtuu: 5}}'],
    ':4:40: bridge br0: ports: options: unknown key "mtuu"; Did you mean mtu? known are mac, mtu',
  ],
  [
    ['bridges:', '  br0:', '    ports:', '      - {name: a, type: tap, options: {mtu: 5}}'],
    ':4:9: bridge br0: ports: port a: mtu: "5" is not a number from 68 to 65535',
  ],
  [
    ['bridges:', '  br0:', '    ports:', '      - {name: a, type: pcap}'],
    ':4:9: bridge br0: ports: port a: a port of type pcap needs the option file',
  ],
  [['bridges:', '  br0:', '    ports: veth0'], ':3:12: bridge br0: ports: expected a list'],
  [['bridges:', '  br0:', '    ports: [5]'], ':3:13: bridge br0: ports: expected text'],
  [['bridges:', '  a/b:'], ':2:3: bridge a/b: "a/b" is not a bridge name: '],
  [['bridges: 5'], ':1:10: bridges: expected a mapping'],
  [['bridges:', '  br0:', '    datapath_id: 5'], ':3:18: bridge br0: datapath_id: expected 16 hex digits, in quotes'],
  [
    ['bridges:', '  br0:', '    controllers: [tpc:1]'],
    ':3:19: bridge br0: controllers: "tpc:1" is not a connection target: ',
  ],
  [['bridges:', '  br0:', '    listen: ["tcp:127.0.0.1"]'], ':3:14: bridge br0: listen: '],
  [
    ['bridges:', '  br0:', '    flows: [c.flows]'],
    /:3:13: bridge br0: flows: there is no file c\.flows in \/.*ctswitch-yaml-/,
  ],
  [['bridges:', '  br0:', '    flows: [flows]'], /:3:13: bridge br0: flows: there is no file flows in /],
  [
    ['conntrack:', '  max_conections: 5'],
    ':2:3: conntrack: unknown key "max_conections"; Did you mean max_connections? ',
  ],
  [
    ['conntrack:', '  timeouts: {udp_frist: 5}'],
    ':2:14: conntrack: timeouts: unknown key "udp_frist"; Did you mean udp_first? ',
  ],
  [['conntrack:', '  refused: dorp'], ':2:12: conntrack: refused takes pass or drop, not "dorp"'],
  [['bridges:', '  br0: [', ''], /:\d+:\d+: /],
  [['a: &a [x, x]', 'b: *c'], /:1:1: Unresolved alias/],
  [['- a', '- b'], ':1:1: expected a mapping'],
  [['bridges: {br0: {}, br0: {}}'], ':1:20: Map keys must be unique'],
])('%j', (lines, told) => {
  const file = join(folder, 'lab.yaml');
  let message = '';
  try {
    read(...lines);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message.slice(0, file.length)).toBe(file);
  if (typeof told === 'string') expect(message.slice(file.length)).toContain(told);
  else expect(message.slice(file.length)).toMatch(told);
});

test('aliases to aliases do not take all memory', () => {
  const rows = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) rows.push(`b${i}: &a${i} [${new Array(9).fill(`*a${i - 1}`).join(', ')}]`);
  expect(() => read(...rows)).toThrow(/lab\.yaml:1:1: .*alias/);
});
