/** Cached flows take what docs/reference/limits.md says, whatever made them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { MAX_MASKS } from '../../datapath/dp/mask-set.js';
import { FLOW_KINDS, measureFlowMemory, measureHostileMemory } from '../bench/flow-memory.js';

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as typeof globalThis.gc;

/** As limits.md says of DEFAULT_FLOW_LIMIT. */
const MOST_BYTES = 3 * 1024;
const COUNT = 8192 - 92;

test.each(FLOW_KINDS)('a flow is small: $name', { timeout: 120_000 }, (kind) => {
  // The first run pays for what is made once: compiled code, tables of the process.
  measureFlowMemory(kind, 1000);
  const { flows, masks, bytesEach } = measureFlowMemory(kind, COUNT);
  expect(flows).toBeGreaterThan(COUNT / 2);
  expect(masks).toBeLessThanOrEqual(MAX_MASKS);
  expect(bytesEach).toBeLessThan(MOST_BYTES);
});

/** The pool of packets, the tables of connections and stations, the first cache: 5 MB of 20 000 frames as of 40 000. */
const MOST_LEFT = 10 << 20;

test('frames of all kinds take no more each, and go with the flows', { timeout: 300_000 }, () => {
  measureHostileMemory(2000);
  const { flows, bytesEach, bytesLeft } = measureHostileMemory(20_000);
  expect(flows).toBeGreaterThan(10_000);
  expect(bytesEach).toBeLessThan(MOST_BYTES);
  expect(bytesLeft).toBeLessThan(MOST_LEFT);
});
