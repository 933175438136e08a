/**
 * Keeps cached flows true. A flow is out of date when the tables or ports have changed since it was translated (the datapath's `epoch`
 * tells), or a station that it depends on (dependents.ts). It is then translated anew: on the first packet that hits it, before that packet
 * is forwarded, or by the sweep if no packet comes. So a change holds for the very next packet, yet a change costs only as much as there
 * are flows in use.
 *
 * The sweep walks the flows in slices (bounded time per step), pushes statistics, and removes those that are unused: for `maxIdleMs`, for
 * less when there is little room, and for a period when a station that they depend on is another one now.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { guard } from '../../datapath/base/guard.js';
import { applyEffects } from '../xlate/effects.js';
import { releaseTranslation, type Translation } from '../xlate/translate.js';
import type { CachedFlow } from './cached-flow.js';
import { dpifDecision, isSame } from './decisions.js';
import { FlowLimit } from './flow-limit.js';
import type { FlowSetup } from './flow-setup.js';

/** Time between the starts of two sweeps over all flows (OVS max-revalidator). */
const SWEEP_PERIOD_MS = 500;
/** How long a step of the sweep lasts, between two batches of packets, and after how many flows the stopwatch is looked at. */
const STEP_MS = 0.5;
const FLOWS_PER_LOOK = 8;
/** Flows whose statistics are pushed between two batches of packets, when that is all that is done: a fraction of a millisecond's work. */
const FLOWS_PER_PUSH = 2048;

/** Cached flows translated anew after a change. */
const revalidated = counter('rev_flow_revalidated');
/** Of those, flows whose actions are other ones now. */
const changed = counter('rev_flow_changed');
/** Cached flows removed, as idle, too old, or not valid any more. */
const removed = counter('rev_flow_removed');

/** Sweeps over the cached flows of one datapath, and brings those up to date that a packet has hit. */
export class Revalidator {
  /** How long a flow is kept that nobody uses, as long as there is room (flow-limit.ts). */
  maxIdleMs = 10_000;
  readonly limit: FlowLimit;
  /** Monotonic milliseconds with fractions. Without it a sweep is one step, and runs repeat. */
  stopwatch: (() => number) | null = null;
  private walk: Iterator<CachedFlow> | null = null;
  private walkStartedMs = 0;
  isPaused = false;
  /** Of the sweeps so far: how many flows there were, and how long the last one took. */
  averageFlows = 0;
  mostFlows = 0;
  walkMs = 0;

  constructor(private readonly setup: FlowSetup) {
    this.limit = new FlowLimit(setup.dpif);
  }

  /**
   * The datapath is about to use a flow of an older epoch for a packet: false if the flow is gone and the packet must be
   * translated. What the packet teaches (a station that has moved back) holds from now on, not from the next push on.
   */
  outdated(id: number, now: number): boolean {
    return guard('translating a flow anew', false, () => this.renewForPacket(id, now));
  }

  private renewForPacket(id: number, now: number): boolean {
    const cached = this.setup.flows.get(id);
    const isThere = cached !== null && this.renew(cached, now, true);
    this.setup.noticeChanges();
    return isThere;
  }

  /** Translates anew, `forPacket` or only to know: false if the flow had to go. */
  private renew(cached: CachedFlow, now: number, forPacket: boolean): boolean {
    this.setup.flows.pushStatistics(cached);
    const next = this.retranslate(cached, now);
    if (next === null || !cached.hasMask(next.mask)) {
      if (next !== null) releaseTranslation(this.setup.recirculation, next.recircIds);
      this.remove(cached);
      return false;
    }
    if (forPacket) applyEffects(next.effects, now);
    this.adopt(cached, next, now);
    return true;
  }

  /** Does a little of the sweep; returns when it wants to be called again (ms from now). */
  step(now: number): number {
    if (this.isPaused) return SWEEP_PERIOD_MS;
    if (this.walk === null) {
      const wait = this.walkStartedMs + SWEEP_PERIOD_MS - now;
      if (wait > 0) return wait;
      this.walkStartedMs = now;
      this.walk = this.setup.flows[Symbol.iterator]();
    }
    return this.walkOn(this.walk, now) ? Math.max(0, this.walkStartedMs + SWEEP_PERIOD_MS - now) : 0;
  }

  /** False if the step is over before the walk is. */
  private walkOn(walk: Iterator<CachedFlow>, now: number): boolean {
    const { stopwatch } = this;
    const endMs = stopwatch === null ? 0 : stopwatch() + STEP_MS;
    for (let looked = 1; ; looked++) {
      const next = walk.next();
      if (next.done === true) break;
      this.visit(next.value, now);
      if (stopwatch !== null && looked % FLOWS_PER_LOOK === 0 && stopwatch() >= endMs) return false;
    }
    this.walk = null;
    this.walked(now);
    return true;
  }

  private walked(now: number): void {
    const { flowCount } = this.setup.dpif;
    this.averageFlows = Math.floor((this.averageFlows + flowCount) / 2);
    this.mostFlows = Math.max(this.mostFlows, flowCount);
    this.walkMs = Math.max(1, Math.round(now - this.walkStartedMs));
    this.limit.swept(flowCount, this.walkMs);
  }

  /** Pushes the statistics of every flow, before counters are read. Packets may flow at each null; what they add is pushed later. */
  *pushInSteps(): Generator<null> {
    let left = FLOWS_PER_PUSH;
    for (const cached of this.setup.flows) {
      this.setup.flows.pushStatistics(cached);
      if (--left > 0) continue;
      yield null;
      left = FLOWS_PER_PUSH;
    }
  }

  /** Removes all flows (revalidator/purge), after their statistics have been pushed. */
  purge(): void {
    this.walk = null;
    for (const cached of this.setup.flows) this.remove(cached);
  }

  remove(cached: CachedFlow): void {
    this.setup.flows.remove(cached);
    add(removed);
  }

  private visit(cached: CachedFlow, now: number): void {
    this.setup.flows.pushStatistics(cached);
    const idleMs = now - cached.usedMs;
    if (idleMs >= this.limit.idleMs(this.maxIdleMs)) this.remove(cached);
    // Its next packet will have it translated anew; until one comes, a station that goes must not cost a translation each sweep.
    else if (cached.isInvalid) {
      if (idleMs >= SWEEP_PERIOD_MS) this.remove(cached);
    } else if (cached.epoch !== this.setup.dpif.epoch) this.renew(cached, now, false);
  }

  private retranslate(cached: CachedFlow, now: number): Translation | null {
    add(revalidated);
    const { upcalls, dpif } = this.setup;
    const key = dpif.flowKey(cached.id);
    const origin = key === null ? null : upcalls.originOf(key, 0);
    return key === null || origin === null ? null : upcalls.translateAt(origin, key, 0, now);
  }

  private adopt(cached: CachedFlow, next: Translation, now: number): void {
    const { dpif, decisions, recirculation } = this.setup;
    const { bridge, decision, translation } = cached;
    const made = decisions.acquire(bridge, next.program, next.rules);
    if (!isSame(decision.program, made.program)) add(changed);
    cached.setTranslation(next, made, dpif.epoch);
    dpif.setFlow(cached.id, made === decision ? null : dpifDecision(made), cached.epoch);
    decisions.release(decision);
    releaseTranslation(recirculation, translation.recircIds);
    cached.subscribe(now);
  }
}
