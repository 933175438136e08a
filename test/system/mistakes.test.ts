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

describe('with --json', () => {
  const rows: [what: string, words: string[], error: RegExp][] = [
    ['no such verb', ['ct', 'lst'], /Did you mean list\?/],
    ['no such option', ['ct', 'list', '--prot', 'tcp'], /unrecognized option '--prot'\nDid you mean --proto\?/],
    ['no daemon', ['ct', 'list', '--rundir', '/nowhere'], /cannot read pidfile/],
    ['a bad number', ['ct', 'top', '-n', '0'], /--limit takes a number/],
    ['no value', ['ct', 'list', '--zone'], /option '--zone' requires an argument/],
    ['no daemon for bridges', ['bridge', 'list', '--rundir', '/nowhere'], /cannot read pidfile/],
    ['no daemon for ports', ['port', 'list', '--rundir', '/nowhere'], /cannot read pidfile/],
    ['no file to apply', ['apply', '/nowhere'], /\/nowhere: No such file or directory/],
  ];
  test.each(rows)('%s', (_what, words, error) => {
    const { status, out, err } = run(...words, '--json');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect((JSON.parse(err) as { error: string }).error).toMatch(error);
  });
});

describe('one sentence', () => {
  const rows: [words: string[], error: string][] = [
    [['run', '--bridge'], "ctswitch run: option '--bridge' requires an argument; see ctswitch run --help\n"],
    [['apply', '/etc'], 'ctswitch apply: /etc: Is a directory\n'],
    [
      ['ofctl', '--rundir', '/etc/passwd', 'show', 'br0'],
      'ctswitch ofctl: br0 is not a bridge or a socket\nBridges in /etc/passwd (choose it by --rundir or OVS_RUNDIR): none\n',
    ],
    [
      ['lab', 'exec', 'nobody-there', 'true'],
      'ctswitch lab: there is no host nobody-there: ctswitch lab up LAB makes those of a lab\n',
    ],
    [
      ['lab', 'up', '--rundir', '/etc/passwd', 'two-hosts'],
      'ctswitch lab: the lab cannot be noted in /etc/passwd/lab-two-hosts.json: File exists\n',
    ],
    [['ofctl', 'ofp-print', '0100000800000001', 'x'], 'ctswitch ofctl: the verbosity is a number, not "x"\n'],
  ];
  test.each(rows)('%s', (words, err) => expect(run(...words)).toEqual({ status: 1, out: '', err }));
});

test('the tutorial leaves a namespace of its name alone, and says how to go on', () => {
  mustRun('ip', ['netns', 'add', 'left']);
  try {
    const { status, err } = run('tutorial');
    expect([status, err]).toEqual([1, expect.stringContaining('(ctswitch lab down), or watch without namespaces')]);
    expect(mustRun('ip', ['netns', 'list'])).toMatch(/^left/m);
  } finally {
    mustRun('ip', ['netns', 'del', 'left']);
  }
});

test('a switch of another user, as nobody', async () => {
  const place = join(folder, 'program-of-all');
  cpSync(BUNDLE, join(place, 'dist', 'bin'), { recursive: true });
  cpSync(join(BUNDLE, '..', '..', 'package.json'), join(place, 'package.json'));
  for (const path of [folder, place]) chmodSync(path, 0o755);
  const daemon = await Daemon.start('--datapath', 'dummy', '--bridge', 'br0=');
  try {
    chmodSync(daemon.folder, 0o755);
    const words = [process.execPath, '--no-warnings', join(place, 'dist', 'bin', 'ctswitch.cjs')];
    const nobody = (...line: string[]): ToolResult =>
      tool('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', ...words, ...line]);
    for (const line of [
      ['ct', 'list'],
      ['bridge', 'list'],
      ['ofctl', 'show', 'br0'],
    ]) {
      const [command, ...rest] = line as [string, ...string[]];
      const { status, out, err } = nobody(command, '--rundir', daemon.folder, ...rest);
      expect([status, out]).toEqual([1, '']);
      expect(err).toMatch(
        /\(Permission denied\)\nThe switch belongs to another user: ask as that one, as with sudo\.\n$/,
      );
    }
  } finally {
    await daemon.stop();
  }
});

test.each([['--help'], ['--version'], ['ct', '--help'], ['completion', 'bash']])('a full disk: %s', (...words) => {
  const line = ['-c', '"$@" > /dev/full', 'bash', process.execPath, ...PROGRAM, ...words];
  const { status, stderr } = spawnSync('bash', line, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, 'ctswitch: standard output: No space left on device\n']);
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
