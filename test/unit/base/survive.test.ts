/** Nothing thrown gets past: it is counted and logged, what caused it is closed, and work goes on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { read } from '../../../datapath/base/counters.js';
import { guard, guardAsync } from '../../../datapath/base/guard.js';
import { log } from '../../../datapath/base/log.js';

let lines: string[];
let before: number;
const count = (): number => (read('internal_error') ?? 0) - before;

beforeEach(() => {
  lines = [];
  before = read('internal_error') ?? 0;
  log.setSink('file', ({ level, message }) => lines.push(`${level} ${message}`));
});
afterEach(() => log.setSink('file', null));

const overflow = (): never => overflow();

describe('whatever is thrown', () => {
  const thrown: [string, () => never, RegExp][] = [
    ['an error', () => { throw new TypeError('oops'); }, /failed and was given up: TypeError: oops <- at /],
    ['a text with a line of its own', () => { throw new Error('a\nb|ERR|c'); }, /Error: a\\nb\|ERR\|c/],
    ['null', () => { throw null; }, /failed and was given up: null$/],
    ['nothing', () => { throw undefined; }, /given up: undefined$/],
    ['a stack overflow', overflow, /RangeError: Maximum call stack/],
    ['what has no text', () => { throw Object.create(null); }, /^$/],
  ]; // biome-ignore format: a table
  test.each(thrown)('%s', (name, run, line) => {
    let closed = 0;
    expect(guard(name, 'fallback', run, () => void closed++)).toBe('fallback');
    expect({ closed, count: count() }).toEqual({ closed: 1, count: 1 });
    expect(lines.join('\n')).toMatch(line);
    expect(lines.length).toBeLessThan(2);
  });
});

test('closing may fail, too', () => {
  const fail = (): never => {
    throw new Error('no');
  };
  expect(guard('closing', 1, fail, fail)).toBe(1);
  expect(count()).toBe(2);
});

test('work that fails all the time does not fill the log, nor hide what else fails', () => {
  const fail = (): never => {
    throw new Error('no');
  };
  for (let i = 0; i < 1000; i++) guard('one thing', undefined, fail);
  expect(lines.length).toBe(5);
  guard('another thing', undefined, fail);
  expect(lines.length).toBe(6);
  expect(count()).toBe(1001);
});

test('promises nobody waits for', async () => {
  let closed = 0;
  const close = (): void => void closed++;
  guardAsync('later', () => Promise.reject(new Error('no')), close);
  guardAsync(
    'later',
    () => {
      throw new Error('at once');
    },
    close,
  );
  guardAsync('later', () => Promise.resolve(), close);
  await new Promise((resolve) => setImmediate(resolve));
  expect({ closed, count: count() }).toEqual({ closed: 2, count: 2 });
});
