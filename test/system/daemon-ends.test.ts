/** Ends that come at a bad time: before the daemon is ready, and because it can do nothing any more. Nothing stays behind. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PROGRAM } from '../helpers/daemon.js';
import { tool, until } from '../helpers/tool.js';

const DUMMY = ['--datapath', 'dummy', '--bridge', 'br0=dummy:p1,dummy:p2'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('told to end while it waits for its database, it says so and leaves nothing behind', async () => {
  const rundir = join(folder, 'run');
  const words = [...PROGRAM, 'vswitchd', `unix:${join(folder, 'no.sock')}`, '--rundir', rundir, '--pidfile'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await until(
    'the control socket',
    () => existsSync(rundir) && readdirSync(rundir).some((name) => name.endsWith('.ctl')),
  );
  child.kill('SIGTERM');
  await until('its end', () => child.exitCode !== null && child.stderr.closed);
  expect(child.exitCode).toBe(1);
  expect(err).toMatch(/^ctswitch vswitchd: ended by SIGTERM before it was ready$/m);
  expect(readdirSync(rundir)).toEqual([]);
});

test('what throws all the time makes it say so, and end with nothing left behind', async () => {
  const thrower = file(
    'thrower.cjs',
    `const { existsSync } = require('node:fs');
    setInterval(() => { if (existsSync(${JSON.stringify(join(folder, 'go'))})) throw new Error('oops'); }, 1);`,
  );
  const rundir = join(folder, 'run');
  const logFile = join(folder, 'own.log');
  const words = ['--require', thrower, ...PROGRAM, 'run', '--rundir', rundir, '--log-file', logFile, ...DUMMY];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await until('the daemon', () => tool('ovs-ofctl', ['show', join(rundir, 'br0.mgmt')]).status === 0, { everyMs: 200 });
  file('go', '');
  await until('its end', () => child.exitCode !== null && child.stderr.closed);
  expect(child.exitCode).toBe(1);
  const lastWords = /\|vswitchd\|EMER\|more than 100 errors within 10 s, giving up: Error: oops <- /;
  expect(err).toMatch(lastWords);
  expect(readFileSync(logFile, 'utf8')).toMatch(lastWords);
  expect(readdirSync(rundir)).toEqual([]);
});
