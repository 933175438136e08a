/**
 * One bridge: an OpenFlow switch (src/ofproto) over ports of the datapath. To translation it is what is looked up in; to
 * the OpenFlow switch it is what lies below.
 */

import { SwitchError } from '../../datapath/base/error.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import type { FlushFilter } from '../../datapath/conntrack/query/flush.js';
import type { PortState } from '../../datapath/ports/port.js';
import type { PortDescription } from '../../datapath/ports/port-types.js';
import type { Match } from '../match/match.js';
import type { Group } from '../ofproto/groups.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import type { OfprotoProvider } from '../ofproto/provider.js';
import type { OfTable } from '../ofproto/table.js';
import { OFPP } from '../openflow/action-types.js';
import type { CtFlush } from '../openflow/ct-flush-types.js';
import type { ErrorName } from '../openflow/errors.js';
import type { PacketOut, PortDesc, PortStatsEntry } from '../openflow/message-types.js';
import { MacTable } from '../xlate/mac-table.js';
import type { TableMiss, XlateBridge } from '../xlate/view.js';
import type { Backer } from './backer.js';
import { flushFilter } from './ct-flush.js';
import { linkChanges } from './link-changes.js';
import { describePacketOut, sendPacketOut } from './packet-out.js';
import { BridgePort, Bundle, statsEntry } from './ports.js';

/** How often stations are looked at that are to be forgotten. */
const MAC_EXPIRY_MS = 1000;

/** Who has the other end of a cable can make a link come and go as often as it likes. */
const LINK_LOG = new RateLimit(600, 600);

/** A controller asks for it as often as it likes. */
const ADMIN_LOG = new RateLimit(10, 10);

const log = logger('bridge');

/**
 * An OpenFlow switch over some ports of a datapath: `ofproto` has tables, groups and connections, the bridge adds ports, learned stations
 * and cached flows.
 */
export class Bridge implements XlateBridge, OfprotoProvider {
  readonly macTable = new MacTable();
  forwardBpdu = false;
  private readonly byOfport = new Map<number, BridgePort>();
  private ascending: readonly BridgePort[] = [];
  private readonly byId = new Map<number, Bundle>();
  private bundlesInOrder: readonly Bundle[] = [];
  private lastBundleId = 0;
  private nextMacExpiryMs = 0;
  private nextRefreshMs = 0;

  constructor(
    readonly name: string,
    readonly backer: Backer,
    readonly ofproto: Ofproto,
  ) {
    ofproto.provider = this;
    backer.addBridge(this);
  }

  /** Changes when any translation on this bridge could come out differently; what is learned has dependents of its own. */
  get generation(): number {
    return this.ofproto.generation;
  }

  // What translation asks.

  get fragments(): number {
    return this.ofproto.config.fragments;
  }

  get missSendLen(): number {
    return this.ofproto.missSendLen;
  }

  table(id: number): OfTable {
    return this.ofproto.tables[id];
  }

  /** What becomes of a packet that no rule of the table matches. */
  tableMiss(table: number): TableMiss {
    return this.ofproto.tableMiss(table);
  }

  /** The group with that number; null if there is none. */
  group(id: number): Group | null {
    return this.ofproto.groups.get(id);
  }

  isPortLive(ofport: number): boolean {
    return this.ofproto.ports.get(ofport)?.state.live ?? false;
  }

  timeoutPolicy(ctZone: number): number {
    return this.backer.zoneTimeouts.policyOf(ctZone);
  }

  /** The port with that OpenFlow number; null if there is none. */
  port(ofport: number): BridgePort | null {
    return this.byOfport.get(ofport) ?? null;
  }

  ports(): readonly BridgePort[] {
    return this.ascending;
  }

  /** Null if there is none of that id, or none any more. */
  bundle(id: number): Bundle | null {
    return this.byId.get(id) ?? null;
  }

  bundles(): readonly Bundle[] {
    return this.bundlesInOrder;
  }

  // What the OpenFlow switch asks.

  pushStats(): void {
    for (const _ of this.pushStatsInSteps());
  }

  pushStatsInSteps(): Generator<null> {
    return this.backer.flowSetup.revalidator.pushInSteps();
  }

  describePacket(packetOut: PacketOut): Match {
    return describePacketOut(packetOut);
  }

  packetOut(packetOut: PacketOut, now: number): ErrorName | null {
    return sendPacketOut(this, packetOut, now);
  }

  portStats(ofport: number): PortStatsEntry | null {
    const port = this.port(ofport);
    const stats = port?.stats() ?? null;
    return stats === null ? null : statsEntry(ofport, stats);
  }

  queues(ofport: number): readonly number[] | null {
    return this.port(ofport)?.queues ?? null;
  }

  setPortConfig(ofport: number, config: PortDesc['config']): void {
    const port = this.port(ofport);
    if (port === null) return;
    if (config.portDown !== port.config.portDown) setAdminUp(port, !config.portDown);
    port.config = { ...config };
    this.backer.links?.read();
    this.notePortState(port, port.state());
    this.ofproto.ports.update(port.describe());
  }

  /** The interface of a port is, or for a moment was, like this: what has changed is logged, and controllers are notified. */
  notePortState(port: BridgePort, state: PortState): void {
    if (port.isInterface)
      for (const change of linkChanges(port.seen, state))
        log.info(`bridge ${this.name}: interface ${port.name} ${change}`, LINK_LOG);
    port.note(state);
    this.ofproto.ports.update(port.describe());
  }

  /** Asks the system how all interfaces are. */
  refreshPorts(): void {
    this.backer.links?.read();
    for (const port of this.ascending) this.notePortState(port, port.state());
  }

  flushConntrackZone(zone: number, now: number): Generator<null> {
    return this.flushInSteps({ zone }, now);
  }

  flushConntrack(flush: CtFlush, now: number): Generator<null> {
    return this.flushInSteps(flushFilter(flush), now);
  }

  private *flushInSteps(filter: FlushFilter, now: number): Generator<null> {
    const { conntrack } = this.backer.dpif;
    for (let step = conntrack.flush(filter, null, now); step !== null && step.next !== null; ) {
      yield null;
      step = conntrack.flush(filter, step.next, now);
    }
  }

  // What the assembly does.

  /**
   * Adds a port under the number asked for, or the next free one from 1; `isLocal` makes it LOCAL. Returns the number. Throws a SwitchError
   * where it cannot be.
   */
  addPort(
    port: PortDescription,
    options: { ofport?: number; isLocal?: boolean; dpPort?: number },
    now: number,
  ): number {
    // Earlier notifications belong to nobody's port.
    this.backer.links?.read();
    const ofport = options.isLocal === true ? OFPP.LOCAL : this.chooseNumber(options.ofport);
    const { dpif } = this.backer;
    const dpPort = this.backer.addPort(port, this, ofport, options.dpPort);
    const bundle = new Bundle(++this.lastBundleId);
    const added = new BridgePort(ofport, dpPort, dpif, port.type, bundle);
    this.byOfport.set(ofport, added);
    this.byId.set(bundle.id, bundle);
    this.sortPorts();
    this.ofproto.ports.add(added.describe(), now);
    return ofport;
  }

  /** Closes the port and takes it out of the datapath; controllers are notified. Does nothing if there is none. */
  removePort(ofport: number): void {
    const port = this.port(ofport);
    if (port === null) return;
    this.byOfport.delete(ofport);
    this.byId.delete(port.bundle.id);
    this.sortPorts();
    this.ofproto.ports.remove(ofport);
    this.macTable.removeBundle(port.bundle.id);
    this.backer.removePort(port.dpPort);
  }

  /** Time-driven work; returns milliseconds until it wants to be called again. */
  tick(now: number): number {
    const wait = this.ofproto.expire(now);
    if (now >= this.nextMacExpiryMs) {
      this.nextMacExpiryMs = now + MAC_EXPIRY_MS;
      this.macTable.expire(now);
    }
    if (now >= this.nextRefreshMs) {
      this.nextRefreshMs = now + this.backer.portRefreshMs;
      this.refreshPorts();
    }
    return Math.min(wait, this.nextMacExpiryMs - now, this.nextRefreshMs - now);
  }

  /** Closes all ports and takes the bridge off its datapath. */
  close(): void {
    for (const port of [...this.ascending]) this.removePort(port.ofport);
    this.backer.removeBridge(this);
  }

  private chooseNumber(wanted: number | undefined): number {
    if (wanted !== undefined) {
      const owner = this.port(wanted);
      if (owner !== null) throw new SwitchError(`number ${wanted} is that of port ${owner.name}`, { code: 'EEXIST' });
      return wanted;
    }
    const free = this.ofproto.ports.freeNumber();
    if (free === null) throw new Error(`bridge ${this.name} has no free port number`);
    return free;
  }

  private sortPorts(): void {
    this.ascending = [...this.byOfport.values()].sort((a, b) => a.ofport - b.ofport);
    this.bundlesInOrder = [...new Set(this.ascending.map((port) => port.bundle))];
  }
}

/** An interface that has gone meanwhile cannot be set; its return is noticed. */
function setAdminUp(port: BridgePort, up: boolean): void {
  try {
    port.setAdminUp(up);
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    log.warn(`port ${port.name} cannot be set ${up ? 'up' : 'down'}: ${error.message}`, ADMIN_LOG);
  }
}
