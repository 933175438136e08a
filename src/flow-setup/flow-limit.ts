/**
 * How many flows the datapath may cache, and for how long unused ones stay, after udpif_revalidator in Open vSwitch's
 * ofproto-dpif-upcall.c: as many as a sweep can look after in about a second, at most what the user allows.
 *
 * A table that fills up is emptied sooner: from three quarters of the limit on the time that an unused flow stays shrinks, down to a tenth
 * of a second when it is full. So who makes flows that nobody uses takes room from himself, not from flows in use.
 */
import { logger } from '../../datapath/base/log.js';
import type { Dpif } from '../dpif/dpif.js';

const log = logger('ofproto_dpif_upcall');

/** A sweep that took longer than this was too long, and far too long; one that took less leaves room for more. */
const LONG_MS = 1300;
const FAR_TOO_LONG_MS = 2000;
const SHORT_MS = 1000;
/** The least the limit shrinks to, and how much it grows after a sweep. */
const LEAST = 1000;
const STEP = 1000;
const LEAST_IDLE_MS = 100;
/** From this part of the limit on there is little room. */
const ROOMY = 0.75;

/** How many flows may be cached, and how long an unused one stays: less when the sweeps take long, as in Open vSwitch's revalidators. */
export class FlowLimit {
  private mostAllowed: number;

  constructor(private readonly dpif: Dpif) {
    this.mostAllowed = dpif.flowLimit;
  }

  /** What the user allows; the limit in force is the datapath's. */
  get most(): number {
    return this.mostAllowed;
  }

  set most(count: number) {
    this.mostAllowed = count;
    this.dpif.flowLimit = count;
  }

  /** A sweep over so many flows has taken so long, packets in between included. */
  swept(flowCount: number, tookMs: number): void {
    const { dpif, mostAllowed } = this;
    let limit = dpif.flowLimit;
    if (tookMs > FAR_TOO_LONG_MS) log.warn(`Spent an unreasonably long ${Math.round(tookMs)}ms dumping flows`);
    if (tookMs > FAR_TOO_LONG_MS) limit = Math.floor((limit * SHORT_MS) / tookMs);
    else if (tookMs > LONG_MS) limit = Math.floor((limit * 3) / 4);
    else if (tookMs < SHORT_MS && limit < (flowCount * SHORT_MS) / tookMs) limit += STEP;
    dpif.flowLimit = Math.min(mostAllowed, Math.max(limit, LEAST));
  }

  /** How long a flow may be unused now, `mostMs` while there is room. */
  idleMs(mostMs: number): number {
    const { flowCount, flowLimit } = this.dpif;
    const full = flowLimit === 0 ? 1 : flowCount / flowLimit;
    if (full <= ROOMY || mostMs <= LEAST_IDLE_MS) return mostMs;
    return Math.max(LEAST_IDLE_MS, mostMs - ((mostMs - LEAST_IDLE_MS) * (full - ROOMY)) / (1 - ROOMY));
  }
}
