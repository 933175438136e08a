/** The run directory: what cannot be one is refused in a sentence, and sockets of daemons that were killed go. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pidfile } from '../../../src/switch/pidfile.js';
import { prepareRunDirectory, removeStaleSockets } from '../../../src/switch/run-directory.js';

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-rundir-'));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('is made with the folders above it', () => {
  const path = join(folder, 'a', 'b');
  prepareRunDirectory(path);
  prepareRunDirectory(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

const LONG = 'x'.repeat(300);

describe('what cannot be one is refused, and nothing is made', () => {
  test.each([
    ['/proc/nope', 'No such file or directory'],
    ['/proc/nope/deeper', 'No such file or directory'],
    ['/dev/null/x', 'Not a directory'],
    ['file', 'Not a directory'],
    ['file/x', 'Not a directory'],
    ['loop', 'Too many levels of symbolic links'],
    ['loop/x', 'Too many levels of symbolic links'],
    [LONG, 'File name too long'],
  ])('%s', (name, why) => {
    const path = name.startsWith('/') ? name : join(folder, name);
    const message = `the run directory ${path} cannot be used: ${why}; choose another with --rundir or OVS_RUNDIR`;
    expect(() => prepareRunDirectory(path)).toThrow(message);
    expect(readdirSync(folder).sort()).toEqual(['file', 'loop']);
  });

  test.each([
    ['absent/x.pid', 'No such file or directory'],
    ['file/x.pid', 'Not a directory'],
    ['.', 'Is a directory'],
    [LONG, 'File name too long'],
  ])('as a pidfile: %s', (name, why) => {
    const path = join(folder, 'own', name);
    prepareRunDirectory(join(folder, 'own'));
    writeFileSync(join(folder, 'own', 'file'), '');
    expect(() => Pidfile.create(path)).toThrow(why);
    expect(() => Pidfile.create(path)).toThrow(/^the pidfile .*; choose another with --pidfile$/);
    expect(readdirSync(join(folder, 'own'))).toEqual(['file']);
  });
});

/** A socket file that a process has left which was killed. */
function leave(name: string): void {
  const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script, join(folder, name)]);
  expect(existsSync(join(folder, name))).toBe(true);
}

test('sockets where nobody listens go; those that live, of living processes, and other files stay', async () => {
  const gone = spawnSync('true').pid;
  const dead = [`ovs-vswitchd.${gone}.ctl`, 'br0.mgmt', 'br0.snoop'];
  const stay = [`ovs-vswitchd.${process.pid}.ctl`, 'other.sock'];
  for (const name of [...dead, ...stay]) leave(name);
  writeFileSync(join(folder, 'br1.mgmt'), '');
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, 'br2.mgmt'), resolve));
  await removeStaleSockets(folder);
  expect(readdirSync(folder).sort()).toEqual([...stay, 'br1.mgmt', 'br2.mgmt', 'file', 'loop'].sort());
});
