/**
 * What small commands cost beside `node -e 0`: processor time of the whole process, its start among it, by the kernel's account. All
 * are run in turns and the least of each counts, since others on the machine only ever add. Needs a running switch, which the bench starts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const COMMANDS_ROW = 'small commands';
const PROGRAM = new URL('../../bin/ctswitch.cjs', import.meta.url).pathname;
const GOAL = '<= 1.5 x';
const ROUNDS = 25;
const READY_TIMEOUT_MS = 20_000;

const LINES = ['--version', 'appctl version', 'ct list', 'ofctl dump-flows br0'];

/** User and system time of one run, in ms. */
function cpuMs(words: readonly string[], env: NodeJS.ProcessEnv): number {
  const script = `TIMEFORMAT='%3U %3S'; time "$@" >/dev/null 2>&1`;
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...words], { env, encoding: 'utf8' });
  const [user, system] = stderr.trim().split(' ').map(Number);
  return (user! + system!) * 1000;
}

/** Rows of the table: `ctswitch ct list | 190 ms | 230 ms | 1.21 x`. */
export async function commandRows(): Promise<string[]> {
  const rundir = mkdtempSync(join(tmpdir(), 'ctswitch-bench-'));
  const env = { ...process.env, OVS_RUNDIR: rundir };
  const daemon = spawn(
    process.execPath,
    ['--no-warnings', PROGRAM, 'run', '--datapath', 'dummy', '--bridge', 'br0=dummy:p1'],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  try {
    await new Promise((resolve, reject) => {
      daemon.stdout.once('data', resolve);
      setTimeout(() => reject(new Error('the switch did not become ready')), READY_TIMEOUT_MS).unref();
    });
    return measure(env);
  } finally {
    daemon.kill('SIGTERM');
    await ended;
    rmSync(rundir, { recursive: true, force: true });
  }
}

function measure(env: NodeJS.ProcessEnv): string[] {
  const lines = [['-e', '0'], ...LINES.map((line) => ['--no-warnings', PROGRAM, ...line.split(' ')])];
  const least = lines.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, words] of lines.entries()) least[i] = Math.min(least[i]!, cpuMs(words, env));
  const [node = 0, ...ours] = least;
  return ours.map(
    (ms, i) =>
      `| ctswitch ${LINES[i]} | ${node.toFixed(0)} ms (node -e 0) | ${ms.toFixed(0)} ms | ${(ms / node).toFixed(2)} x | ${GOAL} |`,
  );
}
