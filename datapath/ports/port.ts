/**
 * What the datapath needs of a port. A port owns the memory behind the packets it receives until `release`; whoever wants
 * to keep a packet longer clones it into the pool.
 */

import type { PacketBatch } from '../packet/batch.js';
import type { Packet } from '../packet/packet.js';
import type { PortClass } from './port-types.js';

/**
 * Counters since the port was opened, as struct rtnl_link_stats64 of the kernel has them; the receive side is what came into the switch.
 */
export interface PortStats {
  rxPackets: number;
  txPackets: number;
  rxBytes: number;
  txBytes: number;
  rxDropped: number;
  txDropped: number;
  rxErrors: number;
  txErrors: number;
  rxFrameErrors: number;
  rxOverErrors: number;
  rxCrcErrors: number;
  collisions: number;
}

/** How an interface is right now. */
export interface PortState {
  adminUp: boolean;
  linkUp: boolean;
  mtu: number;
  /** Six bytes. */
  mac: Uint8Array;
  ifindex: number;
  /** Mbit/s, 0 if unknown. */
  speed: number;
  fullDuplex: boolean;
}

/** One interface of a datapath. Nothing here waits, and nothing on the packet path throws; the setters may, a SwitchError. */
export interface Port {
  /** Name of the interface, unique in the datapath. */
  readonly name: string;
  /** What carries it, which says what can be done with it: a row of PORT_CLASSES. */
  readonly type: PortClass;
  /** File descriptors to poll for reading while idle; empty for ports in memory (their `pending` is asked instead). */
  readonly fds: readonly number[];

  /** Fills `batch` (empty on entry) with packets that are at hand, never waits. Sets bytes, size, offload; metadata reset. */
  receive(batch: PacketBatch): void;
  /** True if `receive` would yield something; only meaningful for ports without descriptors. */
  pending(): boolean;
  /** All packets received so far are done with: their memory may be reused. */
  release(): void;
  /** Queues a packet for sending. The memory must stay unchanged until `flush` returns; ownership does not move. */
  send(packet: Packet): void;
  /** Hands the queue to the system (one system call for many); what it does not take is counted as dropped. */
  flush(): void;

  /** The counters so far; the caller's own copy. */
  stats(): PortStats;
  /** Asks the system anew; called on demand and about once a second, never per packet. */
  state(): PortState;
  /** Takes the interface up or down, as `ip link set DEV up`. */
  setAdminUp(up: boolean): void;
  /** Bytes of the largest IP packet. */
  setMtu(mtu: number): void;
  /** Gives descriptors and memory back. What was received must have been released. */
  close(): void;
}
