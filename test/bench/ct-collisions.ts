/**
 * Connections chosen to fall into one chain of the hash table: by somebody who does not know the key, as everybody outside, and
 * by somebody who does, which shows what the key is worth.
 */

import { SeededRng } from '../../datapath/base/rng.js';
import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/record/ct-action.js';
import { KeyHash } from '../../datapath/conntrack/record/packet-key.js';
import { clearConntrack } from '../../datapath/packet/packet.js';
import { type Tuple, udpFrame } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';
import { batchesOf } from './packets.js';

/** As many as the table has chains, so that it does not grow. */
const CONNECTIONS = 1024;
const CHAINS = 1024;
const NOW = 1000;
const META = (17 << 8) | 4;
const KNOWN_SEED = 1;
const OTHER_SEED = 2;

const DST = 0x0b000001;
const candidate = (n: number): Tuple => ({
  src: 0x0a000000 + (n >>> 10),
  dst: DST,
  srcPort: 1024 + (n & 0x3ff),
  dstPort: 80,
});

/** Tuples of one chain under the key that a tracker with KNOWN_SEED has. */
function colliding(): Tuple[] {
  const rng = new SeededRng(KNOWN_SEED);
  const hash = new KeyHash(rng.next(), rng.next(), rng.next(), rng.next());
  const found: Tuple[] = [];
  for (let n = 0; found.length < CONNECTIONS; n++) {
    const tuple = candidate(n);
    const l4 = (tuple.srcPort << 16) | tuple.dstPort;
    if ((hash.of4(META, l4, tuple.src | 0, DST) & (CHAINS - 1)) === 0) found.push(tuple);
  }
  return found;
}

function tracking(name: string, tuples: readonly Tuple[], seed: number): BenchResult {
  const tracker = new Conntrack({ seed });
  const action = new Int32Array(CT_ACTION_WORDS);
  const batches = batchesOf(tuples.map((tuple) => udpFrame(tuple)));
  action[CT_FLAGS] = CT_COMMIT;
  for (const batch of batches) tracker.execute(batch, action, 0, NOW);
  action[CT_FLAGS] = 0;
  const { table } = tracker;
  let longest = 0;
  for (let chain = 0; chain < table.chainCount; chain++) longest = Math.max(longest, table.chainLength(chain));
  return measure(`${name}: longest chain ${longest}`, tuples.length, () => {
    for (const batch of batches) {
      for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
      tracker.execute(batch, action, 0, NOW);
    }
  });
}

export function run(): BenchResult[] {
  const chosen = colliding();
  const anyTuples = Array.from({ length: CONNECTIONS }, (_, n) => candidate(n * 1021));
  return [
    tracking('1024 connections as they come', anyTuples, OTHER_SEED),
    tracking('chosen to collide under another key', chosen, OTHER_SEED),
    tracking('chosen to collide under the very key', chosen, KNOWN_SEED),
  ];
}

runIfMain(import.meta.url, run);
