/**
 * A controller that is not there, comes, and goes again: our daemon and a real Open vSwitch in standalone mode, side by side, and
 * what ovs-ofctl snoop hears of it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/net/stream.js';
import { Daemon } from '../helpers/daemon.js';
import { RealOvs } from '../helpers/real-ovs.js';
import { mustRun, tool, until } from '../helpers/tool.js';
import { Peer } from '../unit/controller/peer.js';

const FRAME =
  '0000000000020000000000010800450000280000000040065f1dc0a800020a000002040008000000006400000000500220000a050000';
/** Both give a controller fifteen seconds. */
const RARELY = { timeoutMs: 60_000, everyMs: 500 };

let ours: Daemon;
let real: RealOvs;
beforeAll(async () => {
  real = new RealOvs();
  real.addBridge('br0', ['p1', 'p2'], 'standalone');
  real.vsctl(['set-controller', 'br0', `unix:${controllerOf(real.folder)}`]);
  const target = `unix:${join(real.folder, 'ours')}`;
  const words = ['--datapath', 'dummy', '--bridge', 'br0=dummy:p1,dummy:p2', '--fail-mode', 'br0=standalone'];
  ours = await Daemon.start(...words, '--controller', `br0=${target}`);
});
afterAll(async () => {
  real.stop();
  await ours.stop();
});

const controllerOf = (folder: string): string => join(folder, folder === real.folder ? 'theirs' : 'ours');
const folders = (): readonly [string, string] => [ours.folder, real.folder];
const ask = (folder: string, command: string, ...words: string[]): string =>
  mustRun(command, words, { env: { OVS_RUNDIR: folder } })
    .replace(/\(xid=0x[0-9a-f]+\)/g, '(xid)')
    .replace(/(duration|idle_age)=[\d.]+s?/g, '$1=T');

/** All flows of table 0, also those that controllers do not see. */
const flows = (folder: string): string[] =>
  ask(folder, 'ovs-appctl', '-t', 'ovs-vswitchd', 'bridge/dump-flows', 'br0')
    .split('\n')
    .filter((line) => !line.startsWith('table_id=254'));

function both<T>(of: (folder: string) => T): T {
  const [a, b] = folders().map(of);
  expect.soft(a).toEqual(b);
  return a!;
}

test('the switch goes on by itself, and hands over again', async () => {
  await until('both to fail open', () => folders().every((folder) => flows(folder).length > 1), RARELY);
  const [flow] = both(flows);
  expect(flow).toBe('duration=T, n_packets=0, n_bytes=0, priority=15790320,actions=NORMAL');
  both((folder) => ask(folder, 'ovs-ofctl', 'dump-flows', 'br0'));
  both((folder) => ask(folder, 'ovs-ofctl', 'dump-aggregate', 'br0'));
  both((folder) => ask(folder, 'ovs-ofctl', 'del-flows', 'br0'));
  both(flows);
  for (const folder of folders()) ask(folder, 'ovs-appctl', '-t', 'ovs-vswitchd', 'netdev-dummy/receive', 'p1', FRAME);
  await until('both to count it', () => folders().every((folder) => flows(folder)[0]?.includes('n_packets=1')));
  both(flows);

  const peers: Peer[] = [];
  const listeners: Listener[] = [];
  for (const name of ['ours', 'theirs']) {
    const at = join(real.folder, name);
    listeners.push(
      await listen({ kind: 'punix', path: at, mode: 0o700 }, (stream) => void peers.push(Peer.over(stream, 1))),
    );
  }
  const snoops = folders().map((folder) => {
    const child = spawn('ovs-ofctl', ['snoop', 'br0'], { env: { ...process.env, OVS_RUNDIR: folder } });
    const heard = { text: '', child };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        heard.text += text;
      });
    return heard;
  });
  await until('both to connect', () => peers.length === 2, RARELY);
  // Until it has said something, the controller is offered packets.
  await Promise.all(peers.map((peer) => peer.until(({ name }) => name === 'packet_in')));
  expect(both(flows)[0]).toContain('priority=15790320');
  await Promise.all(peers.map((peer) => peer.barrier()));
  await until('both to hand over', () => folders().every((folder) => flows(folder).join('') === ''));
  const heard = [/OFPT_PACKET_IN/, /OFPT_BARRIER_REQUEST[\s\S]*OFPT_BARRIER_REPLY/];
  await until('both snoops to hear all', () => snoops.every(({ text }) => heard.every((what) => what.test(text))));
  for (const { child } of snoops) child.kill();
  for (const listener of listeners) await listener.close();
  for (const peer of peers) peer.close();
  expect(tool('ovs-ofctl', ['dump-flows', 'br0'], { env: ours.env }).status).toBe(0);
});
