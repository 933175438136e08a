/** `npm start`'s walk as a user sees it, on real interfaces; and that nothing is left behind, also when it is interrupted. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const MAIN = new URL('../../dist/bin/ctswitch.cjs', import.meta.url).pathname;

const interfaces = (): string[] =>
  readdirSync('/sys/class/net').filter((name) => name.startsWith('veth_') || name === 'br0');
const namespaces = (): string => execFileSync('ip', ['netns'], { encoding: 'utf8' });
const isClean = (): boolean => interfaces().length === 0 && !/^(left|right)\b/m.test(namespaces());

function walk(...options: string[]): string {
  return execFileSync(process.execPath, ['--no-warnings', MAIN, 'tutorial', ...options], { encoding: 'utf8' });
}

const STATES = [
  'SYN_SENT',
  'ESTABLISHED',
  'ESTABLISHED',
  'ESTABLISHED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'LAST_ACK',
  'TIME_WAIT',
];
const HITS = ['1, 2', '3, 4', '1, 5', '1, 5', '3, 4', '1, 5', '3, 4', '1, 5'];

describe('ctswitch tutorial', () => {
  test.each([[[]], [['--in-process']]])('walks the connection %j, twice in a row', (options) => {
    for (let i = 0; i < 2; i++) {
      const text = walk(...options);
      expect([...text.matchAll(/\(state=(\w+)\)/g)].map(([, state]) => state)).toEqual(STATES);
      expect([...text.matchAll(/hit flows (.*)/g)].map(([, hits]) => hits)).toEqual(HITS);
      expect(text).toContain('Try it yourself');
      expect(isClean()).toBe(true);
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle removes everything', async (signal) => {
    const child = spawn(process.execPath, ['--no-warnings', MAIN, 'tutorial'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    await ended;
    expect(isClean()).toBe(true);
  });

  test('names that are taken are refused in one sentence and left alone', () => {
    execFileSync('ip', ['netns', 'add', 'right']);
    try {
      const failed = (): string => walk();
      expect(failed).toThrow(
        /ctswitch tutorial: there is a network namespace right already: take down the lab that it belongs to/,
      );
      expect(namespaces()).toMatch(/^right\b/m);
      expect(namespaces()).not.toMatch(/^left\b/m);
    } finally {
      execFileSync('ip', ['netns', 'del', 'right']);
    }
  });
});
