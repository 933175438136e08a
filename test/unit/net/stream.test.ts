import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
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
    const deep = join(folder, 'x'.repeat(150));
    mkdirSync(deep);
    const path = join(deep, 'br0.mgmt');
    const listener = await listenAt(path, echo);
    expect(await exchange(await connect({ kind: 'unix', path }), 'far')).toBe('far');
    await listener.close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();

    const name = join(folder, 'y'.repeat(150));
    await expect(listenAt(name)).rejects.toThrow(/File name too long/);
    await expect(connect({ kind: 'unix', path: name })).rejects.toThrow(/File name too long/);
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

describe('TCP, with a port the system chooses', () => {
  /** An address of this machine that is no loopback address, if it has one. */
  const outside = (family: 'IPv4' | 'IPv6'): string[] =>
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses
        .filter((address) => !address.internal && address.family === family)
        .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address))
        .slice(0, 1),
    );
  /** Machines may have IPv6 turned off. */
  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));
  const LOOPBACK = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const FOUR = ['127.0.0.1', ...outside('IPv4')];
  const ALL = [...new Set([...LOOPBACK, ...FOUR, ...(hasIpv6 ? outside('IPv6') : [])])];
  const ROWS: [host: string, answering: string[]][] = [
    ['', LOOPBACK],
    ['127.0.0.1', ['127.0.0.1']],
    ['0.0.0.0', FOUR],
  ];
  const ROWS6: typeof ROWS = [
    ['::1', ['::1']],
    ['::', ALL],
  ];

  test.each([...ROWS, ...(hasIpv6 ? ROWS6 : [])])(
    'listening on "%s" answers at %s and nowhere else',
    async (host, answering) => {
      const { port } = await tcp(host);
      for (const address of ALL) {
        const exchanged = connect({ kind: 'tcp', host: address, port }).then((stream) => exchange(stream, 'tcp'));
        if (answering.includes(address)) expect(await exchanged).toBe('tcp');
        else await expect(exchanged, address).rejects.toThrow('Connection refused');
      }
    },
  );

  test('a port of which one family is in use is refused, and left alone in the other', async () => {
    const last = hasIpv6 ? '[::1]' : '127.0.0.1';
    const { port } = await tcp(LOOPBACK.at(-1)!);
    await expect(listen({ kind: 'ptcp', host: '', port }, echo)).rejects.toThrow(
      `cannot listen on ptcp:${port}:${last}: Address already in use`,
    );
    if (hasIpv6) await (await listen({ kind: 'ptcp', host: '127.0.0.1', port }, echo)).close();
  });

  test.each(LOOPBACK)('a peer at %s is called so', async (host) => {
    const name = host.includes(':') ? `tcp:[${host}]:` : `tcp:${host}:`;
    const seen = new Promise<string>((resolve) => {
      const accept = ({ peer }: Stream): void => resolve(peer);
      void tcp(hasIpv6 ? '::' : '0.0.0.0', accept).then(({ port }) => connect({ kind: 'tcp', host, port }));
    });
    expect((await seen).slice(0, name.length)).toBe(name);
  });

  async function tcp(host: string, accept = echo): Promise<{ port: number }> {
    const listener = await listen({ kind: 'ptcp', host, port: 0 }, accept);
    open.push(listener);
    return { port: listener.port! };
  }
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

describe('what fails on account of one peer costs its connection only', () => {
  const oops = (): never => {
    throw new Error('oops');
  };
  test.each<[string, (stream: Stream) => void]>([
    ['when it is accepted', oops],
    ['when it sends', (stream) => void (stream.onData = oops)],
    ['when it goes', (stream) => void (stream.onClose = oops)],
  ])('%s', async (_, failing) => {
    const path = join(folder, 'c.mgmt');
    let first = true;
    await listenAt(path, (stream) => {
      echo(stream);
      if (first) {
        first = false;
        failing(stream);
      }
    });
    const peer = await connect({ kind: 'unix', path });
    const closed = new Promise((resolve) => (peer.onClose = resolve));
    peer.write('x');
    peer.end();
    await closed;
    expect(await exchange(await connect({ kind: 'unix', path }), 'still here')).toBe('still here');
  });
});
