/**
 * A port in memory, for tests, simulations and demonstrations: what is injected is received, what is sent is kept for
 * whoever asks. It cannot take a virtio header, so checksums that were left open are completed on the way out.
 */

import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import { copyFrame } from '../packet/offload.js';
import { Packet, resetMetadata } from '../packet/packet.js';
import type { Port, PortState, PortStats } from './port.js';
import { noStats } from './stats.js';

/** Room before and behind each injected frame, as a pool packet has it. */
const HEADROOM = 128;
const TAILROOM = 128;
/** Frames that wait to be received, and frames that were sent and not yet fetched: beyond it the oldest sent one goes. */
const MAX_WAITING = 16_384;
const MAX_SENT = 16_384;

export interface DummyOptions {
  mac?: Uint8Array;
  mtu?: number;
  /** Numbers that `state().ifindex` gives; only for shows. */
  ifindex?: number;
}

export class DummyPort implements Port {
  readonly type: string = 'dummy';
  readonly fds: readonly number[] = [];
  /** Frames sent and not yet fetched by `takeSent`, oldest first. */
  readonly sent: Uint8Array[] = [];

  private readonly waiting: Uint8Array[] = [];
  private readonly packets = Array.from({ length: BATCH_SIZE * 4 }, () => new Packet());
  private inFlight = 0;
  private readonly counts = noStats();
  private readonly now: PortState;

  constructor(
    readonly name: string,
    options: DummyOptions = {},
  ) {
    this.now = {
      adminUp: true,
      linkUp: true,
      mtu: options.mtu ?? 1500,
      mac: options.mac ?? macFromName(name),
      ifindex: options.ifindex ?? 0,
      speed: 0,
      fullDuplex: false,
    };
  }

  /** Puts a frame in the queue to be received; false (and counted) if the queue is full or the port is down. */
  inject(frame: Uint8Array): boolean {
    if (this.waiting.length >= MAX_WAITING || !this.now.adminUp) {
      this.counts.rxDropped++;
      return false;
    }
    this.waiting.push(frame);
    return true;
  }

  /** The frames sent since the last call. */
  takeSent(): Uint8Array[] {
    return this.sent.splice(0);
  }

  receive(batch: PacketBatch): void {
    let count = 0;
    while (count < this.waiting.length && !batch.isFull && this.inFlight < this.packets.length) {
      batch.push(this.wrap(this.waiting[count++]));
    }
    if (count > 0) this.waiting.splice(0, count);
  }

  private wrap(frame: Uint8Array): Packet {
    const packet = this.packets[this.inFlight++];
    resetMetadata(packet);
    packet.bytes = new Uint8Array(HEADROOM + frame.length + TAILROOM);
    packet.bytes.set(frame, HEADROOM);
    packet.mem = 0;
    packet.start = HEADROOM;
    packet.size = frame.length;
    packet.poolSlot = -1;
    this.counts.rxPackets++;
    this.counts.rxBytes += frame.length;
    return packet;
  }

  pending(): boolean {
    return this.waiting.length > 0;
  }

  release(): void {
    this.inFlight = 0;
  }

  send(packet: Packet): void {
    if (!this.now.adminUp) {
      this.counts.txDropped++;
      return;
    }
    const frame = copyFrame(packet);
    this.counts.txPackets++;
    this.counts.txBytes += frame.length;
    if (this.sent.push(frame) > MAX_SENT) this.sent.shift();
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

  /** As if the cable were pulled or plugged. */
  setLinkUp(up: boolean): void {
    this.now.linkUp = up;
  }

  setMtu(mtu: number): void {
    this.now.mtu = mtu;
  }

  close(): void {
    this.waiting.length = 0;
    this.sent.length = 0;
  }
}

/** A stable locally administered address for a name. */
function macFromName(name: string): Uint8Array {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return new Uint8Array([0xaa, 0x55, hash >>> 24, hash >>> 16, hash >>> 8, hash]);
}
