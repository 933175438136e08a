/** Long answers: made piece by piece, never faster than they are read, given up when nobody reads. */
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { JsonRpc } from '../../../src/net/jsonrpc.js';
import { connect, listen, type Stream } from '../../../src/net/stream.js';
import { runCommand } from '../../../src/unixctl/client.js';
import { sendPieces } from '../../../src/unixctl/pieces.js';
import { type Command, type Pieces, UnixctlError } from '../../../src/unixctl/registry.js';
import { serveForEachTest } from '../../helpers/unixctl-server.js';

const KILO = 'x'.repeat(1023);
/** Far more than all buffers on the way hold. */
const MANY = 20_000;
/** What the sockets, the queue and one slice may hold, generously. */
const IN_BUFFERS = 4000;

/** Pieces made, and walks that have come to an end in whatever way. */
let made = 0;
let ended = 0;
let maker = '';

function* count(many: number): Pieces {
  try {
    for (let i = 0; i < many; i++) {
      made++;
      yield `${KILO}\n`;
    }
  } finally {
    ended++;
  }
}

function* named(name: string): Pieces {
  for (let i = 0; i < 200; i++) {
    maker += maker.endsWith(name) ? '' : name;
    yield `${name}${KILO}\n`;
  }
}

const command = (name: string, run: Command['run']): Command => ({ name, usage: '', minArgs: 0, maxArgs: 1, run });

const COMMANDS = [
  command('words', function* () {
    yield 'a "quoted" word, a \\ and\n';
    yield '';
    yield 'a line: ü\ud83d';
    yield '\ude00';
  }),
  command('nothing', function* () {}),
  command('many', () => count(MANY)),
  command('named', ([name]) => named(name!)),
  // biome-ignore lint/correctness/useYield: what is wrong with a command is thrown before the first piece
  command('refuse', function* (): Pieces {
    throw new UnixctlError('no such zone');
  }),
  command('break', function* () {
    yield 'half\n';
    throw new TypeError('oops');
  }),
];

const at = serveForEachTest(COMMANDS);
beforeEach(() => {
  [made, ended, maker] = [0, 0, ''];
});

const WORDS = 'a "quoted" word, a \\ and\na line: ü\u{1f600}\n';

describe('answers', () => {
  test.each([
    ['words', false, { ok: true, result: WORDS }],
    ['words', true, { ok: true, result: { 'reply-format': 'plain', reply: WORDS } }],
    ['nothing', false, { ok: true, result: '' }],
    ['refuse', false, { ok: false, error: 'no such zone\n' }],
  ])('%s (JSON: %s)', async (name, json, answer) => {
    expect(await runCommand(at.path, name, [], json)).toEqual(answer);
  });

  test('an answer that breaks off ends the connection', async () => {
    await expect(runCommand(at.path, 'break', [])).rejects.toThrow('transaction error');
    expect(await runCommand(at.path, 'version', [])).toEqual({ ok: true, result: 'daemon 1.0\n' });
  });

  test('two clients get theirs in turn', async () => {
    const answers = await Promise.all(['a', 'b'].map((name) => runCommand(at.path, 'named', [name])));
    const whole = (name: string): string => `${name}${KILO}\n`.repeat(200);
    expect(answers).toEqual(['a', 'b'].map((name) => ({ ok: true, result: whole(name) })));
    expect(maker.length).toBeGreaterThan(2);
  });
});

/** A client that has asked and does not read. */
async function ask(name: string): Promise<Stream> {
  const stream = await connect({ kind: 'unix', path: at.path });
  stream.pause();
  stream.write(JSON.stringify({ method: name, params: [], id: 0 }));
  return stream;
}

const until = async (test: () => boolean): Promise<void> => {
  for (let i = 0; i < 1000 && !test(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(test()).toBe(true);
};

/** Waits until no more pieces are made. */
async function standstill(): Promise<void> {
  let before = -1;
  await until(() => {
    const isStill = before === made && made > 0;
    before = made;
    return isStill;
  });
}

describe('readers', () => {
  test('who reads late finds all of it, and no more was made than buffers hold', async () => {
    const stream = await ask('many');
    await standstill();
    expect(made).toBeLessThan(IN_BUFFERS);
    expect(await runCommand(at.path, 'version', [])).toEqual({ ok: true, result: 'daemon 1.0\n' });
    let bytes = 0;
    stream.onData = (chunk) => {
      bytes += chunk.length;
    };
    stream.resume();
    await until(() => ended === 1);
    const size = `{"id":0,"result":"","error":null}`.length + MANY * (KILO.length + 2);
    await until(() => bytes === size);
    stream.destroy();
  });

  test.each(['at once', 'in the midst'])('who hangs up %s is made no more pieces for', async (when) => {
    const stream = await ask('many');
    if (when === 'in the midst') await standstill();
    stream.destroy();
    await until(() => ended === 1);
    expect(made).toBeLessThan(IN_BUFFERS);
  });

  test('who never reads does not keep the daemon from ending', async () => {
    const stream = await ask('many');
    await standstill();
    await at.server.close();
    await until(() => ended === 1);
    stream.destroy();
  });

  test('who never reads is given up', async () => {
    let accepted: (stream: Stream) => void = () => {};
    const served = new Promise<Stream>((resolve) => {
      accepted = resolve;
    });
    const listener = await listen({ kind: 'punix', path: join(at.folder, 'other'), mode: 0o600 }, (s) => accepted(s));
    const client = await connect({ kind: 'unix', path: join(at.folder, 'other') });
    client.pause();
    const rpc = new JsonRpc(await served);
    const { signal } = new AbortController();
    const trouble = await sendPieces({ rpc, pieces: count(MANY), head: '"', tail: '"', signal, stallMs: 50 });
    expect(trouble).toBe('the client has read nothing for 0.05 s');
    expect(ended).toBe(1);
    rpc.destroy();
    client.destroy();
    await listener.close();
  });
});
