/**
 * The Containerfile, played without a builder of images: what it copies is there and suffices to build the program, and what the image
 * holds of it runs, with the capabilities that the page names and no others, and answers its health check.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Namespaces } from '../helpers/namespaces.js';
import { until } from '../helpers/tool.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Of docs/howto/run-as-a-daemon.md. */
const CAPABILITIES = /--cap-add=(\w+)/g;

interface Line {
  readonly name: string;
  readonly words: string;
}

/** Instructions in their order, continued lines joined, comments left out. */
const LINES: readonly Line[] = readFileSync(join(ROOT, 'Containerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.split(' ')[0]!, words: line.slice(line.indexOf(' ') + 1) }));

const folder = mkdtempSync(join(tmpdir(), 'ctswitch-container-'));
/** Roots of the file systems of the two stages. */
const [BUILD, IMAGE] = [join(folder, 'build'), join(folder, 'image')];
const namespaces = new Namespaces();

const second = LINES.findLastIndex(({ name }) => name === 'FROM');
const [build, image] = [LINES.slice(0, second), LINES.slice(second)];
const wordsOf = (lines: readonly Line[], name: string): string[] =>
  lines.filter((line) => line.name === name).map(({ words }) => words);
/** `["ctswitch", "run"]` of an instruction that has one. */
const listOf = (name: string): string[] => JSON.parse(/\[.*\]/.exec(wordsOf(image, name)[0]!)![0]) as string[];

/** COPY as builders do it: the contents of a folder, or files into a folder; from the checkout or from the stage before. */
function copy(words: string, root: string, workdir: string): void {
  const isFromBuild = words.startsWith('--from=build ');
  const paths = words.replace('--from=build ', '').split(' ');
  const to = join(root, workdir, paths.pop()!);
  for (const path of paths) {
    const from = join(isFromBuild ? BUILD : ROOT, path);
    const isFolder = words.endsWith('/');
    cpSync(from, isFolder ? join(to, path.split('/').at(-1)!) : to, { recursive: true, dereference: true });
  }
}

function playStage(lines: readonly Line[], root: string): void {
  let workdir = '/';
  for (const { name, words } of lines) {
    if (name === 'WORKDIR') workdir = words;
    if (name === 'COPY') copy(words, root, workdir);
    // What would be fetched is what has been fetched here.
    if (name === 'RUN' && words.startsWith('npm ci'))
      symlinkSync(join(ROOT, 'node_modules'), join(root, workdir, 'node_modules'));
    if (name === 'RUN' && words.startsWith('bash ')) {
      const { status, stderr } = spawnSync('sh', ['-c', words], { cwd: join(root, workdir), encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    }
    const link = /^ln -s (\S+) (\S+)$/.exec(words);
    if (name === 'RUN' && link !== null) {
      mkdirSync(dirname(join(root, link[2]!)), { recursive: true });
      symlinkSync(join(root, link[1]!), join(root, link[2]!));
    }
  }
}

beforeAll(() => {
  for (const root of [BUILD, IMAGE]) mkdirSync(root);
  playStage(build, BUILD);
  playStage(image, IMAGE);
});
afterAll(() => {
  namespaces.removeAll();
  rmSync(folder, { recursive: true });
});

/** As the image has it: its own `ctswitch`, and the run directory of its environment. */
function environment(): NodeJS.ProcessEnv {
  const [variable, path] = wordsOf(image, 'ENV')[0]!.split('=');
  return { PATH: `${join(IMAGE, 'usr/local/bin')}:${process.env.PATH}`, [variable!]: join(folder, path!) };
}

test('every instruction is one that this test plays or knows', () => {
  const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'];
  expect(LINES.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  expect(wordsOf(LINES, 'RUN').filter((words) => !/^(npm ci|bash |ln -s )/.test(words))).toEqual([]);
  const bases = wordsOf(LINES, 'FROM').map((words) => words.split(' ')[0]);
  expect(bases[0]).toBe(bases[1]);
});

test('the program starts from what the image holds', () => {
  const [program, ...words] = [...listOf('ENTRYPOINT'), '--version'];
  const { status, stdout, stderr } = spawnSync(program!, words, { env: environment(), encoding: 'utf8', cwd: '/' });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('with the capabilities that the page names it forwards, and answers its health check', async () => {
  const page = readFileSync(join(ROOT, 'docs/howto/run-as-a-daemon.md'), 'utf8');
  const allowed = [...page.matchAll(CAPABILITIES)].map(([, name]) => name!.toLowerCase());
  expect(allowed).not.toEqual([]);
  const caps = ['-all', ...allowed.map((name) => `+${name}`)].join();
  const [left, right] = [namespaces.add('10.0.0.1/24'), namespaces.add('10.0.0.2/24')];
  const config = join(folder, 'ctswitch.yaml');
  writeFileSync(config, `bridges: {br0: {ports: [${left.port}, ${right.port}, "tap:cts${process.pid}"]}}\n`);
  const words = [...listOf('ENTRYPOINT'), ...listOf('CMD').map((word) => (word.endsWith('.yaml') ? config : word))];
  const daemon = spawn('setpriv', [`--inh-caps=${caps}`, `--bounding-set=${caps}`, ...words], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  daemon.stdout.on('data', (text) => void (out += text));
  daemon.stderr.on('data', (text) => void (err += text));
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  await until('the ready line', () => out.includes('\n') || daemon.exitCode !== null, { timeoutMs: 60_000 });
  expect(daemon.exitCode, err).toBeNull();
  namespaces.exec(left, ['ping', '-c', '1', '-W', '10', '10.0.0.2']);
  const [check, ...rest] = listOf('HEALTHCHECK');
  const { status, stdout } = spawnSync(check!, rest, { env: environment(), encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining('(ctswitch)')]);
  daemon.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(existsSync(join(folder, 'run/ctswitch/ovs-vswitchd.pid'))).toBe(false);
});
