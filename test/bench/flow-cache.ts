/** The two caches in front of translation: the hash of the first, and what a lookup costs in either. */
import { FlowCache } from '../../datapath/dp/flow-cache.js';
import { Megaflows } from '../../datapath/dp/megaflow.js';
import { extract } from '../../datapath/keys/extract.js';
import {
  DP_WORDS,
  W_IN_PORT,
  W_NW_DST,
  W_NW_SRC,
  W_RECIRC_ID,
  W_TP,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { tupleOf, udpFrame } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';
import { extracted } from './packets.js';

const LOOKUPS = 4096;

function keysOf(count: number): Int32Array {
  const keys = new Int32Array(count * DP_WORDS);
  for (let i = 0; i < count; i++) extract(extracted(udpFrame(tupleOf(i))), keys, i * DP_WORDS);
  return keys;
}

/** Flows of one five-tuple each, behind `others` tables of other masks that are asked first and in vain. */
function fill(keys: Int32Array, others: number): Megaflows {
  const flows = new Megaflows(1);
  const program = new Int32Array(0);
  for (let i = 0; i < others; i++) {
    const mask = new Int32Array(DP_WORDS);
    mask[W_IN_PORT] = mask[W_NW_SRC] = -1;
    mask[W_NW_DST] = -1 << i;
    flows.install(new Int32Array(DP_WORDS), mask, program, 0);
  }
  const mask = new Int32Array(DP_WORDS);
  for (const word of [W_RECIRC_ID, W_IN_PORT, W_TYPE_PROTO_FRAG, W_NW_SRC, W_NW_DST, W_TP]) mask[word] = -1;
  for (let at = 0; at < keys.length; at += DP_WORDS) flows.install(keys.slice(at, at + DP_WORDS), mask, program, 0);
  return flows;
}

function megaflowLookup(others: number): BenchResult {
  const keys = keysOf(LOOKUPS);
  const flows = fill(keys, others);
  return measure(`megaflow lookup, ${LOOKUPS} flows, ${others + 1} masks`, LOOKUPS, () => {
    for (let at = 0; at < keys.length; at += DP_WORDS) flows.lookup(keys, at);
  });
}

function cacheLookup(): BenchResult {
  const keys = keysOf(LOOKUPS);
  const flows = fill(keys, 0);
  const cache = new FlowCache(1);
  for (let at = 0; at < keys.length; at += DP_WORDS) cache.put(cache.hash(keys, at), flows.lookup(keys, at)!);
  return measure(`first cache: hash and lookup, ${LOOKUPS} flows`, LOOKUPS, () => {
    for (let at = 0; at < keys.length; at += DP_WORDS) cache.lookup(cache.hash(keys, at), keys, at);
  });
}

export const run = (): BenchResult[] => [cacheLookup(), megaflowLookup(0), megaflowLookup(7)];

runIfMain(import.meta.url, run);
