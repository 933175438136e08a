/**
 * A port in memory, for tests, simulations and demonstrations: what is injected is received, what is sent is kept for
 * whoever asks. It cannot take a virtio header, so checksums that were left open are completed on the way out.
 */

import type { PacketBatch } from '../packet/batch.js';
import { copyFrame } from '../packet/offload.js';
import type { Packet } from '../packet/packet.js';
import { MemoryPort } from './memory-port.js';
import type { PortClass } from './port-types.js';

/** Frames that wait to be received, and frames that were sent and not yet fetched: beyond it the oldest sent one goes. */
const MAX_WAITING = 16_384;
const MAX_SENT = 16_384;

/** What a port in memory says of itself; the address is made from the name if absent. */
export interface DummyOptions {
  mac?: Uint8Array;
  mtu?: number;
  /** Numbers that `state().ifindex` gives; only for shows. */
  ifindex?: number;
}

/** A port whose frames the program gives and takes; it works without privileges. */
export class DummyPort extends MemoryPort {
  /** Frames sent and not yet fetched by `takeSent`, oldest first. */
  readonly sent: Uint8Array[] = [];
  private readonly waiting: Uint8Array[] = [];

  constructor(
    name: string,
    options: DummyOptions = {},
    readonly type: PortClass = 'dummy',
  ) {
    super(name, { mac: macFromName(name), ...options });
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
    while (count < this.waiting.length && this.hasRoom(batch)) {
      batch.push(this.wrap(this.waiting[count++]));
    }
    if (count > 0) this.waiting.splice(0, count);
  }

  pending(): boolean {
    return this.waiting.length > 0;
  }

  send(packet: Packet): void {
    if (!this.now.adminUp) {
      this.counts.txDropped++;
      return;
    }
    const frame = copyFrame(packet);
    this.countSent(frame.length);
    if (this.sent.push(frame) > MAX_SENT) this.sent.shift();
  }

  /** As if the cable were pulled or plugged. */
  setLinkUp(up: boolean): void {
    this.now.linkUp = up;
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
