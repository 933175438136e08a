/**
 * A port that yields the same frames again and again, in batches, and only counts what it is told to send: for benches and
 * for the allocation test, where a port's own cost must not show.
 */
import { BATCH_SIZE, type PacketBatch } from '../../datapath/packet/batch.js';
import { Packet, resetMetadata } from '../../datapath/packet/packet.js';
import type { Port, PortState, PortStats } from '../../datapath/ports/port.js';

const HEADROOM = 128;
/** Packets in the ring, as many as a port of the system has; the frames they show come one after the other. */
const RING_SIZE = 512;

export class RepeatPort implements Port {
  readonly type = 'dummy';
  readonly fds: readonly number[] = [];
  /** Frames still to be yielded; none until set. */
  budget = 0;
  sent = 0;
  sentBytes = 0;
  private readonly ring = Array.from({ length: RING_SIZE }, () => new Packet());
  private nextPacket = 0;
  /** All frames lie in one memory, as they do in a ring. */
  private readonly memory: Uint8Array;
  private readonly starts: Int32Array;
  private readonly sizes: Int32Array;
  private nextFrame = 0;

  constructor(
    readonly name: string,
    frames: readonly Uint8Array[],
  ) {
    this.sizes = Int32Array.from(frames, (frame) => frame.length);
    this.starts = new Int32Array(frames.length);
    let end = 0;
    for (let i = 0; i < frames.length; i++) {
      this.starts[i] = end + HEADROOM;
      end += HEADROOM + frames[i].length;
    }
    this.memory = new Uint8Array(end);
    frames.forEach((frame, i) => {
      this.memory.set(frame, this.starts[i]);
    });
    for (const packet of this.ring) packet.bytes = this.memory;
  }

  receive(batch: PacketBatch): void {
    const count = Math.min(BATCH_SIZE, this.budget);
    for (let i = 0; i < count; i++) {
      const packet = this.ring[this.nextPacket];
      this.nextPacket = (this.nextPacket + 1) % RING_SIZE;
      packet.start = this.starts[this.nextFrame];
      packet.size = this.sizes[this.nextFrame];
      if (++this.nextFrame === this.starts.length) this.nextFrame = 0;
      resetMetadata(packet);
      batch.packets[batch.count++] = packet;
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
