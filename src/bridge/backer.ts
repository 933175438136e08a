/**
 * One datapath and the bridges on it. As in Open vSwitch, all bridges of a datapath type share one datapath, hence one
 * connection tracker; a packet's bridge is that of the port it came from, or of the state it resumes from.
 */
import { guard } from '../../datapath/base/guard.js';
import type { PortDescription } from '../../datapath/ports/port-types.js';
import type { LinkMonitor } from '../../datapath/ports/sys/link-monitor.js';
import type { Dpif, UserspacePacket } from '../dpif/dpif.js';
import { EventHub } from '../events/hub.js';
import { DatapathSource, OfprotoSource, TrackerSource } from '../events/sources.js';
import { FlowSetup, type PortOwner, type PortOwners } from '../flow-setup/flow-setup.js';
import type { Rule } from '../ofproto/rule.js';
import type { Bridge } from './bridge.js';
import { sendPacketIn } from './packet-in.js';
import { ZoneTimeouts } from './zone-timeouts.js';

/** When housekeeping that failed is tried again. */
const RETRY_MS = 1000;

/** How often the system is asked how interfaces are, where nobody reports changes. */
const PORT_REFRESH_MS = 1000;

/**
 * One datapath and what its bridges share: ports by datapath number, recirculation ids, flow set-up, timeouts of zones. Open vSwitch's
 * dpif_backer.
 */
export class Backer implements PortOwners {
  readonly flowSetup: FlowSetup;
  readonly zoneTimeouts: ZoneTimeouts;
  /** How often bridges ask the system for link states, MAC and MTU. */
  portRefreshMs = PORT_REFRESH_MS;
  /** Reports interfaces that change; null if nobody does. To be read before the system is asked, so that changes come in their order. */
  links: LinkMonitor | null = null;
  /** Events of the datapath and its bridges; costs nothing while nobody listens. */
  readonly events = new EventHub();

  private readonly bridges = new Map<Bridge, OfprotoSource>();
  private readonly owners = new Map<number, PortOwner>();
  /** Bumped when a port or bridge comes or goes. */
  private ownGeneration = 0;

  constructor(readonly dpif: Dpif) {
    this.zoneTimeouts = new ZoneTimeouts(dpif.conntrack);
    this.flowSetup = new FlowSetup(dpif, this, this.events);
    const { flows } = this.flowSetup;
    const rulesOf = (flow: number): readonly Rule[] => flows.get(flow)?.translation.rules ?? [];
    this.events.addSource(new DatapathSource(this.events, dpif, rulesOf));
    this.events.addSource(new TrackerSource(this.events, dpif.conntrack));
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

  /** The sum of the generations of everything that translations depend on. */
  get generation(): number {
    let generation = this.ownGeneration + this.zoneTimeouts.generation;
    for (const bridge of this.bridges.keys()) generation += bridge.generation;
    return generation;
  }

  toController(packet: UserspacePacket, words: Int32Array): void {
    sendPacketIn(this.flowSetup.recirculation, packet, words);
  }

  /** Housekeeping between batches; returns in how many milliseconds it wants to be called again. */
  tick(now: number): number {
    let wait = this.flowSetup.tick(now);
    for (const bridge of this.bridges.keys())
      wait = Math.min(
        wait,
        guard("a bridge's housekeeping", RETRY_MS, () => bridge.tick(now)),
      );
    this.flowSetup.noticeChanges();
    return wait;
  }
}
