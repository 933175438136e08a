/** Any bytes give a message or an OpenFlowError: the vectors with bytes changed, cut and added, from a printed seed. */
import { expect, test } from 'vitest';
import { decodeMessage, encodeMultipart } from '../../src/openflow/codec.js';
import { OpenFlowError } from '../../src/openflow/errors.js';
import { Framer } from '../../src/openflow/framer.js';
import { messageRows } from '../unit/openflow/vectors.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20261121);
const MESSAGES = Number(process.env.FUZZ_COUNT ?? 60_000);
const LARGEST_SEED = 600;
const INTERESTING = [0, 1, 2, 4, 7, 8, 16, 0x7f, 0x80, 0xfe, 0xff];

/** mulberry32 */
function generator(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutate(original: Uint8Array, below: (n: number) => number): Uint8Array {
  const bytes = original.slice(0, Math.max(1, original.length - (below(4) === 0 ? below(original.length) : 0)));
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(bytes.length);
    bytes[at] = [below(256), bytes[at]! ^ (1 << below(8)), INTERESTING[below(INTERESTING.length)]!][below(3)]!;
  }
  if (bytes.length >= 4 && below(16) !== 0) new DataView(bytes.buffer).setUint16(2, bytes.length);
  return bytes;
}

/** True if it was a message; what is one must be one when encoded anew, too. */
function survives(bytes: Uint8Array): boolean {
  try {
    const message = decodeMessage(bytes, { tableId: true });
    for (const part of encodeMultipart(message, { tableId: true })) decodeMessage(part, { tableId: true });
    return true;
  } catch (error) {
    if (error instanceof OpenFlowError) return false;
    throw new Error(`seed ${SEED}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
  }
}

test(`changed messages never throw but OpenFlowError (seed ${SEED})`, () => {
  const below = generator(SEED);
  const seeds = messageRows()
    .map(({ bytes }) => bytes)
    .filter(({ length }) => length <= LARGEST_SEED);
  let good = 0;
  for (let i = 0; i < MESSAGES; i++) if (survives(mutate(seeds[below(seeds.length)]!, below))) good++;
  expect(good).toBeGreaterThan(MESSAGES / 50);
  expect(good).toBeLessThan(MESSAGES);
});

test(`random bytes through the framer end in messages, errors or a broken stream (seed ${SEED})`, () => {
  const below = generator(SEED + 1);
  let broken = 0;
  for (let round = 0; round < 60; round++) {
    const framer = new Framer();
    for (let chunk = 0; chunk < 50 && !framer.broken; chunk++) {
      framer.push(Uint8Array.from({ length: below(4000) }, () => INTERESTING[below(INTERESTING.length)]!));
      for (let message = framer.next(); message !== null; message = framer.next()) survives(message);
      // What is whole has been taken, so less than one message is left; nothing comes out of a broken stream any more.
      if (!framer.broken) expect(framer.pending).toBeLessThan(0xffff);
    }
    if (framer.broken) broken++;
  }
  expect(broken).toBeGreaterThan(0);
});
