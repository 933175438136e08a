/** What no guard has caught: borne for a while; when it does not end, the daemon says so, takes away what it has made, and ends. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { log } from '../../../datapath/base/log.js';
import { CrashHandler } from '../../../src/switch/crash-handler.js';

const TOO_MANY = 101;

let lines: Record<'file' | 'console', string[]>;
let exits: number[];
let cleaned: number;
let now: number;

beforeEach(() => {
  vi.useFakeTimers();
  [lines, exits, cleaned, now] = [{ file: [], console: [] }, [], 0, 0];
  for (const facility of ['file', 'console'] as const)
    log.setSink(facility, ({ level, message }) => lines[facility].push(`${level} ${message}`));
});
afterEach(() => {
  for (const facility of ['file', 'console'] as const) log.setSink(facility, null);
  vi.useRealTimers();
});

function handler(cleanUp: () => Promise<void> = async () => {}): CrashHandler {
  return new CrashHandler({
    now: () => now,
    cleanUp: () => {
      cleaned++;
      return cleanUp();
    },
    exit: (code) => exits.push(code),
  });
}

const throwMany = (to: CrashHandler, count: number): void => {
  for (let i = 0; i < count; i++) to.onUncaught(new Error('oops'));
};
const lastWords = (list: readonly string[]): string[] => list.filter((line) => line.startsWith('emer'));

test('some errors, and many over a long time, are borne', () => {
  const crash = handler();
  for (let i = 0; i < 5; i++) {
    throwMany(crash, TOO_MANY - 1);
    now += 10_001;
  }
  expect([cleaned, exits, lastWords(lines.file)]).toEqual([0, [], []]);
});

describe('too many', () => {
  const WORDS = /^emer more than 100 errors within 10 s, giving up: Error: oops <- at /;

  test('last words in the log and on standard error, then the end', async () => {
    const crash = handler();
    throwMany(crash, TOO_MANY + 50);
    await vi.advanceTimersByTimeAsync(0);
    for (const list of [lines.file, lines.console]) {
      expect(lastWords(list)).toEqual([expect.stringMatching(WORDS)]);
      expect(list.at(-1)).toMatch(WORDS);
    }
    expect([cleaned, exits[0]]).toEqual([1, 1]);
  });

  test('also where taking away fails', async () => {
    throwMany(
      handler(() => Promise.reject(new Error('no'))),
      TOO_MANY,
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(exits).toEqual([1]);
  });

  test('also where it never comes to its end', async () => {
    throwMany(
      handler(() => new Promise(() => {})),
      TOO_MANY,
    );
    await vi.advanceTimersByTimeAsync(2999);
    expect(exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(exits).toEqual([1]);
  });
});
