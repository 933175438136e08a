/** `--detach`: the user's process says whether the daemon works; the daemon lives on, is found by the real tools, and tidies up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PROGRAM } from '../helpers/daemon.js';
import { mustRun, tool, until } from '../helpers/tool.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-detach-'));
});

afterEach(() => {
  appctl('exit');
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  status: number | null;
  out: string;
  err: string;
}

/** From inside the folder, so that paths are relative. The output ends only when no daemon holds the pipes. */
function run(...words: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const args = [...PROGRAM, 'run', '--rundir', 'run', '--bridge', 'br0=dummy:p1', '--datapath', 'dummy', ...words];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said.err += text));
  return { child, ended: new Promise((resolve) => child.on('close', (status) => resolve({ status, ...said }))) };
}

const rundir = (): string => join(folder, 'run');
const pid = (): number => Number(readFileSync(join(rundir(), 'ovs-vswitchd.pid'), 'utf8'));
const appctl = (...words: string[]) =>
  tool('ovs-appctl', ['-t', 'ovs-vswitchd', ...words], { env: { OVS_RUNDIR: rundir() } });
const left = (): string[] => (existsSync(rundir()) ? readdirSync(rundir()) : []);

test('exits with 0 and without a word when the daemon works; ovs-appctl finds it and ends it', async () => {
  expect(await run('--detach').ended).toEqual({ status: 0, out: '', err: '' });
  const daemon = pid();
  expect(appctl('version')).toMatchObject({ status: 0, out: expect.stringContaining('ovs-vswitchd (ctswitch)') });
  expect(mustRun('ovs-ofctl', ['show', 'br0'], { env: { OVS_RUNDIR: rundir() } })).toContain('(p1)');
  expect(readlinkSync(`/proc/${daemon}/cwd`)).toBe('/');
  for (const fd of [0, 1, 2]) expect(readlinkSync(`/proc/${daemon}/fd/${fd}`)).toBe('/dev/null');
  expect(appctl('exit').status).toBe(0);
  await until('the daemon to be gone', () => !existsSync(`/proc/${daemon}`));
  expect(left()).toEqual([]);
});

test('a second daemon in the same place is refused by both, and the first lives on', async () => {
  await run('--detach', '--no-chdir').ended;
  const daemon = pid();
  expect(readlinkSync(`/proc/${daemon}/cwd`)).toBe(folder);
  const sentence = `ctswitch run: ${join(rundir(), 'ovs-vswitchd.pid')}: already running as pid ${daemon}, aborting\n`;
  expect(await run('--detach').ended).toEqual({ status: 1, out: '', err: sentence });
  expect(await run().ended).toEqual({ status: 1, out: '', err: sentence });
  expect(appctl('version').status).toBe(0);
  expect(pid()).toBe(daemon);
});

test('what the daemon fails of is said by the process in front, and nothing stays', async () => {
  const { status, err } = await run('--detach', '--bridge', 'br1=nosuch0').ended;
  expect({ status, err }).toEqual({ status: 1, err: 'ctswitch run: there is no network interface nosuch0\n' });
  expect(left()).toEqual([]);
});

test('the pidfile of a daemon that was killed does not stand in the way', async () => {
  await run('--detach').ended;
  process.kill(pid(), 'SIGKILL');
  await until('the daemon to be gone', () => appctl('version').status !== 0);
  expect(await run('--detach').ended).toMatchObject({ status: 0, err: '' });
  expect(appctl('version').status).toBe(0);
});
