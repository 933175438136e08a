import { expect, test } from 'vitest';
import { Framer } from '../../../src/openflow/framer.js';
import { hexOf, messageRows } from './vectors.js';

const MESSAGES = messageRows()
  .filter(({ bad }) => bad === null)
  .map(({ bytes }) => bytes);
const STREAM = Uint8Array.from(MESSAGES.flatMap((bytes) => [...bytes]));

for (const size of [1, 7, 8, 1000, STREAM.length]) {
  test(`a stream in pieces of ${size} gives its messages`, () => {
    const framer = new Framer();
    const found: string[] = [];
    for (let at = 0; at < STREAM.length; at += size) {
      framer.push(STREAM.subarray(at, at + size));
      for (let message = framer.next(); message !== null; message = framer.next()) found.push(hexOf(message));
    }
    expect(found).toEqual(MESSAGES.map(hexOf));
    expect(framer.pending).toBe(0);
  });
}

test('a message of the greatest length arrives whole', () => {
  const framer = new Framer();
  const message = new Uint8Array(0xffff).fill(7);
  message.set([1, 2, 0xff, 0xff]);
  framer.push(message.subarray(0, 40_000));
  expect(framer.next()).toBeNull();
  framer.push(message.subarray(40_000));
  expect(framer.next()).toEqual(message);
});

test('a length below that of the header breaks the stream for good', () => {
  const framer = new Framer();
  framer.push(Uint8Array.of(1, 2, 0, 7, 0, 0, 0, 0, 0));
  expect(framer.next()).toBeNull();
  expect(framer.broken).toBe(true);
  framer.push(Uint8Array.of(1, 2, 0, 8, 0, 0, 0, 0));
  expect(framer.next()).toBeNull();
  expect(framer.pending).toBe(9);
});
