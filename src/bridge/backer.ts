/**
 * One datapath and the bridges on it. As in Open vSwitch, all bridges of a datapath type share one datapath, hence one
 * connection tracker; a packet's bridge is that of the port it came from, or of the state it resumes from.
 */
import { add, counter } from '../../datapath/base/counters.js';
import { guard } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import type { PortDescription } from '../../datapath/ports/port-types.js';
import type { LinkMonitor } from '../../datapath/ports/sys/link-monitor.js';
import type { Dpif } from '../dpif/dpif.js';
import { EventHub } from '../events/hub.js';
import { DatapathSource, OfprotoSource, TrackerSource } from '../events/sources.js';
import type { Rule } from '../ofproto/rule.js';
import { XLATE_ERRORS, type XlateError } from '../xlate/errors.js';
import { RecirculationTable } from '../xlate/freeze.js';
import { releaseTranslation } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';
import { CachedFlows } from './cached-flows.js';
import { Decisions } from './decisions.js';
import { sendPacketIn } from './packet-in.js';
import { Revalidator } from './revalidator.js';
import { Upcalls } from './upcalls.js';
import { ZoneTimeouts } from './zone-timeouts.js';

const log = logger('ofproto_dpif_xlate');
/** Packets cause them: as Open vSwitch's for such lines. */
const failureLimits = new Map(Object.keys(XLATE_ERRORS).map((error) => [error, new RateLimit(1, 5)]));
/** When housekeeping that failed is tried again. */
const RETRY_MS = 1000;

/** How often the system is asked how interfaces are, where nobody reports changes. */
const PORT_REFRESH_MS = 1000;

export interface PortOwner {
  bridge: Bridge;
  ofport: number;
}

export class Backer {
  readonly recirculation = new RecirculationTable();
  readonly upcalls = new Upcalls(this);
  readonly revalidator = new Revalidator(this);
  readonly zoneTimeouts: ZoneTimeouts;
  readonly flows = new CachedFlows(this);
  readonly decisions = new Decisions();
  /** How often bridges ask the system for link states, MAC and MTU. */
  portRefreshMs = PORT_REFRESH_MS;
  /** Reports interfaces that change; null if nobody does. To be read before the system is asked, so that changes come in their order. */
  links: LinkMonitor | null = null;
  /** Events of the datapath and its bridges; costs nothing while nobody listens. */
  readonly events = new EventHub();

  private readonly bridges = new Map<Bridge, OfprotoSource>();
  private readonly owners = new Map<number, PortOwner>();
  /** Sum of the generations of everything translations depend on, when last looked at. */
  private seenGeneration = -1;
  /** Bumped when a port or bridge comes or goes. */
  private ownGeneration = 0;
  /** Ids whose flow is gone but that packets of the current batch may still carry. */
  private releasedIds: number[] = [];

  constructor(readonly dpif: Dpif) {
    this.zoneTimeouts = new ZoneTimeouts(dpif.conntrack.timeouts);
    const rulesOf = (flow: number): readonly Rule[] => this.flows.get(flow)?.translation.rules ?? [];
    this.events.addSource(new DatapathSource(this.events, dpif, rulesOf));
    this.events.addSource(new TrackerSource(this.events, dpif.conntrack));
    dpif.setClient({
      missed: (keys, at, size, packet, now) => this.upcalls.missed(keys, at, size, packet, now),
      outdated: (flow, now) => this.revalidator.outdated(flow, now),
      toUserspace: (packet, words) => sendPacketIn(this, packet, words),
    });
  }

  addBridge(bridge: Bridge): void {
    const source = new OfprotoSource(this.events, bridge.ofproto);
    this.bridges.set(bridge, source);
    this.events.addSource(source);
    this.ownGeneration++;
  }

  removeBridge(bridge: Bridge): void {
    const source = this.bridges.get(bridge);
    if (source !== undefined) this.events.removeSource(source);
    this.bridges.delete(bridge);
    this.ownGeneration++;
  }

  [Symbol.iterator](): IterableIterator<Bridge> {
    return this.bridges.keys();
  }

  ownerOf(dpPort: number): PortOwner | null {
    return this.owners.get(dpPort) ?? null;
  }

  /** Has the datapath open a port on behalf of a bridge; returns its datapath number. Throws a SwitchError if that cannot be. */
  addPort(port: PortDescription, bridge: Bridge, ofport: number, wanted?: number): number {
    const dpPort = this.dpif.addPort(port, wanted);
    this.owners.set(dpPort, { bridge, ofport });
    this.ownGeneration++;
    return dpPort;
  }

  removePort(dpPort: number): void {
    this.owners.delete(dpPort);
    this.dpif.removePort(dpPort);
    this.ownGeneration++;
  }

  /** Lets flows translated before the latest change be translated again. Cheap; called after anything that may change something. */
  noticeChanges(): void {
    let generation = this.ownGeneration + this.zoneTimeouts.generation;
    for (const bridge of this.bridges.keys()) generation += bridge.generation;
    if (generation === this.seenGeneration) return;
    this.seenGeneration = generation;
    this.dpif.epoch++;
  }

  /** Housekeeping between batches; returns in how many milliseconds it wants to be called again. */
  tick(now: number): number {
    const ids = this.releasedIds;
    this.releasedIds = [];
    releaseTranslation(this.recirculation, ids);
    let wait = guard('revalidating flows', RETRY_MS, () => this.revalidator.step(now));
    for (const bridge of this.bridges.keys())
      wait = Math.min(
        wait,
        guard("a bridge's housekeeping", RETRY_MS, () => bridge.tick(now)),
      );
    this.noticeChanges();
    return wait;
  }

  /** Gives references back once the packets in flight have been executed. */
  releaseLater(ids: readonly number[]): void {
    for (const id of ids) this.releasedIds.push(id);
  }

  translationFailed(bridge: Bridge, error: XlateError): void {
    /** Translations that failed, by the kind of error. */
    add(counter(`xlate_error_${error.replaceAll('-', '_')}`));
    log.warn(`${XLATE_ERRORS[error]} on bridge ${bridge.name}: the packet is dropped`, failureLimits.get(error));
  }
}
