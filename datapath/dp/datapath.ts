/**
 * A datapath: ports, flow caches, tracker and executor put together, and the face it shows to the outside.
 *
 * Alone it is a switch without rules: somebody sets an upcall handler, which says what to do with packets that no cached
 * flow matches. Nothing here reads a clock or waits; dp/loop.ts does. `now` is monotonic and in whole milliseconds.
 */

import type { Decision } from '../actions/decision.js';
import { reportFailure } from '../base/guard.js';
import { Conntrack } from '../conntrack/conntrack.js';
import { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import { PacketPool } from '../packet/pool.js';
import type { Port } from '../ports/port.js';
import type { DatapathType } from '../ports/port-types.js';
import { Egress, type UserspaceHandler } from './egress.js';
import { Input, type RefreshHandler, type UpcallHandler } from './input.js';
import { type DpFlow, Megaflows } from './megaflow.js';
import type { DatapathObserver } from './observer.js';
import { Pauses } from './pauses.js';
import { type PortEntry, PortTable } from './port-table.js';
import { DatapathStats } from './stats.js';

/** What a datapath is made with; what is left out, it makes itself. */
export interface DatapathOptions {
  /** As dpif/show prints it, e.g. netdev@ovs-netdev. */
  name: string;
  type?: DatapathType;
  pool?: PacketPool;
  conntrack?: Conntrack;
  /** Basis of all hashes; random where strangers send packets, fixed where runs must repeat. */
  seed?: number;
}

/** A flow to install: key and mask with the layout of keys/layout.ts, at least DP_WORDS long. */
export interface FlowSpec extends Decision {
  readonly key: Int32Array;
  readonly mask: Int32Array;
}

/** Batches taken from one port before the next has its turn. */
const BATCHES_PER_TURN = 4;
/** How often the masks are put in the order of their use. */
const SORT_PERIOD_MS = 1000;

/**
 * A switch of cached flows between ports: packets that match none go to the upcall handler, which installs some. It never reads a clock or
 * waits; a Loop, or whoever calls `poll`, drives it.
 */
export class Datapath {
  /** As `dpctl/show` prints it, such as "ovs-netdev". */
  readonly name: string;
  readonly type: DatapathType;
  readonly pool: PacketPool;
  readonly conntrack: Conntrack;
  readonly stats = new DatapathStats();
  /** Kept by who polls it. */
  readonly pauses = new Pauses();

  private readonly portTable = new PortTable();
  private readonly megaflows: Megaflows;
  private readonly egress: Egress;
  private readonly input: Input;
  private readonly arrivals = new PacketBatch();
  private nextSortMs = 0;
  /** Depth of calls into the packet path: what handlers call from inside leaves draining and flushing to the outermost. */
  private depth = 0;

  constructor(options: DatapathOptions) {
    const seed = options.seed ?? 0;
    this.name = options.name;
    this.type = options.type ?? 'netdev';
    this.pool = options.pool ?? new PacketPool();
    this.conntrack = options.conntrack ?? new Conntrack({ seed });
    this.conntrack.fragments.memory = this.pool;
    this.megaflows = new Megaflows(seed);
    this.egress = new Egress(this.conntrack, this.portTable, this.pool, this.stats);
    this.input = new Input(this.megaflows, this.egress, this.stats, seed);
  }

  /** Adds a port under the number wanted, or the lowest free one from 1; throws a SwitchError if that cannot be. */
  addPort(port: Port, wanted?: number): number {
    return this.portTable.add(port, wanted);
  }

  /**
   * Takes a port out and returns it, null if there is none. It is the caller's to close, though not from within a
   * handler: packets being processed may lie in its memory.
   */
  removePort(number: number): Port | null {
    this.egress.flush();
    return this.portTable.remove(number);
  }

  /** The port with that number; null if there is none. */
  port(number: number): Port | null {
    return this.portTable.get(number);
  }

  /** The port with that name, and its number; null if there is none. */
  findPort(name: string): PortEntry | null {
    return this.portTable.find(name);
  }

  /** In the order in which they were added. */
  ports(): readonly PortEntry[] {
    return this.portTable.entries;
  }

  /** Descriptors of all ports, to be polled for reading; another array after each change. */
  get fds(): readonly number[] {
    return this.portTable.fds;
  }

  /** Who is asked about packets that no flow matches; while there is nobody they are dropped. */
  setUpcall(handler: UpcallHandler | null): void {
    this.input.upcall = handler;
  }

  /** Who is asked about flows of an older epoch; while there is nobody they are used as they are. */
  setRefresh(handler: RefreshHandler | null): void {
    this.input.refresh = handler;
  }

  /** Who gets the packets of `userspace` actions; while there is nobody those are dropped. */
  setUserspace(handler: UserspaceHandler | null): void {
    this.egress.userspaceHandler = handler;
  }

  /** Who sees every packet on its way, null for nobody: see events for several. */
  get observer(): DatapathObserver | null {
    return this.egress.observer;
  }

  set observer(observer: DatapathObserver | null) {
    this.egress.observer = observer;
  }

  /** Flows installed under another epoch than the present are shown to the refresh handler before they are used. */
  get epoch(): number {
    return this.input.epoch;
  }

  set epoch(epoch: number) {
    this.input.epoch = epoch;
  }

  /** Installs a flow of the present epoch; one with the same key and mask gets the new program. Null if the limit is reached. */
  installFlow(spec: FlowSpec, now: number): DpFlow | null {
    const flow = this.megaflows.install(spec.key, spec.mask, spec.program, now);
    if (flow === null) return null;
    flow.origin = spec.origin ?? 0;
    flow.epoch = this.input.epoch;
    return flow;
  }

  /** Takes a flow out; packets under way may still run its program. */
  removeFlow(flow: DpFlow): void {
    this.megaflows.remove(flow);
  }

  /** Removes all flows. */
  flushFlows(): void {
    this.megaflows.flush();
    this.input.forgetFlows();
  }

  /** The flow with that id; null if it has been removed. */
  flow(id: number): DpFlow | null {
    return this.megaflows.byId(id);
  }

  /** In the order of installation; flows may be installed and removed while this is being walked. */
  flows(): IterableIterator<DpFlow> {
    return this.megaflows.values();
  }

  /** Flows installed, and the most there may be: beyond it `installFlow` refuses. */
  get flowCount(): number {
    return this.megaflows.count;
  }

  get flowLimit(): number {
    return this.megaflows.limit;
  }

  set flowLimit(limit: number) {
    this.megaflows.limit = limit;
  }

  /** Different masks among the flows, and how many of them all lookups together have tried. */
  get maskCount(): number {
    return this.megaflows.maskCount;
  }

  get masksAsked(): number {
    return this.megaflows.masksAsked;
  }

  /** Runs a program on a packet, which it takes over; its layer offsets must have been set by extraction. */
  execute(packet: Packet, { program, origin = 0 }: Decision, now: number): void {
    if (this.observer !== null) this.input.observeArrival(packet);
    this.stats.injected++;
    const batch = new PacketBatch();
    batch.push(packet);
    this.depth++;
    try {
      this.input.executor.run(batch, program, origin, now);
    } catch (error) {
      reportFailure('forwarding packets', error);
      if (this.depth === 1) this.recover();
    } finally {
      this.depth--;
    }
    if (this.depth === 0) this.finish(now);
  }

  /** From now on misses have a budget; `stopwatch` gives monotonic milliseconds, with fractions. */
  limitMisses(stopwatch: () => number): void {
    this.input.budget.stopwatch = stopwatch;
  }

  /**
   * Takes what is at hand from every port, processes it, sends what came of it. Returns the number of packets taken, and of those that
   * had been waiting: while there are any, it is not 0.
   */
  poll(now: number): number {
    const { entries } = this.portTable;
    this.depth++;
    let taken = 0;
    for (let i = 0; i < entries.length; i++) taken += this.takeTurnOrRecover(entries[i], now);
    const served = this.serveWaitingOrRecover(taken === 0, now);
    this.depth--;
    if (taken + served > 0) {
      this.finish(now);
      for (let i = 0; i < entries.length; i++) releaseMemory(entries[i].port);
    }
    if (now >= this.nextSortMs) {
      this.nextSortMs = now + SORT_PERIOD_MS;
      this.megaflows.sortMasks();
    }
    return taken + served;
  }

  /** What fails costs the port's turn, not those of the others. Packets of it that lay in the pool's memory are not given back. */
  private takeTurnOrRecover(entry: PortEntry, now: number): number {
    const { depth } = this;
    try {
      return this.takeTurn(entry, now);
    } catch (error) {
      reportFailure('forwarding packets', error);
      this.depth = depth;
      this.recover();
      return 1;
    }
  }

  private serveWaitingOrRecover(isIdle: boolean, now: number): number {
    const { depth } = this;
    try {
      return this.input.serveWaiting(isIdle, now);
    } catch (error) {
      reportFailure('forwarding packets that had waited', error);
      this.depth = depth;
      this.recover();
      return 1;
    }
  }

  private recover(): void {
    this.input.clearAfterFailure();
    this.egress.clearAfterFailure();
  }

  private takeTurn(entry: PortEntry, now: number): number {
    const { arrivals } = this;
    let taken = 0;
    for (let turn = 0; turn < BATCHES_PER_TURN; turn++) {
      arrivals.count = 0;
      entry.port.receive(arrivals);
      const { count } = arrivals;
      if (count === 0) break;
      taken += count;
      this.input.receive(arrivals, entry.number, now);
    }
    return taken;
  }

  private finish(now: number): void {
    try {
      this.input.drain(now);
      this.egress.flush();
    } catch (error) {
      reportFailure('forwarding packets', error);
      this.recover();
    }
  }
}

function releaseMemory(port: Port): void {
  try {
    port.release();
  } catch (error) {
    reportFailure('giving memory back to a port', error);
  }
}
