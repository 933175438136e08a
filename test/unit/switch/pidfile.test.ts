import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockHolder } from '../../../datapath/ports/sys/lock.js';
import { Pidfile, runningPid } from '../../../src/switch/pidfile.js';

let folder: string;
let path: string;
let others: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-pid-'));
  path = join(folder, 'ovs-vswitchd.pid');
  others = [];
});

afterEach(async () => {
  for (const other of others) {
    const gone = new Promise((resolve) => other.on('exit', resolve));
    other.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true });
});

const KOFFI = createRequire(import.meta.url).resolve('koffi');

/** A program that locks (or asks for the lock of) a file with fcntl, as another process does. */
const PROGRAM = `
  const [, koffi, what, path] = process.argv;
  const libc = require(koffi).load(null);
  const lock = Buffer.alloc(32);
  lock.writeInt16LE(1, 0);
  const result = libc.func('fcntl', 'int', ['int', 'int', 'void*'])(require('fs').openSync(path, 'r+'), what === 'ask' ? 5 : 6, lock);
  console.log(result === 0 ? (what === 'ask' ? lock.readInt16LE(0) + ' ' + lock.readInt32LE(24) : 'locked') : 'failed');
  if (what === 'hold') setInterval(() => {}, 1000);
`;

/** What the program says, and the program itself. */
async function other(what: 'ask' | 'hold', file: string): Promise<{ said: string; pid: number }> {
  const child = spawn(process.execPath, ['-e', PROGRAM, KOFFI, what, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (what === 'hold') others.push(child);
  const said = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  return { said, pid: child.pid ?? 0 };
}

test('it holds the PID, and other processes see who has it locked', async () => {
  const pidfile = Pidfile.create(path);
  expect(existsSync(`${path}.tmp`)).toBe(false);
  expect((await other('ask', path)).said).toBe(`1 ${process.pid}`);
  // Last, since a process that closes a file once more loses its lock.
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  pidfile.remove();
  expect(existsSync(path)).toBe(false);
  pidfile.remove();
});

test('that of another process that is alive is refused and left alone', async () => {
  writeFileSync(path, '1\n');
  const { pid } = await other('hold', path);
  expect(runningPid(path)).toBe(pid);
  expect(() => Pidfile.create(path)).toThrow(`${path}: already running as pid ${pid}, aborting`);
  expect(readFileSync(path, 'utf8')).toBe('1\n');
  expect(existsSync(`${path}.tmp`)).toBe(false);
  const taken = Pidfile.create(path, { overwrite: true });
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  taken.remove();
});

test('that of a process that is gone is replaced, a longer temporary file too', () => {
  writeFileSync(path, '12345678901234\n');
  writeFileSync(`${path}.tmp`, '12345678901234\n');
  expect(lockHolder(path)).toBe(0);
  const pidfile = Pidfile.create(path);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  pidfile.remove();
});

test('another pidfile in our place is not removed', () => {
  const pidfile = Pidfile.create(path);
  rmSync(path);
  writeFileSync(path, '1\n');
  pidfile.remove();
  expect(readFileSync(path, 'utf8')).toBe('1\n');
});

test('a folder that is not there is refused with a sentence', () => {
  const missing = join(folder, 'none', 'x.pid');
  expect(() => Pidfile.create(missing)).toThrow(
    `the pidfile ${missing} cannot be made: opening ${missing}.tmp: No such file or directory`,
  );
});
