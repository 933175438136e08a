import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../../datapath/base/rng.js';
import { JsonStream } from '../../../src/net/json-stream.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function all(stream: JsonStream): unknown[] {
  const values: unknown[] = [];
  for (let value = stream.next(); value !== undefined; value = stream.next()) values.push(value);
  return values;
}

const TEXTS: unknown[] = [
  {},
  [],
  { a: '}' },
  { 'a"b': '\\"{[' },
  [['x', { y: [1, 2, { z: null }] }]],
  { text: 'ünïcödé \u{1f600}' },
  { escaped: '\\\\', n: -1.5e3 },
];

describe('texts out of a stream', () => {
  test('one behind the other, cut anywhere', () => {
    const whole = bytes(TEXTS.map((value, i) => JSON.stringify(value) + ' \n\t'.slice(0, i % 4)).join(''));
    const rng = new SeededRng(1);
    for (let round = 0; round < 200; round++) {
      const stream = new JsonStream();
      for (let at = 0; at < whole.length; ) {
        const size = 1 + rng.below(round === 0 ? 1 : 20);
        stream.push(whole.subarray(at, at + size));
        at += size;
      }
      expect(all(stream)).toEqual(TEXTS);
    }
  });

  test.each(['x', '{}x', '1', '"text"', '{"a":}', '{a}', ']', '{} }'])('%s is refused', (text) => {
    expect(() => new JsonStream().push(bytes(text))).toThrow();
  });

  test('a text that never ends is refused at the limit', () => {
    const stream = new JsonStream(1000);
    stream.push(bytes(`{"a":"${'x'.repeat(900)}`));
    expect(() => stream.push(bytes('x'.repeat(200)))).toThrow(/longer than 1000/);
  });

  test('nesting without end is an error, not a crash', () => {
    const depth = 500_000;
    const stream = new JsonStream();
    try {
      stream.push(bytes('['.repeat(depth) + ']'.repeat(depth)));
    } catch (error) {
      expect((error as Error).message).toMatch(/nested deeper than 1000/);
    }
  });
});
