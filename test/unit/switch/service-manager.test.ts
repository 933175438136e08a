/** The service manager is told over a real datagram socket, received by Python, as Node has none of that family. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ServiceManager } from '../../../src/switch/service-manager.js';

/** Prints each datagram as JSON, after a line that says it listens. */
const RECEIVER = `
import json, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name[0] == '@' else name)
print('listening', flush=True)
while True:
    print(json.dumps(s.recv(4096).decode()), flush=True)
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.each(hasPython ? ['path', 'abstract'] : [])(
  'a manager behind a socket, %s, hears of ready, life and end',
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'ctswitch-notify-'));
    const socket = kind === 'path' ? join(folder, 'notify') : `@ctswitch-test-${process.pid}`;
    const receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    receiver.stdout.on('data', (chunk) => {
      heard += chunk;
    });
    await expect.poll(() => heard, { timeout: 20_000 }).toBe('listening\n');
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) };
    const manager = new ServiceManager({ env, pid: process.pid });
    manager.ready('br0');
    await expect
      .poll(() => heard, { timeout: 20_000 })
      .toMatch(/^listening\n"READY=1\\nSTATUS=br0"\n"WATCHDOG=1"\n"WATCHDOG=1"\n/);
    manager.stopping();
    await expect.poll(() => heard, { timeout: 20_000 }).toMatch(/"STOPPING=1\\nSTATUS=ending"\n$/);
    receiver.kill();
    await once(receiver, 'exit');
    rmSync(folder, { recursive: true });
  },
);

test.each([
  [{}],
  [{ NOTIFY_SOCKET: '' }],
  [{ NOTIFY_SOCKET: 'relative' }],
  [{ NOTIFY_SOCKET: '/nobody/there' }],
  [{ NOTIFY_SOCKET: `/${'x'.repeat(200)}` }],
  [{ NOTIFY_SOCKET: '@ctswitch-nobody', WATCHDOG_USEC: 'x', WATCHDOG_PID: '1' }],
])('nobody is told and nothing happens with %o', (env) => {
  const manager = new ServiceManager({ env, pid: process.pid });
  expect(() => {
    manager.ready('br0');
    manager.stopping();
  }).not.toThrow();
});
