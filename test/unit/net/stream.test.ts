import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Listener, listen, type Stream } from '../../../src/net/stream.js';

let folder = '';
const open: Listener[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-stream-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function listenAt(path: string, accept: (stream: Stream) => void = () => {}): Promise<Listener> {
  const listener = await listen({ kind: 'punix', path, mode: 0o750 }, accept);
  open.push(listener);
  return listener;
}

const echo = (stream: Stream): void => {
  stream.onData = (chunk) => stream.write(chunk);
};

async function exchange(stream: Stream, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    stream.onData = (chunk) => resolve(new TextDecoder().decode(chunk));
  });
  stream.write(text);
  const received = await answer;
  stream.end();
  return received;
}

describe('sockets in the file system', () => {
  test('have the mode asked for, answer, and are gone when closed', async () => {
    const path = join(folder, 'a.mgmt');
    const listener = await listenAt(path, echo);
    expect(statSync(path).mode & 0o777).toBe(0o750);
    expect(await exchange(await connect({ kind: 'unix', path }), 'hello')).toBe('hello');
    await listener.close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('may have paths longer than an address holds', async () => {
    const path = join(folder, `${'x'.repeat(150)}.mgmt`);
    const listener = await listenAt(path, echo);
    expect(await exchange(await connect({ kind: 'unix', path }), 'far')).toBe('far');
    await listener.close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('a living one is refused, a dead one replaced, another file left alone', async () => {
    const path = join(folder, 'b.mgmt');
    await listenAt(path);
    await expect(listenAt(path)).rejects.toThrow(`cannot listen on ${path}: a running process listens there`);

    const dead = join(folder, 'dead.mgmt');
    await leaveSocket(dead);
    await listenAt(dead, echo);
    expect(await exchange(await connect({ kind: 'unix', path: dead }), 'alive')).toBe('alive');

    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    await expect(listenAt(file)).rejects.toThrow(/not a socket is in the way/);
  });

  test.each([
    ['missing/x', /cannot listen on .*missing\/x: No such file or directory/],
    [`missing/${'x'.repeat(150)}`, /No such file or directory/],
  ])('a folder that is not there: %s', async (name, why) => {
    await expect(listenAt(join(folder, name))).rejects.toThrow(why);
  });

  test('connecting to nobody says why', async () => {
    const path = join(folder, 'nobody');
    await expect(connect({ kind: 'unix', path })).rejects.toThrow(
      `cannot connect to ${path}: No such file or directory`,
    );
    await expect(connect({ kind: 'tcp', host: '127.0.0.1', port: 1 })).rejects.toThrow('Connection refused');
  });
});

/** A socket file whose process is gone: bound under one name, left behind under another. */
async function leaveSocket(path: string): Promise<void> {
  const { linkSync } = await import('node:fs');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.tmp`, resolve));
  linkSync(`${path}.tmp`, path);
  await new Promise((resolve) => server.close(resolve));
}

test('TCP, with a port the system chooses', async () => {
  const listener = await listen({ kind: 'ptcp', host: '127.0.0.1', port: 0 }, echo);
  open.push(listener);
  expect(await exchange(await connect({ kind: 'tcp', host: '127.0.0.1', port: listener.port! }), 'tcp')).toBe('tcp');
});

test('both ends learn of the end', async () => {
  const path = join(folder, 'c.mgmt');
  const closedThere = new Promise<string | null>((resolve) => {
    void listenAt(path, (stream) => {
      stream.onClose = resolve;
    }).then(async () => {
      const stream = await connect({ kind: 'unix', path });
      stream.onClose = (why) => expect(why).toBeNull();
      stream.end();
    });
  });
  expect(await closedThere).toBeNull();
});
