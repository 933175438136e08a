/** The package as programs use it: packed, installed in an empty folder, and each example of the page for them run there. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examplesIn, installPacked, ROOT } from '../helpers/packed.js';

const EXAMPLES = examplesIn('docs/howto/use-as-a-library.md');
const CONTROLLER = EXAMPLES.findIndex(({ code }) => code.includes('listen('));
/** An example that hangs fails by itself, before its test does. */
const PATIENCE_MS = 120_000;

let app: string;
beforeAll(() => {
  app = installPacked(ROOT);
  for (const [i, { code }] of EXAMPLES.entries()) writeFileSync(join(app, `example-${i}.mjs`), code);
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const run = (...words: string[]): string =>
  execFileSync(process.execPath, words, { cwd: app, encoding: 'utf8', timeout: PATIENCE_MS });

test.each(EXAMPLES.map(({ title }, i) => [title, i] as const).filter(([, i]) => i !== CONTROLLER))(
  '%s: prints what the page says',
  (_title, i) => expect(run(`example-${i}.mjs`)).toBe(EXAMPLES[i].printed),
);

test('the controller meets a switch that the installed program is', async () => {
  const bin = join(app, 'node_modules', 'ctswitch', 'dist', 'bin', 'ctswitch.js');
  const words = ['--datapath', 'dummy', '--bridge', 'br0=dummy:p1,dummy:p2', '--controller', 'br0=tcp:127.0.0.1:6653'];
  const daemon: ChildProcess = spawn(process.execPath, [bin, 'run', '--rundir', app, ...words], { stdio: 'ignore' });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  try {
    expect(run(`example-${CONTROLLER}.mjs`)).toBe(EXAMPLES[CONTROLLER].printed);
  } finally {
    daemon.kill();
    await ended;
  }
});

test('each door opens, and nothing of the tests is in the package', () => {
  const doors = ['', '/controller', '/datapath', '/openflow', '/text'].map((door) => `ctswitch${door}`);
  const code = `for (const door of ${JSON.stringify(doors)}) console.log(Object.keys(await import(door)).length > 0);`;
  expect(run('--input-type=module', '-e', code)).toBe('true\n'.repeat(doors.length));
  expect(readdirSync(join(app, 'node_modules', 'ctswitch', 'dist')).sort()).toEqual(['bin', 'datapath', 'src']);
});
