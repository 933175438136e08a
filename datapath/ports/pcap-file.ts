/**
 * A capture file as a port: its frames are received, and what is sent goes to another capture file. pcap and pcapng
 * are read, classic pcap is written. The input is read whole, so it is limited.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { SwitchError } from '../base/error.js';
import type { PacketBatch } from '../packet/batch.js';
import { copyFrame } from '../packet/offload.js';
import type { Packet } from '../packet/packet.js';
import { MemoryPort } from './memory-port.js';
import { PCAP_FILE_HEADER, type PcapFrame, pcapRecordHeader, readCapture } from './pcap-format.js';

/** How a capture is read and where frames are written. */
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
/** A file has no address of its own. */
const MAC = new Uint8Array([0xaa, 0x55, 0, 0, 0, 1]);

/** A port that receives the frames of a file once, from its begin to its end. */
export class PcapPort extends MemoryPort {
  readonly type = 'pcap';
  private readonly frames: PcapFrame[];
  private readonly output: number;
  private readonly isPaced: boolean;
  private startMs = -1;
  private next = 0;
  private isClosed = false;

  /** Throws a SwitchError if the capture at that path cannot be read, or `output` not be written. */
  constructor(name: string, path: string, options: PcapOptions = {}) {
    super(name, { mac: options.mac ?? MAC, ...(options.mtu === undefined ? {} : { mtu: options.mtu }) });
    this.frames = readFrames(path);
    this.output = options.output === undefined ? -1 : openOutput(options.output);
    this.isPaced = options.paced ?? false;
  }

  receive(batch: PacketBatch): void {
    while (this.pending() && this.hasRoom(batch)) {
      batch.push(this.wrap(this.frames[this.next++].bytes));
    }
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

  send(packet: Packet): void {
    const frame = copyFrame(packet);
    if (this.output !== -1 && !this.isClosed && !this.write(frame)) {
      this.counts.txDropped++;
      return;
    }
    this.countSent(frame.length);
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
  // Of what the system says, neither the name of the error nor that of the call.
  const why = (error as Error).message.replace(/^E[A-Z]+: (.*?), \w+.*$/s, '$1');
  return new SwitchError(`the capture file ${path} cannot be ${verb}: ${why}`, { code: 'bad-capture', path });
}
