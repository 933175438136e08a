/**
 * A port that yields the same frames again and again, in batches, and only counts what it is told to send: for benches and
 * for the allocation test, where a port's own cost must not show.
 */
import { BATCH_SIZE, type PacketBatch } from '../../datapath/packet/batch.js';
import { Packet, resetMetadata } from '../../datapath/packet/packet.js';
import type { Port, PortState, PortStats } from '../../datapath/ports/port.js';

const HEADROOM = 128;

export class RepeatPort implements Port {
  readonly type = 'dummy';
  readonly fds: readonly number[] = [];
  /** Frames still to be yielded; none until set. */
  budget = 0;
  sent = 0;
  sentBytes = 0;
  private readonly ring: Packet[];
  private next = 0;

  constructor(
    readonly name: string,
    private readonly frames: readonly Uint8Array[],
  ) {
    this.ring = frames.map(packetOf);
  }

  receive(batch: PacketBatch): void {
    const count = Math.min(BATCH_SIZE, this.budget);
    for (let i = 0; i < count; i++) {
      const packet = this.ring[this.next];
      packet.start = HEADROOM;
      packet.size = this.frames[this.next].length;
      resetMetadata(packet);
      batch.packets[batch.count++] = packet;
      if (++this.next === this.ring.length) this.next = 0;
    }
    this.budget -= count;
  }

  pending(): boolean {
    return this.budget > 0;
  }

  send(packet: Packet): void {
    this.sent++;
    this.sentBytes += packet.size;
  }

  release(): void {}
  flush(): void {}
  close(): void {}
  setAdminUp(): void {}
  setMtu(): void {}

  stats(): PortStats {
    const none = { rxDropped: 0, txDropped: 0, rxErrors: 0, txErrors: 0, rxFrameErrors: 0, rxOverErrors: 0 };
    const rest = { ...none, rxCrcErrors: 0, collisions: 0, rxPackets: 0, rxBytes: 0 };
    return { ...rest, txPackets: this.sent, txBytes: this.sentBytes };
  }

  state(): PortState {
    return { adminUp: true, linkUp: true, mtu: 1500, mac: new Uint8Array(6), ifindex: 0, speed: 0, fullDuplex: true };
  }
}

function packetOf(frame: Uint8Array): Packet {
  const packet = new Packet();
  packet.bytes = new Uint8Array(HEADROOM + frame.length);
  packet.bytes.set(frame, HEADROOM);
  packet.start = HEADROOM;
  packet.size = frame.length;
  return packet;
}
