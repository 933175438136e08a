/**
 * What the OpenFlow switch needs from what forwards its packets, as Open vSwitch's ofproto-provider.h. The bridge implements it; tests use
 * a small real class. */
import type { Match } from '../match/match.js';
import type { CtFlush } from '../openflow/ct-flush-types.js';
import type { ErrorName } from '../openflow/errors.js';
import type { PacketOut, PortDesc, PortStatsEntry } from '../openflow/message-types.js';

/** What `Ofproto` calls; everything is done when a call returns, unless it is a generator. */
export interface OfprotoProvider {
  /** Adds what the datapath has counted to rules, groups and tables: after it, counters and `usedMs` are exact. */
  pushStats(): void;
  /** What the packet is, as an exact match. */
  describePacket(packetOut: PacketOut): Match;
  /** The same a little at a time, for who answers with many counters: packets may flow at each null. */
  pushStatsInSteps(): Generator<null>;
  /** Runs the actions on the packet, completely, before it returns. The actions have been checked. */
  packetOut(packetOut: PacketOut, now: number): ErrorName | null;
  /** Counters of one port; `durationSec` and `durationNsec` are filled in by the caller. Null if the port has none. */
  portStats(port: number): PortStatsEntry | null;
  /** Numbers of the port's queues; null if it is of a kind without queues. */
  queues(port: number): readonly number[] | null;
  /** The configuration of the port has changed (PORT_MOD): take the interface up or down, stop flooding to it, ... */
  setPortConfig(port: number, config: PortDesc['config']): void;
  /** Forgets all connections of a conntrack zone; packets may flow at each null. */
  flushConntrackZone(zone: number, now: number): Generator<null>;
  /** Forgets the connections described, if there are any, in the same way. */
  flushConntrack(flush: CtFlush, now: number): Generator<null>;
}
