/** A shell completes names of what is running, by the program as it is installed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Daemon, PROGRAM } from '../helpers/daemon.js';
import { mustRun } from '../helpers/tool.js';

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

/**
 * zsh completes on a terminal only: it is given one (zsh/zpty), and types what it is told, each followed by a tab. What completion offers
 * to the line editor, and the line as it is then, go to the file $FOUND.
 */
const TYPIST = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit && compinit -D -u; source <(ctswitch completion zsh)
compadd() { local -a hits; builtin compadd -O hits "$@"; print -rl -- "\${hits[@]}" >> $FOUND; builtin compadd "$@" }
report() { print -r -- "line: $BUFFER" >> $FOUND; BUFFER=; print reported-$((1+1)) }
zle -N report; bindkey "^X" report; print ready-$((1+1))'
zpty -r shell text '*ready-2*'
for typed in "$@"; do
  zpty -w -n shell "$typed"$'\t\x18'
  zpty -r shell text '*reported-2*'
done
zpty -d shell
`;

/** For each line that is typed, what is offered and then the line. */
function completeInZsh(...lines: string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'ctswitch-zsh-'));
  try {
    const program = [process.execPath, ...PROGRAM].map((word) => `'${word}'`).join(' ');
    writeFileSync(join(folder, 'ctswitch'), `#!/bin/sh\nexec ${program} "$@"\n`);
    chmodSync(join(folder, 'ctswitch'), 0o755);
    const found = join(folder, 'found');
    const env = { OVS_RUNDIR: daemon.folder, FOUND: found, PATH: `${folder}:${process.env.PATH}` };
    mustRun('zsh', ['-f', '-c', TYPIST, 'zsh', ...lines], { env });
    const blocks = readFileSync(found, 'utf8').split(/(?<=^line: .*)\n/m);
    return blocks.map((block) => block.split('\n').filter((line) => line !== '')).filter(({ length }) => length > 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('zsh', () => {
  const offered = completeInZsh(
    'ctswitch ofctl dump-flows ',
    'ctswitch ofctl mod-port one p',
    'ctswitch ofctl dump-fl',
    'ctswitch ct set max_c',
    'ctswitch ofctl --may-c',
    `ctswitch run ${join(daemon.folder, 'one.m')}`,
  );
  expect(offered.slice(0, 5)).toEqual([
    ['one', 'two', 'line: ctswitch ofctl dump-flows '],
    ['p1', 'p2', 'line: ctswitch ofctl mod-port one p'],
    ['dump-flows', 'line: ctswitch ofctl dump-flows '],
    // The value follows at once.
    ['max_connections=', 'line: ctswitch ct set max_connections='],
    ['--may-create', 'line: ctswitch ofctl --may-create '],
  ]);
  // What we have no answer to is a file.
  expect(offered[5]!.at(-1)).toBe(`line: ctswitch run ${join(daemon.folder, 'one.mgmt')} `);
});
