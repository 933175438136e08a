/** An ActionHost that writes down what happens to packets: "2:41" is a packet with first byte 0x41 sent to port 2. */
import { DROP_REASON_NAMES } from '../../datapath/actions/drop-reasons.js';
import type { ActionHost } from '../../datapath/actions/host.js';
import type { PacketBatch } from '../../datapath/packet/batch.js';
import { copyMetadata, Packet } from '../../datapath/packet/packet.js';

const HEADROOM = 16;

export function packetWith(bytes: readonly number[]): Packet {
  const packet = new Packet();
  packet.bytes = Uint8Array.from([...new Array<number>(HEADROOM).fill(0), ...bytes]);
  packet.start = HEADROOM;
  packet.size = bytes.length;
  packet.poolSlot = 0;
  return packet;
}

export class RecordingHost implements ActionHost {
  readonly events: string[] = [];
  /** Packets alive: given to the executor or cloned, and not yet retired or recirculated. */
  live = 0;
  /** Clones that may still be made. */
  memory = 1000;
  multiplication = 0;
  kept = 0;
  /** How many packets of each batch the tracker keeps. */
  trackerKeeps = 0;
  private readonly queue: { port: number; packet: Packet }[] = [];

  readonly conntrack = {
    origin: 0,
    droppedRefusals: 0,
    lastCommit: new Uint8Array(64),
    execute: (batch: PacketBatch): void => {
      for (let i = 0; i < batch.count; i++) batch.packets[i].ctState = 0x21;
      const keep = Math.min(this.trackerKeeps, batch.count);
      batch.count -= keep;
      this.live -= keep;
    },
  };

  output(batch: PacketBatch, port: number): void {
    for (let i = 0; i < batch.count; i++) {
      batch.packets[i].queued = 1;
      this.queue.push({ port, packet: batch.packets[i] });
    }
  }

  userspace(packet: Packet): void {
    this.events.push(`user:${text(packet)}`);
  }

  recirculate(packet: Packet): void {
    this.live--;
    this.events.push(`recirc(${packet.recircId}):${text(packet)}`);
  }

  clone(packet: Packet): Packet | null {
    if (this.memory === 0) return null;
    this.memory--;
    this.live++;
    const copy = packetWith([...packet.bytes.subarray(packet.start, packet.start + packet.size)]);
    copyMetadata(copy, packet);
    return copy;
  }

  retire(): void {
    this.live--;
  }

  drop(packet: Packet, reason: number): void {
    this.events.push(`${DROP_REASON_NAMES[reason]}:${text(packet)}`);
  }

  tracked(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.events.push(`ct:${text(batch.packets[i])}`);
  }

  multiplied(count: number): void {
    this.multiplication += count;
  }

  held(count: number): void {
    this.kept += count;
  }

  /** Sends what is queued, as it looks now: so a packet that was changed after its output shows. */
  flush(): void {
    for (const { port, packet } of this.queue) this.events.push(`${port}:${text(packet)}`);
    this.queue.length = 0;
  }
}

const text = (packet: Packet): string =>
  Buffer.from(packet.bytes.subarray(packet.start, packet.start + packet.size)).toString('hex');
