/** What a tracked TCP connection over IPv4 costs in memory, and the longest pause while the table grows. Needs --expose-gc. */

import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/ct-action.js';
import { tcpFrame } from '../helpers/frames.js';
import { batchesOf } from './packets.js';

const SYN = 0x02;
const ROUND = 3200;
const NOW = 1000;

export interface MemoryResult {
  connections: number;
  bytesEach: number;
  longestBatchMs: number;
}

export function measureMemory(connections: number): MemoryResult {
  const tracker = new Conntrack({ seed: 1 });
  const commit = new Int32Array(CT_ACTION_WORDS);
  commit[CT_FLAGS] = CT_COMMIT;
  const before = bytesUsed();
  let longestBatchMs = 0;
  for (let from = 0; from < connections; from += ROUND) {
    const frames = Array.from({ length: Math.min(ROUND, connections - from) }, (_, i) => synOf(from + i));
    for (const batch of batchesOf(frames)) {
      const start = performance.now();
      tracker.execute(batch, commit, 0, NOW);
      longestBatchMs = Math.max(longestBatchMs, performance.now() - start);
    }
  }
  const bytesEach = (bytesUsed() - before) / tracker.count;
  return { connections: tracker.count, bytesEach, longestBatchMs };
}

/** Different for each n below four thousand million. */
const synOf = (n: number): Uint8Array =>
  tcpFrame(
    { src: 0x0a000000 + (n & 0xffff), dst: 0x0b000000 + (n >>> 16), srcPort: 1024 + (n % 50_000), dstPort: 80 },
    SYN,
  );

function bytesUsed(): number {
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
