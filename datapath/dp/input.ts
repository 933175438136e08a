/**
 * The life of a batch of packets. READ THIS FIRST. @hot
 *
 * A batch comes from a port, or from the packets that were recirculated. For each packet the headers are extracted into a
 * key, and the key is looked up: is it of the flow that the last packet hit (traffic comes in runs), is it where the first
 * cache says, is it among the megaflows? Packets are grouped by the flow they hit, and each group runs its flow's
 * program at once. A packet that no flow matches goes up, alone: the upcall handler returns the program to run on it, and
 * usually installs a flow for those that follow. What the programs recirculate makes the next batch, until none is left.
 *
 *     receive -> process -> classify -> (misses) -> upcall -> run
 *                   ^           \-> (hits) -> groups -> run -----------+-> port queues
 *                   +------------------ recirculated packets <--------+
 *
 * A miss costs as much as a hundred hits. So misses have a budget (miss-budget.ts): beyond it they wait, copied, until there is time
 * (waiting-misses.ts), and are then looked up again. When nothing else is to be done, there is.
 *
 * Packets of one flow keep their order. Those of different flows may overtake each other within a batch, misses first.
 */

import type { Decision } from '../actions/decision.js';
import {
  DROP_NO_MEMORY,
  DROP_NO_UPCALL,
  DROP_TOO_MANY_MISSES,
  DROP_TOO_SHORT,
  DROP_UPCALL_REFUSED,
} from '../actions/drop-reasons.js';
import { Executor } from '../actions/execute.js';
import { extract } from '../keys/extract.js';
import * as layout from '../keys/layout.js';
import { BATCH_SIZE, PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import * as ethernet from '../wire/ethernet.js';
import { DpFlow } from './dp-flow.js';
import type { Egress } from './egress.js';
import { FlowCache } from './flow-cache.js';
import { FlowMask } from './flow-mask.js';

import type { Megaflows } from './megaflow.js';
import { MissBudget } from './miss-budget.js';
import type { DatapathStats } from './stats.js';
import { WaitingMisses } from './waiting-misses.js';

const { DP_WORDS, W_TOS_TTL_FLAGS } = layout;

const ETHERNET_SIZE = ethernet.HEADER_SIZE;
const TCP_FLAGS = 0x0fff;

/**
 * Says what to do with a packet that no flow matches, null to drop it; its key is at `keys[at]` and only lent. It may install flows.
 */
export type UpcallHandler = (packet: Packet, keys: Int32Array, at: number, now: number) => Decision | null;

/** Called before a flow of an older epoch is used; it has brought the flow up to date, or removed it and says false. */
export type RefreshHandler = (flow: DpFlow, now: number) => boolean;

/** The packets of one batch that hit one flow. */
class FlowGroup {
  flow: DpFlow = NO_FLOW;
  readonly batch = new PacketBatch();
}

/** Stands where there is no flow yet, so that the fields below always hold objects of one hidden class. */
const NO_FLOW = new DpFlow(
  0,
  0,
  new FlowMask(new Int32Array(DP_WORDS), 0, new Int32Array(DP_WORDS)),
  0,
  0,
  0,
  new Int32Array(0),
);
NO_FLOW.isRemoved = true;

export class Input {
  upcall: UpcallHandler | null = null;
  refresh: RefreshHandler | null = null;
  /** See Datapath.epoch. */
  epoch = 0;

  readonly budget = new MissBudget();
  readonly waiting: WaitingMisses;

  readonly executor: Executor;
  private readonly cache: FlowCache;
  private readonly keys = new Int32Array(BATCH_SIZE * DP_WORDS);
  private readonly groups = Array.from({ length: BATCH_SIZE }, () => new FlowGroup());
  private groupCount = 0;
  /** Indices in the batch of the packets that no flow matched. */
  private readonly misses = new Int32Array(BATCH_SIZE);
  private missCount = 0;
  private readonly round = new PacketBatch();
  private readonly single = new PacketBatch();
  private lastFlow = NO_FLOW;
  private nextPacketId = 1;
  /** The misses at hand have waited and been let in: they wait no more. */
  private isServing = false;
  /** The time that misses take now is nobody else's. */
  private isIdle = false;

  constructor(
    private readonly megaflows: Megaflows,
    private readonly egress: Egress,
    private readonly stats: DatapathStats,
    seed: number,
  ) {
    this.executor = new Executor(egress);
    this.cache = new FlowCache(seed);
    this.waiting = new WaitingMisses(seed);
  }

  /** Packets have arrived at a port. When this returns they are all on their way. */
  receive(batch: PacketBatch, port: number, now: number): void {
    const { packets, count } = batch;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const packet = packets[i];
      packet.inPort = port;
      if (this.egress.observer !== null) this.observeArrival(packet);
      if (packet.size < ETHERNET_SIZE) this.egress.drop(packet, DROP_TOO_SHORT);
      else packets[kept++] = packet;
    }
    this.stats.received += count;
    batch.count = kept;
    this.process(batch, now);
    this.drain(now);
  }

  /** Gives the packet a number to be observed by. */
  observeArrival(packet: Packet): void {
    packet.id = this.nextPacketId++;
    this.egress.observer?.rx(packet.id, packet.inPort, packet.size);
  }

  /** Processes what has been recirculated until nothing is. */
  drain(now: number): void {
    const { round } = this;
    this.egress.takeWaiting(round);
    while (round.count > 0) {
      this.process(round, now);
      this.egress.takeWaiting(round);
    }
  }

  /** Flows have gone by the thousand: what refers to them lets go. */
  forgetFlows(): void {
    this.cache.clear();
    this.lastFlow = NO_FLOW;
  }

  /**
   * Works on misses that have been waiting, until their budget is used up; when there is nothing else to do, on a batch of them whatever
   * the budget. Returns how many.
   */
  serveWaiting(isIdle: boolean, now: number): number {
    if (this.waiting.size === 0) return 0;
    const { round } = this;
    this.isServing = true;
    this.isIdle = isIdle;
    let served = 0;
    for (;;) {
      this.waiting.take(round, isIdle ? null : this.budget);
      if (round.count === 0) break;
      served += round.count;
      this.process(round, now);
      this.drain(now);
      if (isIdle) break;
    }
    this.isServing = this.isIdle = false;
    return served;
  }

  /** A batch has been given up half done: nothing refers to it any more. */
  clearAfterFailure(): void {
    for (let i = 0; i < this.groupCount; i++) this.groups[i].flow.group = -1;
    this.groupCount = this.missCount = 0;
    this.isServing = this.isIdle = false;
  }

  private process(batch: PacketBatch, now: number): void {
    this.classify(batch, now);
    const additions = this.megaflows.additions;
    for (let i = 0; i < this.missCount; i++) {
      const index = this.misses[i];
      this.handleMiss(batch.packets[index], index * DP_WORDS, additions, now);
    }
    for (let i = 0; i < this.groupCount; i++) this.runGroup(this.groups[i], now);
  }

  private classify(batch: PacketBatch, now: number): void {
    const { keys } = this;
    const { packets, count } = batch;
    this.groupCount = this.missCount = 0;
    for (let i = 0; i < count; i++) {
      const at = i * DP_WORDS;
      extract(packets[i], keys, at);
      const flow = this.find(at, now);
      if (flow === null) this.misses[this.missCount++] = i;
      else this.addToGroup(flow, packets[i], at, now);
    }
  }

  /** The flow for the key at `at`, up to date; null if there is none. */
  private find(at: number, now: number): DpFlow | null {
    const { keys } = this;
    let flow = this.lastFlow;
    if (flow.isRemoved || !flow.matches(keys, at)) {
      const found = this.search(at);
      if (found === null) return null;
      flow = this.lastFlow = found;
    } else this.stats.cacheHits++;
    if (flow.epoch !== this.epoch && this.refresh !== null && !this.refresh(flow, now)) return null;
    return flow;
  }

  private search(at: number): DpFlow | null {
    const { keys, cache } = this;
    const hash = cache.hash(keys, at);
    const cached = cache.lookup(hash, keys, at);
    if (cached !== null) {
      this.stats.cacheHits++;
      return cached;
    }
    const flow = this.megaflows.lookup(keys, at);
    if (flow !== null) cache.put(hash, flow);
    return flow;
  }

  private addToGroup(flow: DpFlow, packet: Packet, at: number, now: number): void {
    let index = flow.group;
    if (index < 0) {
      index = flow.group = this.groupCount++;
      const fresh = this.groups[index];
      fresh.flow = flow;
      fresh.batch.count = 0;
    }
    const { batch } = this.groups[index];
    batch.packets[batch.count++] = packet;
    // Counted here, not when the group runs: an upcall in between may read the flow's statistics.
    flow.packets++;
    flow.bytes += packet.size;
    flow.usedMs = now;
    flow.tcpFlags |= this.keys[at + W_TOS_TTL_FLAGS] & TCP_FLAGS;
    this.stats.hits++;
    if (this.egress.observer !== null) this.egress.observer.flow(packet.id, flow.id, packet.recircId);
  }

  private runGroup(group: FlowGroup, now: number): void {
    group.flow.group = -1;
    this.executor.run(group.batch, group.flow.program, group.flow.origin, now);
  }

  /** `additions` is what the megaflows' was when the packet missed: a packet of the same batch may have brought its flow. */
  private handleMiss(packet: Packet, at: number, additions: number, now: number): void {
    if (this.megaflows.additions !== additions) {
      const flow = this.find(at, now);
      if (flow !== null) return this.addToGroup(flow, packet, at, now);
    }
    const { inPort } = packet;
    if (!this.isServing) {
      const lane = this.waiting.laneOf(inPort, this.keys, at);
      if (this.waiting.has(lane) || !this.budget.begin(inPort)) return this.makeWait(packet, lane);
    } else if (!this.isIdle) this.budget.begin(inPort);
    this.askAbove(packet, at, now);
    if (!this.isIdle) this.budget.end(inPort);
  }

  private askAbove(packet: Packet, at: number, now: number): void {
    this.stats.misses++;
    if (this.egress.observer !== null) this.egress.observer.miss(packet.id, packet.recircId);
    const decision = this.upcall === null ? null : this.upcall(packet, this.keys, at, now);
    if (decision === null) return this.lose(packet, this.upcall === null ? DROP_NO_UPCALL : DROP_UPCALL_REFUSED);
    this.single.count = 0;
    this.single.push(packet);
    this.executor.run(this.single, decision.program, decision.origin ?? 0, now);
  }

  /** A packet in its port's memory is copied, since that is given back after the poll. */
  private makeWait(packet: Packet, lane: number): void {
    const { waiting, egress } = this;
    const hasRoom = waiting.hasRoom(lane);
    const kept = !hasRoom ? null : packet.poolSlot >= 0 ? packet : egress.clone(packet);
    if (kept !== null) return waiting.push(kept, lane);
    this.stats.misses++;
    if (egress.observer !== null) egress.observer.miss(packet.id, packet.recircId);
    this.lose(packet, hasRoom ? DROP_NO_MEMORY : DROP_TOO_MANY_MISSES);
  }

  private lose(packet: Packet, reason: number): void {
    this.stats.lost++;
    this.egress.drop(packet, reason);
    this.egress.retire(packet);
  }
}
