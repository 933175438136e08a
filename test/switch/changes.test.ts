/** A switch in this process that is changed while it runs: what is done, what is told of it, and what stays. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../datapath/base/clock.js';
import { Switch } from '../../src/daemon/switch.js';
import type { ChangeReport, ChangeRequest } from '../../src/switch/view.js';
import { until } from '../helpers/tool.js';

let folder: string;
let sw: Switch;
let sockets: Socket[];
let servers: Server[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-changes-'));
  sockets = [];
  servers = [];
  sw = new Switch({
    runDirectory: folder,
    clock: new ManualClock(),
    onExit: () => {},
    reopenLog: () => false,
    closeLog: () => {},
  });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await sw.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const yaml = (...lines: string[]): ChangeRequest => ({
  do: 'apply',
  file: join(folder, 'lab.yaml'),
  text: `bridges:\n${lines.map((line) => `  ${line}\n`).join('')}`,
});

/** "done add bridge br0", in the order of the steps. */
const texts = (reports: ChangeReport[]): string[] => reports.map(({ status, step }) => `${status} ${step}`);
const flows = (bridge = 'br0'): number => sw.bridge(bridge)!.ofproto.ruleCount;
const rules = () => sw.bridge('br0')!.ofproto.tables.flatMap((table) => [...table]);

/** A connection to a path, once it is there; `isOpen` as long as it has not ended. */
async function connected(path: string): Promise<{ isOpen: boolean }> {
  const state = { isOpen: true };
  const socket = createConnection({ path });
  sockets.push(socket);
  socket.on('close', () => (state.isOpen = false)).resume();
  await new Promise((resolve) => socket.once('connect', resolve));
  return state;
}

/** A controller that counts who has come. */
async function controller(): Promise<{ target: string; come: number }> {
  const counted = { target: `unix:${join(folder, `ctl${servers.length}`)}`, come: 0 };
  const server = createServer((socket) => {
    counted.come++;
    sockets.push(socket);
    socket.resume();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(counted.target.slice('unix:'.length), resolve));
  return counted;
}

test('steps of a change are told to who listens', async () => {
  await sw.change(yaml('br0: {datapath: dummy}'));
  const told: string[] = [];
  sw.backers()[0]!.events.listen(['config'], ({ step, status }) => told.push(`${status} ${step}`));
  const reports = await sw.change(yaml('br0: {datapath: dummy}', 'br1: {datapath: dummy}'));
  expect(told).toEqual(texts(reports));
  expect(told).toContain('done add bridge br1');
});

test('from nothing to a bridge and back, one word at a time', async () => {
  const made = await sw.change({
    do: 'add-bridge',
    bridge: 'br0',
    settings: ['datapath=dummy', 'ports=dummy:p1,dummy:p2'],
  });
  expect(texts(made)).toEqual([
    'done add bridge br0',
    'done add port p1 to bridge br0',
    'done add port p2 to bridge br0',
  ]);
  expect(flows()).toBe(1);
  expect(texts(await sw.change({ do: 'add-ports', bridge: 'br0', ports: ['dummy:p3'] }))).toEqual([
    'done add port p3 to bridge br0',
  ]);
  await sw.change({ do: 'delete-port', bridge: null, port: 'p1' });
  expect(sw.bridgeSummaries()).toMatchObject([
    { name: 'br0', ports: ['p2', 'p3'], fail_mode: 'standalone', datapath: 'dummy' },
  ]);
  await sw.change({ do: 'delete-bridge', bridge: 'br0' });
  expect(sw.bridge('br0')).toBe(null);
});

test('what cannot be as a whole is refused, and nothing is done', async () => {
  await sw.change({ do: 'add-bridge', bridge: 'br0', settings: ['datapath=dummy', 'ports=dummy:p1'] });
  const refusals: [ChangeRequest, string][] = [
    [{ do: 'add-bridge', bridge: 'br0', settings: [] }, 'there is a bridge br0 already'],
    [{ do: 'add-bridge', bridge: 'a/b', settings: [] }, '"a/b" is not a bridge name'],
    [{ do: 'add-bridge', bridge: 'br1', settings: ['fail_mode=secur'] }, 'Did you mean secure?'],
    [
      { do: 'add-bridge', bridge: 'br1', settings: ['fial_mode=secure'] },
      'unknown key "fial_mode"; Did you mean fail_mode?',
    ],
    [{ do: 'add-bridge', bridge: 'br1', settings: ['secure'] }, '"secure" is not NAME=VALUE'],
    [{ do: 'set-bridge', bridge: 'br0', settings: ['datapath=netdev'] }, 'datapath is what a bridge is made with'],
    [{ do: 'set-bridge', bridge: 'br9', settings: [] }, 'there is no bridge br9. Did you mean br0?'],
    [{ do: 'delete-bridge', bridge: 'br9' }, 'there is no bridge br9'],
    [
      { do: 'add-ports', bridge: 'br0', ports: ['dummy:p1'] },
      'there is a port p1 in bridge br0 already; --may-exist leaves it as it is',
    ],
    [{ do: 'add-ports', bridge: 'br0', ports: ['dummy:p2', 'dummy:p2'] }, 'port p2 of bridge br0 is named twice'],
    [{ do: 'add-ports', bridge: 'br0', ports: ['dumy:p2'] }, '"dumy" is not a kind of port'],
    [{ do: 'delete-port', bridge: 'br0', port: 'p2' }, 'there is no port p2 in bridge br0. Did you mean p1?'],
    [{ do: 'delete-port', bridge: null, port: 'br0' }, 'there is no port br0'],
    [yaml('br0: {datapth: dummy}'), 'lab.yaml:2:9: bridge br0: unknown key "datapth"; Did you mean datapath?'],
  ];
  const before = sw.bridgeSummaries();
  for (const [request, sentence] of refusals) await expect(sw.change(request)).rejects.toThrow(sentence);
  expect(sw.bridgeSummaries()).toEqual(before);
});

test('a part that fails is told, its parts are left out, and all else goes on; the next time it is tried again', async () => {
  const wanted = yaml(
    'br0: {datapath: dummy, ports: ["dummy:p1", "pcap:nosuch.pcap", "dummy:p2"]}',
    `br1: {datapath: dummy, ports: ["dummy:p3"], listen: ["punix:${folder}/no/such/folder"]}`,
  );
  const reports = await sw.change(wanted);
  expect(texts(reports)).toEqual([
    'done add bridge br0',
    'done add port p1 to bridge br0',
    'failed add port nosuch to bridge br0',
    'done add port p2 to bridge br0',
    'done add bridge br1',
    'done add port p3 to bridge br1',
    `failed listen on punix:${folder}/no/such/folder for bridge br1`,
  ]);
  expect(reports[2].error).toContain('nosuch.pcap');
  expect(texts(await sw.change(wanted))).toEqual([
    'failed add port nosuch to bridge br0',
    `failed listen on punix:${folder}/no/such/folder for bridge br1`,
  ]);
});

test('a bridge that cannot be made takes its parts with it, and leaves nothing', async () => {
  rmSync(folder, { recursive: true });
  const reports = await sw.change({ do: 'add-bridge', bridge: 'br0', settings: ['datapath=dummy', 'ports=dummy:p1'] });
  expect(texts(reports)).toEqual(['failed add bridge br0', 'skipped add port p1 to bridge br0']);
  expect(sw.bridgeSummaries()).toEqual([]);
  expect(sw.backers().flatMap((backer) => [...backer])).toEqual([]);
  writeFileSync(folder, '');
});

test('settings change without the bridge: flows, ports, listeners and those who are connected stay', async () => {
  const { target } = await controller();
  const listen = `punix:${join(folder, 'of')}`;
  const program = file('a.flows', 'priority=5,ip,actions=drop\n');
  const bridge = (failMode: string, id: string): ChangeRequest =>
    yaml(
      'br0:',
      '  datapath: dummy',
      '  ports: ["dummy:p1"]',
      `  flows: [${program}]`,
      `  listen: ["${listen}"]`,
      `  controllers: ["${target}"]`,
      `  fail_mode: ${failMode}`,
      `  datapath_id: "${id}"`,
    );
  await sw.change(bridge('standalone', '0000000000000001'));
  const tool = await connected(join(folder, 'br0.mgmt'));
  const port = sw.bridge('br0')!.ports()[0];
  const before = rules();
  expect(before).toHaveLength(1);
  expect(texts(await sw.change(bridge('secure', '0000000000000002')))).toEqual([
    'done set the datapath id of bridge br0 to 0000000000000002',
    'done set the fail mode of bridge br0 to secure',
  ]);
  expect(rules()).toEqual(before);
  expect(sw.bridge('br0')!.ports()[0]).toBe(port);
  expect(sw.bridge('br0')!.ofproto.datapathId).toBe(2n);
  expect(sw.bridgeSummaries()[0]).toMatchObject({ listen: [listen], controllers: [{ target }] });
  await connected(join(folder, 'of'));
  expect(tool.isOpen).toBe(true);
});

test('controllers connect anew for another datapath id, and for nothing else', async () => {
  const counted = await controller();
  await sw.change({ do: 'add-bridge', bridge: 'br0', settings: ['datapath=dummy', `controllers=${counted.target}`] });
  await until('the controller to be reached', () => counted.come === 1);
  await sw.change({ do: 'set-bridge', bridge: 'br0', settings: ['fail_mode=secure', 'ports=dummy:p1'] });
  await until('the connection to be known', () => sw.bridgeSummaries()[0].controllers[0].is_connected);
  await sw.change({ do: 'set-bridge', bridge: 'br0', settings: ['datapath_id=00000000000000ff'] });
  await until('the connection to end', () => !sw.bridgeSummaries()[0].controllers[0].is_connected);
  expect(counted.come).toBe(1);
});

test('the flow of a learning switch is there while the bridge is alone', async () => {
  const { target } = await controller();
  const set = (...settings: string[]) => sw.change({ do: 'set-bridge', bridge: 'br0', settings });
  await sw.change({ do: 'add-bridge', bridge: 'br0', settings: ['datapath=dummy'] });
  const counts = [flows()];
  for (const words of [['fail_mode=secure'], ['fail_mode=standalone'], [`controllers=${target}`], ['controllers=']]) {
    await set(...words);
    counts.push(flows());
  }
  expect(counts).toEqual([1, 0, 1, 0, 1]);
});

test('a file that has changed is loaded again, one that is named no more leaves its flows', async () => {
  const program = file('a.flows', 'priority=5,ip,actions=drop\n');
  const lab = (list: string): ChangeRequest => yaml(`br0: {datapath: dummy, fail_mode: secure, flows: [${list}]}`);
  await sw.change(lab('a.flows'));
  const [first] = rules();
  expect(await sw.change(lab('a.flows'))).toEqual([]);
  writeFileSync(program, 'priority=6,ip,actions=drop\n');
  await sw.change({ do: 'set-bridge', bridge: 'br0', settings: ['fail_mode=standalone'] });
  expect(texts(await sw.change(lab('a.flows')))).toEqual([
    'done set the fail mode of bridge br0 to secure',
    `done load flows of ${program} into bridge br0`,
  ]);
  expect(rules()).toContain(first);
  expect(flows()).toBe(2);
  expect(texts(await sw.change(lab('')))).toEqual([
    `done leave what came from ${program} in bridge br0, though it is named no more`,
  ]);
  expect(flows()).toBe(2);
});

test('a dry run says the steps and does nothing', async () => {
  const reports = await sw.change(yaml('br0: {datapath: dummy, ports: ["dummy:p1"]}'), true);
  expect(texts(reports)).toEqual(['planned add bridge br0', 'planned add port p1 to bridge br0']);
  expect(sw.bridgeSummaries()).toEqual([]);
});

test('what may exist, and what need not', async () => {
  const once = async (request: ChangeRequest): Promise<string[]> => texts(await sw.change(request));
  await sw.change({ do: 'add-bridge', bridge: 'br0', settings: ['datapath=dummy', 'ports=dummy:p1'] });
  const add = (settings: string[]): ChangeRequest => ({ do: 'add-bridge', bridge: 'br0', settings, mayExist: true });
  expect(await once(add([]))).toEqual([]);
  expect(await once(add(['datapath=dummy', 'fail_mode=secure']))).toEqual([
    'done set the fail mode of bridge br0 to secure',
  ]);
  await expect(sw.change(add(['datapath=netdev']))).rejects.toThrow('datapath is what a bridge is made with');
  const ports = (...words: string[]): ChangeRequest => ({
    do: 'add-ports',
    bridge: 'br0',
    ports: words,
    mayExist: true,
  });
  expect(await once(ports('dummy:p1', 'dummy:p2'))).toEqual(['done add port p2 to bridge br0']);
  await expect(sw.change(ports('tap:p1'))).rejects.toThrow(
    'there is a port p1 in bridge br0 already, but it is another: dummy, number 1',
  );
  expect(await once({ do: 'delete-port', bridge: null, port: 'p9', ifExists: true })).toEqual([]);
  expect(await once({ do: 'delete-port', bridge: 'br0', port: 'p2', ifExists: true })).toEqual([
    'done remove port p2 from bridge br0',
  ]);
  await expect(sw.change({ do: 'delete-port', bridge: 'br9', port: 'p1', ifExists: true })).rejects.toThrow('br9');
  expect(await once({ do: 'delete-bridge', bridge: 'br9', ifExists: true })).toEqual([]);
  expect(await once({ do: 'delete-bridge', bridge: 'br0', ifExists: true })).toEqual(['done remove bridge br0']);
});

describe('OpenFlow numbers of ports', () => {
  const numbers = (): Record<string, number> =>
    Object.fromEntries(
      sw
        .bridge('br0')!
        .ports()
        .map(({ name, ofport }) => [name, ofport]),
    );
  const row = (name: string, ofport?: number | string): string =>
    `{name: ${name}, type: dummy${ofport === undefined ? '' : `, ofport: ${ofport}`}}`;
  const ports = (...rows: string[]): ChangeRequest => yaml(`br0: {datapath: dummy, ports: [${rows.join(', ')}]}`);

  test('those asked for are given first, and kept', async () => {
    await sw.change(ports(row('a'), row('b', 1), row('c', 7), row('d')));
    expect(numbers()).toEqual({ a: 2, b: 1, c: 7, d: 3, br0: 65534 });
    const add = (ofport: string, ...ports: string[]) => sw.change({ do: 'add-ports', bridge: 'br0', ports, ofport });
    await add('65279', 'dummy:e');
    expect(numbers()).toMatchObject({ e: 65279 });
    await expect(add('7', 'dummy:f')).rejects.toThrow('number 7 of bridge br0 is wanted for port f, but is that of c');
    await expect(add('9', 'dummy:f', 'dummy:g')).rejects.toThrow('a number can be given to one port only');
    for (const number of ['0', '65280', '-1', '1e3', ''])
      await expect(add(number, 'dummy:f')).rejects.toThrow(`--ofport ${number}: expected a number from 1 to 65279`);
    // Without numbers the file says that any will do.
    expect(texts(await sw.change(ports(row('a'), row('b'), row('c'), row('d', 3), row('e'))))).toEqual([]);
    expect(texts(await sw.change(ports(row('a'), row('b', 8), row('c', 1))))).toEqual([
      'done remove port b from bridge br0',
      'done remove port c from bridge br0',
      'done remove port d from bridge br0',
      'done remove port e from bridge br0',
      'done add port b to bridge br0',
      'done add port c to bridge br0',
    ]);
    expect(numbers()).toEqual({ a: 2, b: 8, c: 1, br0: 65534 });
  });

  test('one that another has is not given', async () => {
    await sw.change(ports(row('a')));
    const [report] = await sw.change(ports(row('a'), row('b', 1)));
    expect(report).toMatchObject({ status: 'failed', error: 'number 1 is that of port a' });
    await expect(sw.change(ports(row('a', 4), row('b', 4)))).rejects.toThrow('number 4 of bridge br0');
    await expect(sw.change(ports(row('a', '"x"')))).rejects.toThrow(
      /lab\.yaml:2:\d+: .*expected a number from 1 to 65279/,
    );
  });
});

test('changes that come together are done one after the other', async () => {
  const all = ['br0', 'br1', 'br2'].map((bridge) =>
    sw.change({ do: 'add-bridge', bridge, settings: ['datapath=dummy'] }),
  );
  all.push(
    sw.change({ do: 'add-ports', bridge: 'br2', ports: ['dummy:p1'] }),
    sw.change({ do: 'delete-bridge', bridge: 'br0' }),
  );
  await Promise.all(all);
  expect(sw.bridgeSummaries().map(({ name, ports }) => [name, ports])).toEqual([
    ['br1', []],
    ['br2', ['p1']],
  ]);
});
