/** Removing rules whose time is over: idle timeouts since they were last hit, hard timeouts since they were last changed. */
import { FLOW_REMOVED, type FlowRemovedReason } from './async-config.js';
import type { Ofproto } from './ofproto.js';
import type { Rule } from './rule.js';

/** Timeouts are whole seconds; Open vSwitch looks at them once a second. */
const INTERVAL_MS = 1000;

/** Removes what has expired; returns milliseconds until it wants to be called again. */
export function expireRules(ofproto: Ofproto, now: number): number {
  const tables = ofproto.tables.filter((table) => table.expiring.size > 0);
  if (tables.length === 0) return INTERVAL_MS;
  ofproto.below?.pushStats();
  let removed = 0;
  for (const table of tables) {
    for (const rule of table.expiring) {
      const reason = expired(rule, now);
      if (reason === null) continue;
      table.remove(rule);
      ofproto.tellRemoved(rule, reason, now);
      removed++;
    }
  }
  if (removed > 0) ofproto.changed();
  return INTERVAL_MS;
}

function expired(rule: Rule, now: number): FlowRemovedReason | null {
  if (rule.hardTimeout > 0 && now >= rule.modifiedMs + rule.hardTimeout * 1000) return FLOW_REMOVED.hardTimeout;
  if (rule.idleTimeout > 0 && now >= rule.usedMs + rule.idleTimeout * 1000) return FLOW_REMOVED.idleTimeout;
  return null;
}
