import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect, type Stream } from '../../../src/net/stream.js';
import { runCommand, socketPath } from '../../../src/unixctl/client.js';
import { type Command, Registry, UnixctlError } from '../../../src/unixctl/registry.js';
import { serveUnixctl } from '../../../src/unixctl/server.js';
import { serveForEachTest } from '../../helpers/unixctl-server.js';

const COMMANDS: Command[] = [
  { name: 'join', usage: '[word]...', minArgs: 1, maxArgs: 3, run: (args) => args.join('+') },
  {
    name: 'later',
    usage: '',
    minArgs: 0,
    maxArgs: 0,
    run: () => new Promise((done) => setImmediate(() => done('late'))),
  },
  { name: 'json', usage: '', minArgs: 0, maxArgs: 0, run: () => 'text', runJson: () => ({ answer: 42 }) },
  {
    name: 'refuse',
    usage: '',
    minArgs: 0,
    maxArgs: 0,
    run: () => {
      throw new UnixctlError('no such thing');
    },
  },
  {
    name: 'bug',
    usage: '',
    minArgs: 0,
    maxArgs: 0,
    run: () => {
      throw new TypeError('oops');
    },
  },
];

const at = serveForEachTest(COMMANDS);

const UNKNOWN = '"nope" is not a valid command (use "list-commands" to see a list of valid commands)\n';

describe('commands and their answers', () => {
  test.each([
    ['version', [], { ok: true, result: 'daemon 1.0\n' }],
    ['join', ['a', 'b'], { ok: true, result: 'a+b\n' }],
    ['later', [], { ok: true, result: 'late\n' }],
    ['nope', [], { ok: false, error: UNKNOWN }],
    ['join', [], { ok: false, error: '"join" command requires at least 1 arguments\n' }],
    ['join', ['1', '2', '3', '4'], { ok: false, error: '"join" command takes at most 3 arguments\n' }],
    ['refuse', [], { ok: false, error: 'no such thing\n' }],
    ['bug', [], { ok: false, error: 'internal error: oops\n' }],
  ])('%s %j', async (command, args, answer) => {
    expect(await runCommand(at.path, command, args)).toEqual(answer);
  });

  test('list-commands', async () => {
    const { result } = (await runCommand(at.path, 'list-commands', [])) as { result: string };
    expect(result.split('\n').slice(0, 3)).toEqual([
      'The available commands are:',
      '  bug                     ',
      '  join                    [word]...',
    ]);
  });

  test('JSON for clients that ask', async () => {
    expect(await runCommand(at.path, 'json', [], true)).toEqual({ ok: true, result: { answer: 42 } });
    expect(await runCommand(at.path, 'version', [], true)).toEqual({
      ok: true,
      result: { 'reply-format': 'plain', reply: 'daemon 1.0\n' },
    });
  });
});

/** Sends raw bytes; resolves with all that came until the server hung up, or `until` was seen. */
async function raw(bytes: string, until: string | null): Promise<string> {
  const stream: Stream = await connect({ kind: 'unix', path: at.path });
  let seen = '';
  return new Promise((resolve) => {
    stream.onClose = () => resolve(seen);
    stream.onData = (chunk) => {
      seen += new TextDecoder().decode(chunk);
      if (until !== null && seen.includes(until)) stream.end();
    };
    stream.write(bytes);
  });
}

describe('on the wire', () => {
  test('several requests of one connection are answered in order', async () => {
    const calls = ['later', 'version', 'nope'].map((method, id) => JSON.stringify({ method, params: [], id })).join('');
    expect(await raw(calls, '"id":2')).toBe(
      '{"id":0,"result":"late\\n","error":null}{"id":1,"result":"daemon 1.0\\n","error":null}' +
        `{"id":2,"result":null,"error":${JSON.stringify(UNKNOWN)}}`,
    );
  });

  test('arguments must be texts', async () => {
    expect(await raw('{"method":"join","params":[1],"id":7}', '"id":7')).toContain('has non-string argument');
  });

  test('an id that is nested as deep as may be comes back, one that is deeper ends the connection', async () => {
    const request = (depth: number): string =>
      `{"method":"version","params":[],"id":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(await raw(request(999), 'null}')).toContain('daemon 1.0');
    for (const depth of [1000, 5000, 500_000]) expect(await raw(request(depth), null)).toBe('');
    expect(await runCommand(at.path, 'version', [])).toEqual({ ok: true, result: 'daemon 1.0\n' });
  });

  test.each([
    'x',
    '[1,2]',
    '{"method":"version","params":{},"id":0}',
    '{"method":"version","id":0}',
    '{"method":"version","params":[],"id":null}',
  ])('%s ends the connection', async (bytes) => {
    expect(await raw(bytes, null)).toBe('');
  });
});

describe('who asks nothing whole', () => {
  test.each(['', '{"method":"version","params":[],"id":', '{"method":"version","params":[],"id":0}{'])(
    'has no place for ever: %j',
    async (bytes) => {
      const other = join(at.folder, 'daemon.2.ctl');
      const impatient = await serveUnixctl(other, new Registry('daemon 1.0'), { requestTimeoutMs: 100 });
      const stream = await connect({ kind: 'unix', path: other });
      const closed = new Promise((resolve) => (stream.onClose = resolve));
      if (bytes !== '') stream.write(bytes);
      await closed;
      expect(await runCommand(other, 'version', [])).toEqual({ ok: true, result: 'daemon 1.0\n' });
      await impatient.close();
    },
  );

  test('one whose answer takes longer is waited for', async () => {
    const other = join(at.folder, 'daemon.3.ctl');
    const registry = new Registry('daemon 1.0');
    // The time of a connection that asks nothing begins after that of the one which has asked: when it is over, so is the other's.
    const run = async (): Promise<string> => {
      const silent = await connect({ kind: 'unix', path: other });
      await new Promise((resolve) => (silent.onClose = resolve));
      return 'late';
    };
    registry.add({ ...COMMANDS[1]!, run });
    const impatient = await serveUnixctl(other, registry, { requestTimeoutMs: 100 });
    expect(await runCommand(other, 'later', [])).toEqual({ ok: true, result: 'late\n' });
    await impatient.close();
  });
});

describe('finding the daemon', () => {
  test('by the name of its pidfile', () => {
    writeFileSync(join(at.folder, 'daemon.pid'), '1\n');
    expect(socketPath('daemon', at.folder)).toBe(at.path);
    expect(socketPath('/some/path', at.folder)).toBe('/some/path');
  });

  test('errors are those of ovs-appctl', async () => {
    expect(() => socketPath('none', at.folder)).toThrow(
      `cannot read pidfile "${at.folder}/none.pid" (No such file or directory)`,
    );
    await expect(runCommand('/nonexistent', 'version', [])).rejects.toThrow(
      'cannot connect to "/nonexistent" (No such file or directory)',
    );
  });
});
