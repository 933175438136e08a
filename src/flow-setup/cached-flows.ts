/** What the control side knows of the flows in the datapath's cache, by their ids, in the order of their installation. */
import { type FlowStats, noStats } from '../dpif/dpif.js';
import type { Translation } from '../xlate/translate.js';
import { CachedFlow } from './cached-flow.js';
import type { SharedDecision } from './decisions.js';
import type { FlowSetup } from './flow-setup.js';
import { pushStatistics } from './statistics.js';

/** All records by the flow's id. */
export class CachedFlows {
  private readonly byId = new Map<number, CachedFlow>();
  private readonly stats: FlowStats = noStats();

  constructor(private readonly setup: FlowSetup) {}

  get(id: number): CachedFlow | null {
    return this.byId.get(id) ?? null;
  }

  /** May be walked while flows come and go. */
  [Symbol.iterator](): IterableIterator<CachedFlow> {
    return this.byId.values();
  }

  /** The datapath has a flow of this translation now; what was known under the id before ends. Takes over a reference on the decision. */
  add(id: number, translation: Translation, decision: SharedDecision, epoch: number, now: number): void {
    const before = this.byId.get(id);
    const cached = new CachedFlow(this.setup.dpif, id, decision.bridge, translation, decision, epoch, now);
    if (before !== undefined) {
      this.pushStatistics(before);
      this.close(before);
      cached.pushedPackets = before.pushedPackets;
      cached.pushedBytes = before.pushedBytes;
    }
    this.byId.set(id, cached);
    cached.subscribe(now);
  }

  /** Takes the flow out of the datapath; what it has forwarded is counted first. */
  remove(cached: CachedFlow): void {
    if (this.byId.get(cached.id) !== cached) return;
    if (this.setup.dpif.removeFlow(cached.id, this.stats)) pushStatistics(cached, this.stats);
    this.byId.delete(cached.id);
    this.close(cached);
  }

  /** Counts, where OpenFlow counts, what the flow has forwarded since the last time. */
  pushStatistics(cached: CachedFlow): void {
    if (this.setup.dpif.flowStats(cached.id, this.stats)) pushStatistics(cached, this.stats);
  }

  private close(cached: CachedFlow): void {
    cached.unsubscribe();
    this.setup.decisions.release(cached.decision);
    this.setup.releaseLater(cached.translation.recircIds);
  }
}
