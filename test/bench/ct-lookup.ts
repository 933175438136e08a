/** Packets of tracked connections through the tracker: what `ct` costs once a connection is known. */

import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/ct-action.js';
import { clearConntrack } from '../../datapath/packet/packet.js';
import { tupleOf, udpFrame } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';
import { batchesOf } from './packets.js';

const NOW = 1000;
/** Packets a round, so that rounds of few connections are not over at once. */
const ROUND = 3200;

function lookingUp(connections: number): BenchResult {
  const tracker = new Conntrack({ seed: 1 });
  const look = new Int32Array(CT_ACTION_WORDS);
  const commit = new Int32Array(CT_ACTION_WORDS);
  commit[CT_FLAGS] = CT_COMMIT;
  const batches = batchesOf(Array.from({ length: connections }, (_, i) => udpFrame(tupleOf(i))));
  for (const batch of batches) tracker.execute(batch, commit, 0, NOW);
  const repeats = Math.ceil(ROUND / connections);
  return measure(`ct of a known connection, ${connections} connections`, repeats * connections, () => {
    for (let n = 0; n < repeats; n++) {
      for (const batch of batches) {
        for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
        tracker.execute(batch, look, 0, NOW);
      }
    }
  });
}

export const run = (): BenchResult[] => [lookingUp(32), lookingUp(10_000), lookingUp(100_000)];

runIfMain(import.meta.url, run);
