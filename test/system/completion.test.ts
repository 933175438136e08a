/** A shell completes names of what is running, by the program as it is installed. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Daemon, PROGRAM } from '../helpers/daemon.js';

let daemon: Daemon;
beforeAll(async () => {
  daemon = await Daemon.start('--datapath', 'dummy', '--bridge', 'one=dummy:p1,dummy:p2', '--bridge', 'two=dummy:q1');
});
afterAll(() => daemon.stop());

const SCRIPT = `
ctswitch() { "\${program[@]}" "$@"; }
source <(ctswitch completion bash)
COMP_WORDS=(ctswitch "$@"); COMP_CWORD=$#
_ctswitch ctswitch
echo "\${COMPREPLY[*]}"`;

function complete(...words: string[]): string {
  const program = [process.execPath, ...PROGRAM].map((word) => `'${word}'`).join(' ');
  const env = { ...process.env, OVS_RUNDIR: daemon.folder };
  return spawnSync('bash', ['-c', `program=(${program})${SCRIPT}`, 'bash', ...words], {
    env,
    encoding: 'utf8',
  }).stdout.trim();
}

test('bridges, ports of the bridge that was named, commands of the daemon', () => {
  expect(complete('ofctl', 'dump-flows', '')).toBe('one two');
  expect(complete('ofctl', 'mod-port', 'one', 'p')).toBe('p1 p2');
  expect(complete('port', 'set', '')).toBe('p1 p2 one q1 two');
  expect(complete('appctl', 'fdb/show', 't')).toBe('two');
  expect(complete('ct', 'set', 'max_c')).toBe('max_connections=');
});
