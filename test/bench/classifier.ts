/** OpenFlow tables: lookup with un-wildcarding, and insertion. */

import { FLOW_WORDS } from '../../datapath/keys/layout.js';
import { Classifier } from '../../src/match/classifier.js';
import { newKey, setField } from '../../src/match/key.js';
import { Match } from '../../src/match/match.js';
import { type Tuple, tupleOf } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';

interface BenchRule {
  match: Match;
  priority: number;
}

const LOOKUPS = 4096;

function fiveTupleMatch(tuple: Tuple): Match {
  return new Match()
    .set('eth_type', 0x800n)
    .set('nw_proto', 17n)
    .set('ip_src', BigInt(tuple.src))
    .set('ip_dst', BigInt(tuple.dst))
    .set('udp_src', BigInt(tuple.srcPort))
    .set('udp_dst', BigInt(tuple.dstPort));
}

/** Keys of packets that hit the rules of `fiveTupleMatch`, in rows of FLOW_WORDS. */
function keysOf(count: number): Int32Array {
  const keys = new Int32Array(count * FLOW_WORDS);
  for (let i = 0; i < count; i++) {
    const key = newKey();
    const tuple = tupleOf(i);
    setField(key, 0, 'eth_type', 0x800n);
    setField(key, 0, 'nw_proto', 17n);
    setField(key, 0, 'ip_src', BigInt(tuple.src));
    setField(key, 0, 'ip_dst', BigInt(tuple.dst));
    setField(key, 0, 'udp_src', BigInt(tuple.srcPort));
    setField(key, 0, 'udp_dst', BigInt(tuple.dstPort));
    keys.set(key, i * FLOW_WORDS);
  }
  return keys;
}

function fill(rules: number): Classifier<BenchRule> {
  const classifier = new Classifier<BenchRule>();
  for (let i = 0; i < rules; i++) classifier.insert({ match: fiveTupleMatch(tupleOf(i)), priority: 100 });
  classifier.insert({ match: new Match(), priority: 0 });
  return classifier;
}

function lookingUp(rules: number): BenchResult {
  const classifier = fill(rules);
  const keys = keysOf(LOOKUPS);
  const wildcards = new Int32Array(FLOW_WORDS);
  return measure(`classifier lookup among ${rules} five-tuple rules`, LOOKUPS, () => {
    for (let i = 0; i < LOOKUPS; i++) classifier.lookup(keys, i * FLOW_WORDS, wildcards);
  });
}

export const run = (): BenchResult[] => [
  lookingUp(100),
  lookingUp(100_000),
  measure('classifier insertion of a five-tuple rule, match included', 10_000, () => void fill(10_000)),
];

runIfMain(import.meta.url, run);
