/** New connections through the tracker: lookup, validation, commit; and their removal. */

import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/record/ct-action.js';
import { clearConntrack } from '../../datapath/packet/packet.js';
import { tcpFrame, tupleOf, udpFrame } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';
import { batchesOf } from './packets.js';

const CONNECTIONS = 10_000;
const SYN = 0x02;

function committing(name: string, frames: Uint8Array[]): BenchResult {
  const tracker = new Conntrack({ seed: 1 });
  const commit = new Int32Array(CT_ACTION_WORDS);
  commit[CT_FLAGS] = CT_COMMIT;
  const batches = batchesOf(frames);
  let now = 1000;
  return measure(`ct(commit) and removal of a new ${name} connection`, CONNECTIONS, () => {
    now++;
    for (const batch of batches) {
      for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
      tracker.execute(batch, commit, 0, now);
    }
    tracker.flush();
  });
}

export function run(): BenchResult[] {
  const tuples = Array.from({ length: CONNECTIONS }, (_, i) => tupleOf(i));
  return [
    committing(
      'UDP',
      tuples.map((tuple) => udpFrame(tuple)),
    ),
    committing(
      'TCP',
      tuples.map((tuple) => tcpFrame(tuple, SYN, 100, 0)),
    ),
  ];
}

runIfMain(import.meta.url, run);
