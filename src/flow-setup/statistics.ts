/** Counting packets where OpenFlow counts them: at the rules they hit and the tables they were looked up in. */
import type { FlowStats } from '../dpif/dpif.js';
import { repeatEffects } from '../xlate/effects.js';
import type { CachedFlow, StoredTranslation } from './cached-flow.js';

/** Packets have gone the way of this translation, which may lead through several bridges: each rule and table counts for its own. */
export function addStatistics(t: StoredTranslation, packets: number, bytes: number, usedMs: number): void {
  for (const rule of t.rules) {
    rule.addStats(packets, bytes, usedMs);
    rule.home.addStats(packets, true);
  }
  for (const { group, bucket } of t.buckets) group.addStats(bucket, packets, bytes);
  for (const table of t.misses) table.addStats(packets, false);
}

/** Adds what the datapath has forwarded by this flow since the last time, and repeats the flow's lasting effects. */
export function pushStatistics(cached: CachedFlow, stats: FlowStats): void {
  const { translation } = cached;
  const packets = stats.packets - cached.pushedPackets;
  if (packets === 0) return;
  addStatistics(translation, packets, stats.bytes - cached.pushedBytes, stats.usedMs);
  cached.pushedPackets = stats.packets;
  cached.pushedBytes = stats.bytes;
  cached.usedMs = stats.usedMs;
  repeatEffects(translation.effects, stats.usedMs);
}
