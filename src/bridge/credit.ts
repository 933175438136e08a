/** Counting packets where OpenFlow counts them: at the rules they hit and the tables they were looked up in. */
import type { Bridge } from './bridge.js';
import type { CachedFlow, KeptTranslation } from './cached-flow.js';
import { repeatEffects } from './effects.js';

export function credit(bridge: Bridge, t: KeptTranslation, packets: number, bytes: number, usedMs: number): void {
  for (const rule of t.rules) {
    rule.credit(packets, bytes, usedMs);
    bridge.ofproto.tables[rule.table].credit(packets, true);
  }
  for (const { group, bucket } of t.buckets) group.credit(bucket, packets, bytes);
  for (const table of t.misses) bridge.ofproto.tables[table].credit(packets, false);
}

/** Credits what the datapath has forwarded by this flow since the last time, and repeats its lasting effects. */
export function pushFlowStats(cached: CachedFlow): void {
  const { flow, bridge, translation } = cached;
  const packets = flow.packets - cached.pushedPackets;
  if (packets === 0) return;
  credit(bridge, translation, packets, flow.bytes - cached.pushedBytes, flow.usedMs);
  cached.pushedPackets = flow.packets;
  cached.pushedBytes = flow.bytes;
  repeatEffects(bridge, translation.effects, flow.usedMs);
}
