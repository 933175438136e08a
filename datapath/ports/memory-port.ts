/**
 * What ports without a device have in common: frames that come from memory go out as packets of their own, counters and state are
 * plain values, and what is sent has left at once.
 */
import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import { Packet, putFrame } from '../packet/packet.js';
import type { Port, PortState, PortStats } from './port.js';
import type { PortClass } from './port-types.js';
import { noStats } from './stats.js';

/** Packets that may be on their way at a time. */
const MAX_IN_FLIGHT = BATCH_SIZE * 4;

export interface MemoryPortOptions {
  mac: Uint8Array;
  mtu?: number;
  /** Numbers that `state().ifindex` gives; only for shows. */
  ifindex?: number;
}

export abstract class MemoryPort implements Port {
  abstract readonly type: PortClass;
  readonly fds: readonly number[] = [];
  protected readonly counts = noStats();
  protected readonly now: PortState;
  private readonly packets = Array.from({ length: MAX_IN_FLIGHT }, () => new Packet());
  private inFlight = 0;

  constructor(
    readonly name: string,
    { mac, mtu = 1500, ifindex = 0 }: MemoryPortOptions,
  ) {
    this.now = { adminUp: true, linkUp: true, mtu, mac, ifindex, speed: 0, fullDuplex: false };
  }

  abstract receive(batch: PacketBatch): void;
  abstract pending(): boolean;
  abstract send(packet: Packet): void;
  abstract close(): void;

  /** True if another frame can be received now. */
  protected hasRoom(batch: PacketBatch): boolean {
    return !batch.isFull && this.inFlight < this.packets.length;
  }

  /** The frame, received. */
  protected wrap(frame: Uint8Array): Packet {
    const packet = this.packets[this.inFlight++];
    putFrame(packet, frame);
    this.counts.rxPackets++;
    this.counts.rxBytes += frame.length;
    return packet;
  }

  /** A frame of that size has left. */
  protected countSent(size: number): void {
    this.counts.txPackets++;
    this.counts.txBytes += size;
  }

  release(): void {
    this.inFlight = 0;
  }

  flush(): void {
    // Everything left in `send`.
  }

  stats(): PortStats {
    return { ...this.counts };
  }

  state(): PortState {
    return { ...this.now };
  }

  setAdminUp(up: boolean): void {
    this.now.adminUp = up;
  }

  setMtu(mtu: number): void {
    this.now.mtu = mtu;
  }
}
