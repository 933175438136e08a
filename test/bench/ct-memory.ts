/** What a tracked TCP connection over IPv4 costs in memory, and the longest pause while the table grows. Needs --expose-gc. */

import { store16, store32 } from '../../datapath/base/bytes.js';
import { finish, sum } from '../../datapath/base/checksum.js';
import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/record/ct-action.js';
import { BATCH_SIZE } from '../../datapath/packet/batch.js';
import { clearConntrack, OFFLOAD_DATA_VALID, type Packet } from '../../datapath/packet/packet.js';
import { tcpFrame } from '../helpers/frames.js';
import { batchesOf } from './packets.js';

const SYN = 0x02;
const NOW = 1000;
/** Connections until the code is compiled. */
const WARM_UP = 50_000;
const ANY = { src: 1, dst: 2, srcPort: 1024, dstPort: 80 };

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
  const [batch] = batchesOf(Array.from({ length: BATCH_SIZE }, () => tcpFrame(ANY, SYN)));
  let longestBatchMs = 0;
  for (let n = 0; n < connections; n += BATCH_SIZE) {
    for (let i = 0; i < BATCH_SIZE; i++) makeSyn(batch.packets[i], n + i);
    const cpu = process.cpuUsage();
    const start = performance.now();
    tracker.execute(batch, commit, 0, NOW);
    const tookMs = performance.now() - start;
    if (n > WARM_UP && tookMs > longestBatchMs) longestBatchMs = Math.max(longestBatchMs, Math.min(tookMs, cpuMs(cpu)));
  }
  const bytesEach = (bytesUsed() - before) / tracker.count;
  return { connections: tracker.count, bytesEach, longestBatchMs };
}

/** Processor time since then: less than what the clock says when other processes have been let in. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** The same packet as another connection's: in place, so that the garbage collector has no part in what is measured. */
function makeSyn(packet: Packet, n: number): void {
  const { bytes, start } = packet;
  clearConntrack(packet);
  packet.offload = OFFLOAD_DATA_VALID;
  store32(bytes, start + 26, 0x0a000000 + (n & 0xffff));
  store32(bytes, start + 30, 0x0b000000 + (n >>> 16));
  store16(bytes, start + 24, 0);
  store16(bytes, start + 24, finish(sum(bytes, start + 14, 20)));
}

function bytesUsed(): number {
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
