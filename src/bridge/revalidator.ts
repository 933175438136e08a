/**
 * Keeps cached flows true. A flow is out of date when the tables or ports have changed since it was translated (the datapath's `epoch` tells), or
 * a station that it depends on (dependents.ts). It is then translated anew: on the first packet that hits it, before that packet
 * is forwarded, or by the sweep if no packet comes. So a change holds for the very next packet, yet a change costs only as
 * much as there are flows in use.
 *
 * The sweep walks the flows in slices (bounded time per step), credits statistics, and removes those unused for `maxIdleMs`.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { survive } from '../../datapath/base/survive.js';
import type { DpFlow } from '../../datapath/dp/dp-flow.js';
import { W_IN_PORT, W_RECIRC_ID } from '../../datapath/keys/layout.js';
import { releaseTranslation, type Translation } from '../xlate/translate.js';
import type { Backer } from './backer.js';
import { CachedFlow } from './cached-flow.js';
import { pushFlowStats } from './credit.js';
import { applyEffects } from './effects.js';

/** Time between the starts of two sweeps over all flows (OVS max-revalidator). */
const SWEEP_PERIOD_MS = 500;
/** Flows looked at per step, between two batches of packets: about a millisecond's work when all are out of date. */
const FLOWS_PER_STEP = 128;

/** Flows credited between two batches of packets, when that is all that is done: a fraction of a millisecond's work. */
const FLOWS_PER_PUSH = 2048;

/** Cached flows translated anew after a change. */
const revalidated = counter('rev_flow_revalidated');
/** Of those, flows whose actions are other ones now. */
const changed = counter('rev_flow_changed');
/** Cached flows removed, as idle, too old, or not valid any more. */
const removed = counter('rev_flow_removed');

export class Revalidator {
  maxIdleMs = 10_000;
  private walk: Iterator<DpFlow> | null = null;
  private walkStartedMs = 0;
  isPaused = false;
  /** Of the sweeps so far: how many flows there were, and how long the last one took. */
  averageFlows = 0;
  mostFlows = 0;
  walkMs = 0;

  constructor(private readonly backer: Backer) {}

  /**
   * The datapath is about to use a flow of an older epoch for a packet: false if the flow is gone and the packet must be
   * translated. What the packet teaches (a station that has moved back) holds from now on, not from the next push on.
   */
  readonly refresh = (flow: DpFlow, now: number): boolean =>
    survive('translating a flow anew', false, () => this.renewAndTeach(flow, now));

  private renewAndTeach(flow: DpFlow, now: number): boolean {
    const isThere = this.renew(flow, now, true);
    this.backer.noticeChanges();
    return isThere;
  }

  /** Translates anew, `forPacket` or only to know: false if the flow had to go. */
  private renew(flow: DpFlow, now: number, forPacket: boolean): boolean {
    const cached = flow.owner as CachedFlow;
    pushFlowStats(cached);
    const next = this.retranslate(flow, now);
    if (next === null || !cached.hasMask(next.mask)) {
      if (next !== null) releaseTranslation(this.backer.recirculation, next.recircIds);
      this.remove(flow);
      return false;
    }
    if (forPacket) applyEffects(cached.bridge, next.effects, now);
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
      this.walk = this.backer.datapath.flows()[Symbol.iterator]();
    }
    for (let i = 0; i < FLOWS_PER_STEP; i++) {
      const next = this.walk.next();
      if (next.done === true) {
        this.walk = null;
        this.walked(now);
        return Math.max(0, this.walkStartedMs + SWEEP_PERIOD_MS - now);
      }
      this.visit(next.value, now);
    }
    return 0;
  }

  private walked(now: number): void {
    const { flowCount } = this.backer.datapath;
    this.averageFlows = Math.floor((this.averageFlows + flowCount) / 2);
    this.mostFlows = Math.max(this.mostFlows, flowCount);
    this.walkMs = Math.max(1, Math.round(now - this.walkStartedMs));
  }

  /** Credits every flow's traffic: before counters are read. Packets may flow at each null; what they add is credited later. */
  *pushInSteps(): Generator<null> {
    let left = FLOWS_PER_PUSH;
    for (const flow of [...this.backer.datapath.flows()]) {
      if (flow.owner instanceof CachedFlow && !flow.isDead) pushFlowStats(flow.owner);
      if (--left > 0) continue;
      yield null;
      left = FLOWS_PER_PUSH;
    }
  }

  /** Removes all flows (revalidator/purge), their counters credited. */
  purge(): void {
    this.walk = null;
    for (const flow of [...this.backer.datapath.flows()]) this.remove(flow);
  }

  remove(flow: DpFlow): void {
    this.backer.datapath.removeFlow(flow);
    this.backer.disown(flow.owner as CachedFlow);
    add(removed);
  }

  private visit(flow: DpFlow, now: number): void {
    const cached = flow.owner;
    if (!(cached instanceof CachedFlow) || flow.isDead) return;
    pushFlowStats(cached);
    if (now - cached.usedMs >= this.maxIdleMs) this.remove(flow);
    else if (flow.epoch !== this.backer.datapath.epoch) this.renew(flow, now, false);
  }

  private retranslate(flow: DpFlow, now: number): Translation | null {
    add(revalidated);
    const { upcalls } = this.backer;
    const origin = upcalls.originOf(flow.key[W_RECIRC_ID], flow.key[W_IN_PORT]);
    return origin === null ? null : upcalls.translateAt(origin, flow.key, 0, now);
  }

  private adopt(cached: CachedFlow, next: Translation, now: number): void {
    const { datapath, recirculation } = this.backer;
    const { flow, translation } = cached;
    if (!sameProgram(translation.program, next.program)) add(changed);
    // Even an equal one may stand for other rules now.
    datapath.replaceProgram(flow, next.program);
    releaseTranslation(recirculation, translation.recircIds);
    cached.translation = next;
    flow.epoch = datapath.epoch;
    // A flow that would teach something else than what is known stays out of date: its next packet has to come by `refresh`.
    cached.rely(now);
  }
}

function sameProgram(a: Int32Array, b: Int32Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
