/**
 * A capture file as a port: its frames are received, and what is sent goes to another capture file. pcap and pcapng
 * are read, classic pcap is written. The input is read whole, so it is limited.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { SwitchError } from '../base/error.js';
import { BATCH_SIZE, type PacketBatch } from '../packet/batch.js';
import { copyFrame } from '../packet/offload.js';
import { Packet, resetMetadata } from '../packet/packet.js';
import { PCAP_FILE_HEADER, type PcapFrame, pcapRecordHeader, readCapture } from './pcap-format.js';
import type { Port, PortState, PortStats } from './port.js';
import { noStats } from './stats.js';

export interface PcapOptions {
  /** Where sent frames are written; without it they are only counted. */
  output?: string;
  /** Keep the distances between the frames' times, instead of reading as fast as they are taken. */
  paced?: boolean;
  mac?: Uint8Array;
  mtu?: number;
}

/** Capture files are read whole. */
const MAX_FILE = 1 << 30;
const HEADROOM = 128;

export class PcapPort implements Port {
  readonly type = 'pcap';
  readonly fds: readonly number[] = [];

  private readonly frames: PcapFrame[];
  private readonly packets = Array.from({ length: BATCH_SIZE * 4 }, () => new Packet());
  private readonly counts = noStats();
  private readonly output: number;
  private readonly isPaced: boolean;
  private readonly now: PortState;
  private startMs = -1;
  private next = 0;
  private inFlight = 0;
  private isClosed = false;

  constructor(
    readonly name: string,
    options: PcapOptions = {},
  ) {
    this.frames = readFrames(name);
    this.output = options.output === undefined ? -1 : openOutput(options.output);
    this.isPaced = options.paced ?? false;
    const mac = options.mac ?? new Uint8Array([0xaa, 0x55, 0, 0, 0, 1]);
    this.now = { adminUp: true, linkUp: true, mtu: options.mtu ?? 1500, mac, ifindex: 0, speed: 0, fullDuplex: false };
  }

  receive(batch: PacketBatch): void {
    while (this.pending() && !batch.isFull && this.inFlight < this.packets.length) {
      batch.push(this.wrap(this.frames[this.next++].bytes));
    }
  }

  private wrap(frame: Uint8Array): Packet {
    const packet = this.packets[this.inFlight++];
    resetMetadata(packet);
    packet.bytes = new Uint8Array(HEADROOM + frame.length);
    packet.bytes.set(frame, HEADROOM);
    packet.mem = 0;
    packet.start = HEADROOM;
    packet.size = frame.length;
    this.counts.rxPackets++;
    this.counts.rxBytes += frame.length;
    return packet;
  }

  /** True if the next frame is due. */
  pending(): boolean {
    if (this.next >= this.frames.length || !this.now.adminUp || this.isClosed) return false;
    if (!this.isPaced) return true;
    const now = performance.now();
    if (this.startMs < 0) this.startMs = now;
    return this.frames[this.next].timeMs - this.frames[0].timeMs <= now - this.startMs;
  }

  /** True when the input has been received to its end. */
  get isDone(): boolean {
    return this.next >= this.frames.length;
  }

  release(): void {
    this.inFlight = 0;
  }

  send(packet: Packet): void {
    const frame = copyFrame(packet);
    if (this.output !== -1 && !this.isClosed && !this.write(frame)) {
      this.counts.txDropped++;
      return;
    }
    this.counts.txPackets++;
    this.counts.txBytes += frame.length;
  }

  /** False if the disk does not take it. */
  private write(frame: Uint8Array): boolean {
    try {
      writeSync(this.output, pcapRecordHeader(frame.length, Date.now()));
      writeSync(this.output, frame);
      return true;
    } catch {
      return false;
    }
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

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.output !== -1) closeSync(this.output);
  }
}

function readFrames(path: string): PcapFrame[] {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE) throw new Error(`it has ${size} bytes, at most ${MAX_FILE} are read`);
    return readCapture(readFileSync(path));
  } catch (error) {
    throw unusable(path, 'read', error);
  }
}

function openOutput(path: string): number {
  try {
    const fd = openSync(path, 'w');
    writeSync(fd, PCAP_FILE_HEADER);
    return fd;
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

function unusable(path: string, verb: string, error: unknown): SwitchError<{ code: 'bad-capture'; path: string }> {
  const why = error instanceof Error ? error.message : String(error);
  return new SwitchError(`the capture file ${path} cannot be ${verb}: ${why}`, { code: 'bad-capture', path });
}
