/** What the program says to somebody who does things in the wrong order, without rights, or with a pipe that closes early. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon, PROGRAM } from '../helpers/daemon.js';
import { mustRun, type ToolResult, tool } from '../helpers/tool.js';

const BUNDLE = dirname(PROGRAM.at(-1)!);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-mistakes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]): ToolResult => tool(process.execPath, [...PROGRAM, ...words]);

describe('laboratories', () => {
  test('a segment from a host that is not there yet', () => {
    expect(run('lab', 'send', 'left', 'S', '100')).toEqual({
      status: 1,
      out: '',
      err: 'ctswitch lab: there is no host left yet: ctswitch lab up makes it\n',
    });
  });

  test('a namespace of the name that is somebody else’s stays, and it is said how to go on', () => {
    mustRun('ip', ['netns', 'add', 'left']);
    try {
      const { status, err } = run('lab', 'up', '--rundir', folder);
      expect(status).toBe(1);
      expect(err).toContain('there is a network namespace left already, which no lab of this run directory has made');
      expect(err).toContain('ip netns del left');
      expect(mustRun('ip', ['netns', 'list'])).toMatch(/^left/m);
    } finally {
      mustRun('ip', ['netns', 'del', 'left']);
    }
  });

  test('without root it is said that it takes root', () => {
    // Where everybody may read it: a checkout in somebody's home need not be.
    const place = join(folder, 'program');
    cpSync(BUNDLE, join(place, 'dist', 'bin'), { recursive: true });
    cpSync(join(BUNDLE, '..', '..', 'package.json'), join(place, 'package.json'));
    for (const path of [folder, place]) chmodSync(path, 0o755);
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, '--no-warnings'];
    const words = [join(place, 'dist', 'bin', 'ctswitch.cjs'), 'lab', 'up', '--rundir', folder];
    const { status, out, err } = tool('setpriv', [...nobody, ...words]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(
      /^ctswitch lab: network namespaces cannot be made here: .*\nIt takes root: sudo ctswitch lab up/,
    );
  });
});

describe('ct --json', () => {
  const rows: [what: string, words: string[], error: RegExp][] = [
    ['no such verb', ['lst'], /Did you mean list\?/],
    ['no such option', ['list', '--prot', 'tcp'], /unrecognized option '--prot'\nDid you mean --proto\?/],
    ['no daemon', ['list', '--rundir', '/nowhere'], /cannot read pidfile/],
    ['a bad number', ['top', '-n', '0'], /--limit takes a number/],
  ];
  test.each(rows)('%s', (_what, words, error) => {
    const { status, out, err } = run('ct', ...words, '--json');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect((JSON.parse(err) as { error: string }).error).toMatch(error);
  });
});

test('diff-flows has found differences, whether or not all of them are read', async () => {
  const daemon = await Daemon.start('--datapath', 'dummy', '--bridge', 'br0=');
  try {
    const flows = join(folder, 'many.flows');
    // More than a pipe holds.
    writeFileSync(flows, Array.from({ length: 5000 }, (_, n) => `in_port=${n + 1},actions=drop\n`).join(''));
    const line = `"$@" | head -1; exit "\${PIPESTATUS[0]}"`;
    const words = [process.execPath, ...PROGRAM, 'ofctl', '--rundir', daemon.folder, 'diff-flows', flows, 'br0'];
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line, 'bash', ...words], { encoding: 'utf8' });
    expect([status, stdout.split('\n').length, stderr]).toEqual([2, 2, '']);
  } finally {
    await daemon.stop();
  }
});
