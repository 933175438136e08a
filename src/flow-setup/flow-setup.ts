/**
 * Flow set-up of one datapath, which Open vSwitch calls udpif: packets that no cached flow matches become cached flows, cached flows are
 * kept true while they are used, and what they forward is counted where OpenFlow counts it.
 *
 *     the datapath asks (dpif)      ──>  upcalls      a packet without a flow: translate, install, answer
 *                                        revalidator  a flow after a change: translate anew; a sweep counts, and expires flows
 *     what is known of each flow         cached-flows
 *
 * Which bridge a packet belongs to is asked of the owner of the ports above.
 */
import { add, counter } from '../../datapath/base/counters.js';
import { guard } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import type { Dpif, UserspacePacket } from '../dpif/dpif.js';
import type { EventHub } from '../events/hub.js';
import { XLATE_ERRORS, type XlateError } from '../xlate/errors.js';
import { RecirculationTable } from '../xlate/freeze.js';
import { releaseTranslation } from '../xlate/translate.js';
import type { XlateBridge } from '../xlate/view.js';
import { CachedFlows } from './cached-flows.js';
import { Decisions } from './decisions.js';
import { Revalidator } from './revalidator.js';
import { Upcalls } from './upcalls.js';

const log = logger('ofproto_dpif_xlate');
/** Packets cause them: as Open vSwitch's for such lines. */
const failureLimits = new Map(Object.keys(XLATE_ERRORS).map((error) => [error, new RateLimit(1, 5)]));
/** When revalidation that failed is tried again. */
const RETRY_MS = 1000;

/** The OpenFlow port that a datapath port is. */
export interface PortOwner {
  readonly bridge: XlateBridge;
  readonly ofport: number;
}

/** What flow set-up asks of those whose ports the datapath has. */
export interface PortOwners {
  /** Null if nobody owns it. */
  ownerOf(dpPort: number): PortOwner | null;
  /** Another number when any translation could come out differently, but for what tells its dependents itself. */
  readonly generation: number;
  /** A packet that a translation has sent to a controller; `words` are those of a ControllerRequest. */
  toController(packet: UserspacePacket, words: Int32Array): void;
}

export class FlowSetup {
  readonly recirculation = new RecirculationTable();
  readonly decisions = new Decisions();
  readonly flows = new CachedFlows(this);
  readonly upcalls = new Upcalls(this);
  readonly revalidator = new Revalidator(this);
  /** The owners' generation when last looked at. */
  private seenGeneration = -1;
  /** Ids whose flow is gone but that packets of the current batch may still carry. */
  private releasedIds: number[] = [];

  constructor(
    readonly dpif: Dpif,
    readonly owners: PortOwners,
    readonly events: EventHub,
  ) {
    dpif.setClient({
      missed: (keys, at, size, packet, now) => this.upcalls.missed(keys, at, size, packet, now),
      outdated: (flow, now) => this.revalidator.outdated(flow, now),
      toUserspace: (packet, words) => owners.toController(packet, words),
    });
  }

  /** Lets flows translated before the latest change be translated again. Cheap; called after anything that may change something. */
  noticeChanges(): void {
    const { generation } = this.owners;
    if (generation === this.seenGeneration) return;
    this.seenGeneration = generation;
    this.dpif.epoch++;
  }

  /** Housekeeping between batches; returns in how many milliseconds it wants to be called again. */
  tick(now: number): number {
    const ids = this.releasedIds;
    this.releasedIds = [];
    releaseTranslation(this.recirculation, ids);
    return guard('revalidating flows', RETRY_MS, () => this.revalidator.step(now));
  }

  /** Gives references back once the packets in flight have been executed. */
  releaseLater(ids: readonly number[]): void {
    for (const id of ids) this.releasedIds.push(id);
  }

  translationFailed(bridge: XlateBridge, error: XlateError): void {
    /** Translations that failed, by the kind of error. */
    add(counter(`xlate_error_${error.replaceAll('-', '_')}`));
    log.warn(`${XLATE_ERRORS[error]} on bridge ${bridge.name}: the packet is dropped`, failureLimits.get(error));
  }
}
