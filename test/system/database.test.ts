/** Configured by a real ovsdb-server, with the real ovs-vsctl: what is asked for is there when ovs-vsctl returns, and state comes back. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedDatabase } from '../helpers/followed-database.js';
import { Namespaces } from '../helpers/namespaces.js';
import { mustRun, tool, until } from '../helpers/tool.js';

let db: FollowedDatabase;
let hosts: Namespaces;
beforeEach(() => {
  db = new FollowedDatabase();
  hosts = new Namespaces();
});
afterEach(() => {
  hosts.removeAll();
  db.remove();
});

/** Nothing may be said: who starts daemons takes every word for a fault. */
function start(): void {
  expect(db.startSwitch()).toEqual({ status: 0, out: '', err: '' });
}

test('a bridge, its ports and a firewall in the words of the conntrack tutorial: connections are tracked', async () => {
  start();
  const [left, right] = [hosts.add('10.1.1.1/24'), hosts.add('10.1.1.2/24')];
  db.vsctl('add-br', 'ctsdb0', '--', 'set-fail-mode', 'ctsdb0', 'secure');
  db.vsctl('add-port', 'ctsdb0', left.port);
  db.vsctl('add-port', 'ctsdb0', right.port);
  expect([db.get('interface', left.port, 'ofport'), db.get('interface', right.port, 'ofport')]).toEqual(['1', '2']);
  for (const flow of [
    'table=0,priority=10,arp,actions=normal',
    'table=0,priority=50,ct_state=-trk,ip,actions=ct(table=0)',
    `table=0,priority=50,ct_state=+trk+new,ip,in_port=${left.port},actions=ct(commit),${right.port}`,
    `table=0,priority=50,ct_state=+trk+est,ip,in_port=${right.port},actions=${left.port}`,
    `table=0,priority=50,ct_state=+trk+est,ip,in_port=${left.port},actions=${right.port}`,
  ])
    db.ofctl('add-flow', 'ctsdb0', flow);
  expect(hosts.exec(left, ['ping', '-c', '3', '-i', '0.2', '-W', '5', '10.1.1.2'])).toContain('3 received');
  expect(hosts.tryExec(right, ['ping', '-c', '1', '-W', '1', '10.1.1.1']).out).toContain('0 received');
  expect(db.appctl('dpctl/dump-conntrack')).toMatch(/^icmp,orig=\(src=10\.1\.1\.1,dst=10\.1\.1\.2/m);
  // Statistics come each five seconds.
  await until('statistics', () => /rx_packets=[1-9]/.test(db.get('interface', left.port, 'statistics')));
  await db.stopSwitch();
});

test('what cannot be opened has its reason, and is opened when it can be; all else goes on', async () => {
  start();
  db.vsctl('add-br', 'ctsdb0');
  const late = `late${process.pid}`.slice(0, 15);
  const failed = db.tryVsctl('add-port', 'ctsdb0', late);
  expect(failed.err).toContain(
    `Error detected while setting up '${late}': could not open network device ${late} (No such device).`,
  );
  expect(db.get('interface', late, 'ofport')).toBe('-1');
  const host = hosts.add('10.1.1.1/24');
  db.vsctl('add-port', 'ctsdb0', host.port);
  expect(db.get('interface', host.port, 'error')).toBe('[]');
  mustRun('ip', ['link', 'add', late, 'type', 'veth', 'peer', 'name', `${late.slice(0, 13)}x`]);
  await until('the interface to be opened', () => db.get('interface', late, 'ofport') === '2');
  expect(db.get('interface', late, 'error')).toBe('[]');
  tool('ip', ['link', 'del', late]);
  await db.stopSwitch();
});

test('a bridge whose own interface cannot be made has its reason, too', async () => {
  start();
  const host = hosts.add('10.1.1.1/24');
  const { err } = db.tryVsctl('add-br', host.port);
  expect(err).toContain(`could not open network device ${host.port} (`);
  expect(db.get('interface', host.port, 'ofport')).toBe('-1');
  db.vsctl('del-br', host.port);
  db.vsctl('add-br', 'ctsdb0');
  await db.stopSwitch();
});

test('changes are carried out where they are, and nothing else is touched', async () => {
  start();
  const host = hosts.add('10.1.1.1/24');
  db.vsctl('add-br', 'ctsdb0', '--', 'add-port', 'ctsdb0', host.port);
  db.ofctl('add-flow', 'ctsdb0', 'cookie=0x7,priority=7,actions=drop');
  db.vsctl('set', 'bridge', 'ctsdb0', 'fail_mode=secure', 'other_config:datapath-id=00000000000000aa');
  expect(db.get('bridge', 'ctsdb0', 'datapath_id')).toBe('00000000000000aa');
  db.vsctl('set-controller', 'ctsdb0', 'tcp:127.0.0.1:1');
  expect(db.get('controller', 'ctsdb0', 'is_connected')).toBe('false');
  expect(db.ofctl('dump-flows', 'ctsdb0')).toContain('cookie=0x7');
  db.vsctl('del-port', host.port);
  expect(db.ofctl('show', 'ctsdb0')).not.toContain(host.port);
  db.vsctl('del-br', 'ctsdb0');
  expect(db.get('open_vswitch', '.', 'cur_cfg')).toBe(db.get('open_vswitch', '.', 'next_cfg'));
  expect(tool('ip', ['link', 'show', 'ctsdb0']).status).not.toBe(0);
  await db.stopSwitch();
});

test('packets go on while the database is away; on its return what has changed is done', async () => {
  start();
  const [left, right] = [hosts.add('10.1.1.1/24'), hosts.add('10.1.1.2/24')];
  db.vsctl('add-br', 'ctsdb0', '--', 'add-port', 'ctsdb0', left.port, '--', 'add-port', 'ctsdb0', right.port);
  const ping = (): string => hosts.exec(left, ['ping', '-c', '1', '-W', '5', '10.1.1.2']);
  expect(ping()).toContain('1 received');
  await db.stopServer();
  expect(ping()).toContain('1 received');
  db.startServer();
  db.vsctl('--timeout=30', 'add-br', 'ctsdb1');
  expect(db.get('bridge', 'ctsdb1', 'datapath_version')).toBe('<built-in>');
  expect(ping()).toContain('1 received');
  await db.stopSwitch();
});

test('of two switches the second waits until the first has gone', async () => {
  start();
  db.vsctl('add-br', 'ctsdb0');
  const other = mkdtempSync(join(tmpdir(), 'ctswitch-second-'));
  const log = join(other, 'log');
  const second = db.spawnSwitch('--rundir', other, `--log-file=${log}`, `unix:${db.folder}/db.sock`);
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await until('the second to be told', () => said().includes('another ovs-vswitchd process is running'));
  expect(existsSync(join(other, 'ctsdb0.mgmt'))).toBe(false);
  await db.stopSwitch();
  await until('the second to take over', () => existsSync(join(other, 'ctsdb0.mgmt')));
  db.vsctl('add-br', 'ctsdb1');
  expect(existsSync(join(other, 'ctsdb1.mgmt'))).toBe(true);
  const ended = new Promise((resolve) => second.once('exit', resolve));
  second.kill('SIGTERM');
  expect(await ended).toBe(0);
  rmSync(other, { recursive: true, force: true });
});

test('zones of the tracker have the timeouts that ovs-vsctl gives them when it returns', async () => {
  start();
  db.vsctl('add-br', 'ctsdb0');
  db.vsctl(
    '--',
    '--id=@m',
    'create',
    'Datapath',
    'datapath_version=0',
    '--',
    'set',
    'Open_vSwitch',
    '.',
    'datapaths:netdev=@m',
  );
  db.vsctl('add-zone-tp', 'netdev', 'zone=5', 'icmp_first=11', 'icmp_reply=12');
  expect(db.appctl('ctswitch/ct-get-timeouts')).toContain('11');
  db.vsctl('del-zone-tp', 'netdev', 'zone=5');
  expect(db.appctl('ctswitch/ct-get-timeouts')).not.toContain('11');
  await db.stopSwitch();
});
