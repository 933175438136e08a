/**
 * Interfaces that change while the switch runs. It is asked nothing in between, and looks by itself only every half a minute: what is seen
 * within the time of a test was told by the kernel.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LinkMonitor } from '../../datapath/ports/sys/link-monitor.js';
import { Daemon } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { mustRun, until } from '../helpers/tool.js';

/** A bridge is an interface of the machine: its name must not be anybody else's. */
const BRIDGE = `l${process.pid}`;
/** Well below the switch's own looking around. */
const SOON_MS = 8_000;

let namespaces: Namespaces;
let left: Host;
let right: Host;
let daemon: Daemon | null;
let logFile: string;

beforeEach(() => {
  daemon = null;
  seen = 0;
  namespaces = new Namespaces();
  left = namespaces.add('10.9.0.1/24');
  right = namespaces.add('10.9.0.2/24');
});

afterEach(async () => {
  await daemon?.stop();
  namespaces.removeAll();
});

async function startSwitch(...words: string[]): Promise<void> {
  daemon = await Daemon.start('--bridge', `${BRIDGE}=${left.port},${right.port}`, '--log-file=', ...words);
  logFile = join(daemon.folder, 'ovs-vswitchd.log');
  // The kernel takes up to a second to say that a new cable is plugged in.
  await until('both links', () => ![left, right].some(({ port }) => portState(port).includes('LINK_DOWN')));
  seen = readFileSync(logFile, 'utf8').length;
}

/** Waits for a line about the left interface, behind those that were there when the last one was found. */
let seen = 0;
async function logged(words: string): Promise<void> {
  const wanted = `bridge ${BRIDGE}: interface ${left.port} ${words}`;
  const find = (): number => readFileSync(logFile, 'utf8').indexOf(wanted, seen);
  await until(`"${wanted}"`, () => find() >= 0, { timeoutMs: SOON_MS });
  seen = find() + 1;
}

const reaches = (): boolean => namespaces.tryExec(left, ['ping', '-c', '1', '-W', '1', '10.9.0.2']).status === 0;
const portState = (port = left.port): string =>
  daemon!.ofctl(['show', BRIDGE]).split(`(${port})`)[1]!.split('\n')[2]!.trim();

test('each loss, return and change is a line in the log, and what controllers see', async () => {
  await startSwitch();
  namespaces.exec(left, ['ip', 'link', 'set', left.inner, 'down']);
  await logged('has lost its link');
  expect(portState()).toBe('state:      LINK_DOWN');
  namespaces.exec(left, ['ip', 'link', 'set', left.inner, 'up']);
  await logged('has its link back');
  expect(portState()).toMatch(/^state: {6}(0|LIVE)$/);
  mustRun('ip', ['link', 'set', left.port, 'mtu', '1400']);
  await logged('has MTU 1400 instead of 1500');
  mustRun('ip', ['link', 'set', left.port, 'address', '02:11:22:33:44:55']);
  await logged('has address 02:11:22:33:44:55 instead of ');
  mustRun('ip', ['link', 'set', left.port, 'down']);
  await logged('has been set down');
  mustRun('ip', ['link', 'set', left.port, 'name', `${left.port}x`]);
  await logged(`has been renamed ${left.port}x`);
  await logged('is gone');
  mustRun('ip', ['link', 'set', `${left.port}x`, 'name', left.port]);
  await logged('is there again: link down, MTU 1400, address 02:11:22:33:44:55');
  mustRun('ip', ['link', 'set', left.port, 'up']);
  await logged('has its link back');
  expect(reaches()).toBe(true);
});

test('an interface that was in another namespace, or is a new one of the same name, forwards again', async () => {
  await startSwitch();
  expect(reaches()).toBe(true);
  mustRun('ip', ['link', 'set', left.port, 'netns', right.name]);
  await logged('is gone');
  namespaces.exec(right, ['ip', 'link', 'set', left.port, 'netns', String(process.pid)]);
  await logged('is there again');
  mustRun('ip', ['link', 'set', left.port, 'up']);
  await until('the way to be there again', reaches);

  mustRun('ip', ['link', 'del', left.port]);
  await logged('is gone');
  mustRun('ip', ['link', 'add', left.port, 'type', 'veth', 'peer', 'name', left.inner, 'netns', left.name]);
  mustRun('ip', ['link', 'set', left.port, 'up']);
  namespaces.exec(left, ['ip', 'address', 'add', '10.9.0.1/24', 'dev', left.inner]);
  namespaces.exec(left, ['ip', 'link', 'set', left.inner, 'up']);
  await logged('is there again');
  await until('the way to be there again', reaches);
});

test('a fast-failover group leaves a link that is lost', async () => {
  await startSwitch('--fail-mode', `${BRIDGE}=secure`);
  const group = `group_id=1,type=ff,bucket=watch_port:${left.port},output:${left.port},bucket=watch_port:${right.port},output:${right.port}`;
  daemon!.ofctl(['-O', 'OpenFlow13', 'add-group', BRIDGE, group]);
  daemon!.ofctl(['-O', 'OpenFlow13', 'add-flow', BRIDGE, 'in_port=LOCAL,actions=group:1']);
  const chosen = (): string => {
    daemon!.ofctl([
      'packet-out',
      BRIDGE,
      `in_port=LOCAL,packet=${'ff'.repeat(6)}020000000001ffff${'00'.repeat(46)},actions=table`,
    ]);
    const stats = daemon!.ofctl(['-O', 'OpenFlow13', 'dump-group-stats', BRIDGE, 'group_id=1']);
    return [...stats.matchAll(/bucket\d+:packet_count=(\d+)/g)].map(([, count]) => count).join();
  };
  expect(chosen()).toBe('1,0');
  namespaces.exec(left, ['ip', 'link', 'set', left.inner, 'down']);
  await logged('has lost its link');
  expect(chosen()).toBe('1,1');
});

test('the kernel having told more than it keeps, all ports are looked at', async () => {
  const events: string[] = [];
  let missed = 0;
  const monitor = new LinkMonitor(
    { onEvent: ({ name, mtu }) => events.push(`${name} ${mtu}`), onMissed: () => missed++ },
    16 << 10,
  );
  try {
    for (let mtu = 1300; mtu < 1320; mtu++) mustRun('ip', ['link', 'set', left.port, 'mtu', String(mtu)]);
    await until('the loss', () => missed > 0);
    mustRun('ip', ['link', 'set', left.port, 'mtu', '1500']);
    await until('the next event', () => events.includes(`${left.port} 1500`));
  } finally {
    monitor.close();
  }
});
