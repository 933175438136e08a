/** What the package gives to programs, and what is in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configFromYaml, Switch, systemClock, VERSION } from '../../../src/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  exports: Record<string, string>;
};

test('each door leads to a source', () => {
  const sources = Object.values(PACKAGE.exports).map((built) => built.replace('./dist/', '').replace(/\.js$/, '.ts'));
  expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  expect(VERSION).toBe(PACKAGE.version);
});

test('the codec by itself is of the same version, licence and engines', () => {
  const whole = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const codec = JSON.parse(readFileSync(join(ROOT, 'packages/openflow/package.json'), 'utf8'));
  for (const key of ['version', 'license', 'engines']) expect(codec[key]).toEqual(whole[key]);
});

test('a program has a switch of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ctswitch-package-'));
  const sw = new Switch({
    runDirectory: folder,
    clock: systemClock,
    onExit: () => {},
    reopenLog: () => false,
    closeLog: () => {},
  });
  const yaml = 'bridges: {br0: {datapath: dummy, ports: ["dummy:p1", "dummy:p2"]}}';
  await sw.apply(configFromYaml(yaml, 'inline.yaml'));
  expect(
    sw
      .bridge('br0')
      ?.ports()
      .map(({ name }) => name),
  ).toEqual(['p1', 'p2', 'br0']);
  await sw.stop();
  rmSync(folder, { recursive: true });
});

test('what is packed are the program, its libraries with their sources, the flow programs, and no tests', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const tops = new Set(
    files.map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('dist/') ? 2 : 1)
        .join('/'),
    ),
  );
  const known = [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'datapath',
    'docs',
    'examples',
    'flows',
    'package.json',
    'packaging',
    'src',
  ];
  const built = ['dist/bin', 'dist/datapath', 'dist/src'];
  expect([...tops].filter((top) => ![...known, ...built].includes(top))).toEqual([]);
  // Another Node, or the same built otherwise, would be given code that is not for it.
  expect(files.filter(({ path }) => path.endsWith('.cache'))).toEqual([]);
  expect([...tops]).toEqual(expect.arrayContaining(['examples', 'flows', 'package.json', 'src', 'datapath']));
});
