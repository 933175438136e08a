/** What may come next in a command line, and that the shells' scripts put it there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.js';
import { VERBS } from '../../../src/cli/commands/ofctl/verbs.js';
import { complete } from '../../../src/cli/completion/complete.js';
import { SCRIPTS } from '../../../src/cli/completion/scripts.js';

/** Of a switch that does not answer; its sockets are there. */
let rundir: string;
beforeAll(() => {
  rundir = mkdtempSync(join(tmpdir(), 'ctswitch-completion-'));
  for (const name of ['br0', 'br1']) writeFileSync(join(rundir, `${name}.mgmt`), '');
});
afterAll(() => rmSync(rundir, { recursive: true }));

const wordsFor = async (...words: string[]): Promise<string[]> =>
  (await complete(COMMANDS, words)).map(({ word }) => word);

describe('words', () => {
  test('commands, and the options of the program', async () => {
    const names = COMMANDS.map(({ command }) => command.split(' ')[0]);
    expect(await wordsFor()).toEqual([...names, '--help', '--version']);
    expect(await wordsFor('')).toHaveLength(names.length + 2);
    expect(await wordsFor('com')).toEqual(['completion']);
  });

  test('every verb of ofctl with what it means', async () => {
    expect((await complete(COMMANDS, ['ofctl', ''])).map(({ word, describe }) => [word, describe])).toEqual(
      Object.entries(VERBS).map(([name, { describe }]) => [name, describe]),
    );
  });

  const rows: [line: string, words: string[]][] = [
    ['ct ti', ['timeouts']],
    ['ct timeouts ', ['set', 'del']],
    ['ct timeouts set 5 udp_f', ['udp_first=']],
    ['ct timeouts del 5 ', []],
    ['ct --js', ['--json']],
    ['bridge set br1 fail', ['fail_mode=']],
    ['port set p1 m', ['mtu=']],
    ['run --no', ['--no-chdir']],
    ['run --datapath d', ['dummy']],
    ['run --datapath=d', ['--datapath=dummy']],
    ['run --datapath = d', ['--datapath=dummy']],
    ['run --datapath =', ['--datapath=netdev', '--datapath=dummy']],
    ['lab up n', ['nat-gateway']],
    ['lab exec le', ['left']],
    ['lab exec left --', []],
    ['appctl -t /nowhere fdb/sh', ['fdb/show']],
    ['appctl fdb/show --', []],
    ['completion ', ['bash', 'zsh']],
    ['nonsense ', []],
    ['ofctl nonsense ', []],
  ];
  test.each(rows)('%s', async (line, words) => {
    expect(await wordsFor(...line.split(' '))).toEqual(words);
  });

  test('bridges of the run directory that the line names', async () => {
    const at = ['--rundir', rundir];
    expect(await wordsFor('ofctl', ...at, 'dump-flows', '')).toEqual(['br0', 'br1']);
    expect(await wordsFor('ofctl', `--rundir=${rundir}`, '-O', 'OpenFlow13', 'diff-flows', 'br0', 'br')).toEqual([
      'br0',
      'br1',
    ]);
    expect(await wordsFor('bridge', 'del', ...at, 'br1')).toEqual(['br1']);
    expect(await wordsFor('ofctl', '--rundir', '/nowhere', 'dump-flows', '')).toEqual([]);
  });
});

describe('the script for bash', () => {
  /** Runs the script with a program that answers with those lines, after one that has its own words. */
  const SCRIPT = `
    ctswitch() { printf '%s\\n' "$*" "$answer"; }
    ${SCRIPTS.bash}
    COMP_WORDS=(ctswitch "$@"); COMP_CWORD=$#
    _ctswitch ctswitch
    printf '%s\\n' "\${COMPREPLY[@]}"`;

  /** What bash may put in place of the last word. */
  function inBash(answer: string, ...words: string[]): string[] {
    const env = { ...process.env, answer };
    return spawnSync('bash', ['-c', SCRIPT, 'bash', ...words], { env, encoding: 'utf8' })
      .stdout.split('\n')
      .slice(0, -1);
  }

  test('asks with all words and takes what stands before the tab', () => {
    expect(inBash('br0\tmeaning\nbr 1\t', 'ofctl', 'show', '')).toEqual([
      'completion words -- ofctl show ',
      'br0',
      'br 1',
    ]);
  });

  test('does not say again what stands before an equals sign', () => {
    expect(inBash('--datapath=dummy\t', 'run', '--datapath', '=', 'd').slice(1)).toEqual(['dummy']);
    expect(inBash('--datapath=netdev\t\n--datapath=dummy\t', 'run', '--datapath', '=').slice(1)).toEqual([
      'netdev',
      'dummy',
    ]);
  });
});
