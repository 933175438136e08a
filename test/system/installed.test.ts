/** The program as it is installed: its pieces are loaded with the code that V8 has kept of them, and just as well without. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheOf, compilePiece } from '../../src/cli/pieces.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
/** Loaded by Node itself. */
const OWN = ['ctswitch.cjs', 'code-cache.cjs'];

const folder = mkdtempSync(join(tmpdir(), 'ctswitch-installed-'));
const bin = join(folder, 'dist', 'bin');
const files = (): string[] => readdirSync(bin).map((name) => join(bin, name));
const caches = (): string[] => files().filter((file) => file.endsWith('.cache'));

beforeAll(() => {
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  cpSync(join(ROOT, 'dist', 'bin'), bin, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', cwd: folder });
  return { code: status, out: stdout, err: stderr };
}

const ctswitch = (...words: string[]) => run('--no-warnings', join(bin, 'ctswitch.cjs'), ...words);

test('the build has kept the code of every piece, and V8 takes it', () => {
  const pieces = files().filter((file) => file.endsWith('.cjs') && !OWN.some((name) => file.endsWith(`/${name}`)));
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces.filter((piece) => compilePiece(piece).cachedDataRejected !== false)).toEqual([]);
});

test('code of another text is refused, and the text is what counts', () => {
  const piece = join(bin, 'other.cjs');
  writeFileSync(piece, 'exports.answer = 42;');
  cpSync(cacheOf(join(bin, 'cli.cjs')), cacheOf(piece));
  expect(compilePiece(piece).cachedDataRejected).toBe(true);
  rmSync(piece);
  rmSync(cacheOf(piece));
});

const DAMAGES: Record<string, (cache: string) => void> = {
  'cut off': (cache) => truncateSync(cache, 1000),
  empty: (cache) => truncateSync(cache, 0),
  'full of zeros': (cache) => writeFileSync(cache, Buffer.alloc(4096)),
  missing: (cache) => rmSync(cache),
};

for (const [name, damage] of Object.entries(DAMAGES))
  test(`it works when the code kept of its pieces is ${name}`, () => {
    caches().forEach(damage);
    expect(ctswitch('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(ctswitch('ofctl', 'parse-flow', 'in_port=1,actions=2').out).toContain('actions=output:2');
  });

test('who installs it lets the code be kept anew', () => {
  caches().forEach((cache) => void rmSync(cache));
  expect(run(join(bin, 'code-cache.cjs'))).toEqual({ code: 0, out: '', err: '' });
  expect(caches()).toContain(cacheOf(join(bin, 'cli.cjs')));
});

test('stacks name the sources, though what runs are the pieces', () => {
  const thrower = join(folder, 'thrower.cjs');
  writeFileSync(thrower, 'process.stdout.write = () => { throw new Error("no paper"); };');
  const { code, err } = run('--require', thrower, join(bin, 'ctswitch.cjs'), '--version');
  expect(code).toBe(1);
  expect(err).toMatch(/Error: no paper\n[\s\S]* at write \(\S*src\/cli\/output\.ts:\d+:\d+\)/);
});
