/** The daemon when descriptors run out and when peers send nothing but garbage: it goes on, and its log stays readable. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { Namespaces } from '../helpers/namespaces.js';
import { mustRun, until } from '../helpers/tool.js';

/** Connections that are there when the promise resolves; those that were refused are closed. */
async function crowd(path: string, count: number, greeting: Uint8Array = new Uint8Array()): Promise<Socket[]> {
  let settled = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(path, () => socket.write(greeting, () => settled++));
    return socket.on('error', () => {}).on('data', () => {});
  });
  await until('the connections', () => sockets.every((socket) => socket.destroyed) || settled >= count);
  return sockets;
}

test('without descriptors it refuses who comes, looks after its ports, and is itself again afterwards', async () => {
  const hosts = new Namespaces();
  const host = hosts.add('10.3.3.1/24');
  const daemon = await Daemon.start('--bridge', `br0=${host.port}`, '--log-file=');
  try {
    // The kernel takes up to a second to say that a new cable is plugged in.
    await until('the link', () =>
      /^ +1\(.*\n(.*\n)*? +state: +LIVE/m.test(daemon.ofctl(['-O', 'OpenFlow13', 'show', 'br0'])),
    );
    mustRun('prlimit', ['--pid', String(daemon.pid), '--nofile=100:100']);
    const sockets = await crowd(join(daemon.folder, 'br0.mgmt'), 160);
    // It looks after its interfaces all the same, which may want descriptors.
    const logged = (): string => readFileSync(join(daemon.folder, 'ovs-vswitchd.log'), 'utf8');
    for (const [to, change] of [
      ['down', 'has lost its link'],
      ['up', 'has its link back'],
    ] as const) {
      hosts.exec(host, ['ip', 'link', 'set', host.inner, to]);
      await until(change, () => logged().includes(change));
    }
    expect(daemon.isAlive).toBe(true);
    for (const socket of sockets) socket.destroy();
    await until('an answer', () => daemon.tryOfctl(['show', 'br0']).status === 0);
    expect(Number(daemon.appctl('coverage/read-counter', 'internal_error'))).toBe(0);
    expect(logged()).not.toMatch(/\|(ERR|EMER)\|/);
  } finally {
    await daemon.stop();
    hosts.removeAll();
  }
});

test('a stop of the process is told once, and what it tracks is there afterwards', async () => {
  const daemon = await Daemon.start('--datapath', 'dummy', '--bridge', 'br0=dummy:p1', '--fail-mode', 'br0=secure');
  daemon.ofctl(['add-flow', 'br0', 'idle_timeout=2,priority=7,actions=drop']);
  daemon.signal('SIGSTOP');
  await until('the stop', () => /^\d+ \(.*\) T/.test(readFileSync(`/proc/${daemon.pid}/stat`, 'utf8')));
  // As long as it takes to be a stop, which is all that is waited for.
  const began = Date.now();
  await until('the time', () => Date.now() - began > 2600);
  daemon.signal('SIGCONT');
  expect(daemon.ofctl(['dump-flows', 'br0'])).toContain('priority=7');
  await until('the line', () => daemon.err.includes('|timeval|WARN|Unreasonably long'));
  expect(daemon.err.match(/Unreasonably long/g)).toHaveLength(1);
  expect(daemon.appctl('ctswitch/pauses')).toMatch(/process stopped: 1 times, \d{4,} ms in all/);
  await daemon.stop();
});

test('garbage of many peers makes some lines in the log, not as many as there are messages', async () => {
  const daemon = await Daemon.start('--datapath', 'dummy', '--bridge', 'br0=dummy:p1', '--log-file=', '-v', 'file:dbg');
  const hello = Uint8Array.of(4, 0, 0, 8, 0, 0, 0, 1);
  const unknown = Uint8Array.of(4, 250, 0, 8, 0, 0, 0, 2);
  const bytes = Buffer.concat([hello, ...Array.from({ length: 1000 }, () => unknown)]);
  for (let round = 0; round < 3; round++) {
    const sockets = await crowd(join(daemon.folder, 'br0.mgmt'), 30, bytes);
    await until(
      'the errors',
      () => Number(daemon.appctl('coverage/read-counter', 'openflow_bad_message')) >= 30_000 * (round + 1),
    );
    for (const socket of sockets) socket.destroy();
  }
  const lines = readFileSync(join(daemon.folder, 'ovs-vswitchd.log'), 'utf8').trim().split('\n');
  expect(lines.length).toBeLessThan(300);
  expect(lines.filter((line) => line.includes('sending OFPBRC_BAD_TYPE error reply')).length).toBeLessThan(50);
  await daemon.stop();
});
