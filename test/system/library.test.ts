/** The packages as programs use them: packed, installed in an empty folder, and each example of their pages run there. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Example, examplesIn, installPacked, ROOT } from '../helpers/packed.js';

/** An example that hangs fails by itself, before its test does. */
const PATIENCE_MS = 120_000;
/** What Node's types would say. */
const CONSOLE = 'declare const console: { log(...words: unknown[]): void };\n';
const PROGRAM = join(ROOT, 'dist', 'bin', 'ctswitch.cjs');

const run = (app: string, ...words: string[]): string =>
  execFileSync(process.execPath, words, { cwd: app, encoding: 'utf8', timeout: PATIENCE_MS });

/** What the example prints while the program runs a switch that looks for its controller. */
async function runWithSwitch(app: string, program: string, example: string): Promise<string> {
  const words = ['--datapath', 'dummy', '--bridge', 'br0=dummy:p1,dummy:p2', '--controller', 'br0=tcp:127.0.0.1:6653'];
  const daemon = spawn(process.execPath, [program, 'run', '--rundir', app, ...words], { stdio: 'ignore' });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  try {
    return run(app, example);
  } finally {
    daemon.kill();
    await ended;
  }
}

const isController = ({ code }: Example): boolean => code.includes('listen(');

/** Each example of the page prints what the page says, in the folder in which the package is installed. */
function testExamples(page: string, appFolder: () => string, program: () => string): void {
  test.each(examplesIn(page).map((example) => [example.title, example] as const))('%s', async (_title, example) => {
    const app = appFolder();
    writeFileSync(join(app, 'example.mjs'), example.code);
    const printed = isController(example)
      ? await runWithSwitch(app, program(), 'example.mjs')
      : run(app, 'example.mjs');
    expect(printed).toBe(example.printed);
  });
}

describe('ctswitch', () => {
  let app: string;
  beforeAll(() => {
    app = installPacked(ROOT);
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));
  const inPackage = (...path: string[]): string => join(app, 'node_modules', 'ctswitch', ...path);

  testExamples(
    'docs/howto/use-as-a-library.md',
    () => app,
    () => inPackage('dist', 'bin', 'ctswitch.cjs'),
  );

  test('each door opens, and nothing of the tests is in the package', () => {
    const doors = ['', '/controller', '/datapath', '/openflow', '/text'].map((door) => `ctswitch${door}`);
    const code = `for (const door of ${JSON.stringify(doors)}) console.log(Object.keys(await import(door)).length > 0);`;
    expect(run(app, '--input-type=module', '-e', code)).toBe('true\n'.repeat(doors.length));
    expect(readdirSync(inPackage('dist')).sort()).toEqual(['bin', 'datapath', 'src']);
  });
});

describe('node-openflow-protocol', () => {
  let app: string;
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'dist', 'scripts', 'pack-openflow.js'), '--stage']);
    app = installPacked(join(ROOT, 'dist', 'openflow'));
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  testExamples(
    'packages/openflow/README.md',
    () => app,
    () => PROGRAM,
  );

  test('its types are whole, without those of Node', () => {
    const [controller] = examplesIn('packages/openflow/README.md');
    writeFileSync(join(app, 'controller.mts'), CONSOLE + controller.code);
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext', types: [] };
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['controller.mts'] }));
    expect(run(app, join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'))).toBe('');
  });
});
