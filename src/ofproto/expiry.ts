/**
 * Removing rules whose time is over: idle timeouts since they were last hit, hard timeouts since they were last changed.
 *
 * A pass over the rules that have timeouts goes in steps, and packets flow between them: a hundred thousand rules that were added together
 * expire together, too.
 */
import { FLOW_REMOVED, type FlowRemovedReason } from './async-config.js';
import type { Ofproto } from './ofproto.js';
import type { Rule } from './rule.js';

/** Timeouts are whole seconds; Open vSwitch looks at them once a second. */
const INTERVAL_MS = 1000;
/** Rules looked at in a step, and rules removed in one: about a millisecond's work. */
const RULES_PER_STEP = 4096;
const REMOVED_PER_STEP = 256;

/** The timeouts of one switch's rules. */
export class RuleExpiry {
  private pass: Iterator<null> | null = null;
  private startedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly ofproto: Ofproto) {}

  /** Does a little of the pass that is due; returns milliseconds until it wants to be called again. */
  step(now: number): number {
    if (this.pass === null) {
      // To the second, as those who set timeouts count; a clock that was set back begins anew.
      if (now >= this.startedMs && now < this.startedMs + INTERVAL_MS) return this.startedMs + INTERVAL_MS - now;
      this.startedMs = now;
      this.pass = this.walk(now);
    }
    if (this.pass.next().done !== true) return 0;
    this.pass = null;
    return INTERVAL_MS;
  }

  /** What is removed in one step is gone for the packets after it. */
  private *walk(now: number): Generator<null> {
    const { ofproto } = this;
    const tables = ofproto.tables.filter((table) => table.expiring.size > 0);
    if (tables.length > 0 && ofproto.provider !== null) yield* ofproto.provider.pushStatsInSteps();
    let looked = 0;
    let removed = 0;
    for (const table of tables) {
      for (const rule of table.expiring) {
        const reason = expired(rule, now);
        if (reason !== null) {
          table.remove(rule);
          ofproto.tellRemoved(rule, reason, now);
          removed++;
        }
        if (++looked < RULES_PER_STEP && removed < REMOVED_PER_STEP) continue;
        if (removed > 0) ofproto.changed();
        looked = 0;
        removed = 0;
        yield null;
      }
    }
    if (removed > 0) ofproto.changed();
  }
}

function expired(rule: Rule, now: number): FlowRemovedReason | null {
  if (rule.hardTimeout > 0 && now >= rule.modifiedMs + rule.hardTimeout * 1000) return FLOW_REMOVED.hardTimeout;
  if (rule.idleTimeout > 0 && now >= rule.usedMs + rule.idleTimeout * 1000) return FLOW_REMOVED.idleTimeout;
  return null;
}
