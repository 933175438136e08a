import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EpollPoller } from '../../../datapath/ports/sys/poll.js';

const LONG_MS = 60_000;

let poller: EpollPoller;
let folder: string;
let fds: number[];

beforeEach(() => {
  poller = new EpollPoller();
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-poll-'));
  fds = [];
});

afterEach(() => {
  poller.close();
  for (const fd of fds) closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** A pipe's reading and writing end in one descriptor. */
function pipe(): number {
  const path = join(folder, `pipe${fds.length}`);
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, 'r+');
  fds.push(fd);
  return fd;
}

test('a readable descriptor ends the wait, for as long as it is readable', async () => {
  const set = [pipe(), pipe()];
  const waiting = poller.wait(set, LONG_MS);
  writeSync(set[1], 'x');
  await waiting;
  await poller.wait(set, LONG_MS);
});

test('the time ends the wait, and a shorter one after a longer one too', async () => {
  const set = [pipe()];
  await poller.wait(set, 1);
  const long = poller.wait(set, LONG_MS);
  poller.wake();
  await long;
  await poller.wait(set, 1);
});

test('wake ends the wait under way, else the next one, once', async () => {
  const set = [pipe()];
  const waiting = poller.wait(set, LONG_MS);
  poller.wake();
  await waiting;
  poller.wake();
  await poller.wait(set, LONG_MS);
  let isOver = false;
  const next = poller.wait(set, LONG_MS).then(() => {
    isOver = true;
  });
  // A wake that was still counted would end it within the first turn.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  poller.wake();
  await next;
});

test('a descriptor that was closed, and its number that another has, do no harm', async () => {
  const first = pipe();
  const set = [first];
  const waiting = poller.wait(set, LONG_MS);
  closeSync(first);
  poller.wake();
  await waiting;
  fds.length = 0;
  rmSync(join(folder, 'pipe0'));
  const second = pipe();
  expect(second).toBe(first);
  const again = poller.wait([second], LONG_MS);
  writeSync(second, 'x');
  await again;
});

test('close ends the wait, and later ones at once', async () => {
  const waiting = poller.wait([pipe()], LONG_MS);
  poller.close();
  await waiting;
  await poller.wait([], LONG_MS);
});
