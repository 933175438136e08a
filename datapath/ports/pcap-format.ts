/** Capture files: classic pcap in all its byte orders and precisions, and pcapng, to frames; frames to classic pcap. */

export interface PcapFrame {
  /** Milliseconds since 1970. */
  timeMs: number;
  bytes: Uint8Array;
}

const LINKTYPE_ETHERNET = 1;
const MAGIC_MICRO = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const SNAPLEN = 262_144;
/** One limit for frames from files: nothing of Ethernet is longer, and a bad length must not become a huge array. */
const MAX_FRAME = SNAPLEN;

const NG_SECTION = 0x0a0d0d0a;
const NG_BYTE_ORDER = 0x1a2b3c4d;
const NG_INTERFACE = 1;
const NG_SIMPLE_PACKET = 3;
const NG_ENHANCED_PACKET = 6;
const NG_OPTION_RESOLUTION = 9;

/** The first 24 bytes of a classic pcap file with microseconds, little-endian, Ethernet. */
export const PCAP_FILE_HEADER: Uint8Array = fileHeader();

function fileHeader(): Uint8Array {
  const data = new DataView(new ArrayBuffer(FILE_HEADER_SIZE));
  data.setUint32(0, MAGIC_MICRO, true);
  data.setUint16(4, 2, true);
  data.setUint16(6, 4, true);
  data.setUint32(16, SNAPLEN, true);
  data.setUint32(20, LINKTYPE_ETHERNET, true);
  return new Uint8Array(data.buffer);
}

export function pcapRecordHeader(size: number, wallMs: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(RECORD_HEADER_SIZE));
  data.setUint32(0, Math.floor(wallMs / 1000), true);
  data.setUint32(4, Math.floor((wallMs % 1000) * 1000), true);
  data.setUint32(8, size, true);
  data.setUint32(12, size, true);
  return new Uint8Array(data.buffer);
}

/** The Ethernet frames of the file; a file that ends in the middle of a frame ends before it. Throws if it is no capture. */
export function readCapture(file: Uint8Array): PcapFrame[] {
  const data = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (data.byteLength >= 12 && data.getUint32(0, true) === NG_SECTION) return readPcapng(data);
  if (data.byteLength >= FILE_HEADER_SIZE) {
    for (const little of [true, false]) {
      const magic = data.getUint32(0, little);
      if (magic === MAGIC_MICRO) return readPcap(data, little, 1000);
      if (magic === MAGIC_NANO) return readPcap(data, little, 1_000_000);
    }
  }
  throw new Error('it is neither a pcap nor a pcapng file');
}

function readPcap(data: DataView, little: boolean, perMs: number): PcapFrame[] {
  requireEthernet(data.getUint32(20, little) & 0xffff);
  const frames: PcapFrame[] = [];
  let at = FILE_HEADER_SIZE;
  while (at + RECORD_HEADER_SIZE <= data.byteLength) {
    const size = data.getUint32(at + 8, little);
    const end = at + RECORD_HEADER_SIZE + size;
    if (size > MAX_FRAME) throw new Error(`the frame at byte ${at} claims ${size} bytes`);
    if (end > data.byteLength) break;
    const timeMs = data.getUint32(at, little) * 1000 + data.getUint32(at + 4, little) / perMs;
    frames.push({ timeMs, bytes: slice(data, at + RECORD_HEADER_SIZE, size) });
    at = end;
  }
  return frames;
}

const slice = (data: DataView, at: number, size: number): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset + at, size).slice();

function requireEthernet(linkType: number): void {
  if (linkType !== LINKTYPE_ETHERNET) throw new Error(`its link type is ${linkType}, not Ethernet`);
}

interface NgState {
  little: boolean;
  /** Ticks of a millisecond, per interface of the section. */
  perMs: number[];
  frames: PcapFrame[];
}

function readPcapng(data: DataView): PcapFrame[] {
  const state: NgState = { little: true, perMs: [], frames: [] };
  let at = 0;
  while (at + 12 <= data.byteLength) {
    if (data.getUint32(at, true) === NG_SECTION) {
      state.little = data.getUint32(at + 8, true) === NG_BYTE_ORDER;
      state.perMs = [];
    }
    const size = data.getUint32(at + 4, state.little);
    if (size < 12 || size % 4 !== 0) throw new Error(`the block at byte ${at} claims ${size} bytes`);
    if (at + size > data.byteLength) break;
    readBlock(state, new DataView(data.buffer, data.byteOffset + at, size));
    at += size;
  }
  return state.frames;
}

function readBlock(state: NgState, block: DataView): void {
  const type = block.getUint32(0, state.little);
  if (type === NG_INTERFACE) readInterface(state, block);
  else if (type === NG_ENHANCED_PACKET) readEnhancedPacket(state, block);
  else if (type === NG_SIMPLE_PACKET) readSimplePacket(state, block);
}

function readInterface(state: NgState, block: DataView): void {
  requireEthernet(block.getUint16(8, state.little));
  state.perMs.push(ticksPerMs(state, block));
}

/** From the option if_tsresol: a power of ten, or of two if the upper bit is set; microseconds without it. */
function ticksPerMs(state: NgState, block: DataView): number {
  for (let at = 16; at + 4 <= block.byteLength - 4; ) {
    const option = block.getUint16(at, state.little);
    const size = block.getUint16(at + 2, state.little);
    if (option === NG_OPTION_RESOLUTION && size >= 1) {
      const value = block.getUint8(at + 4);
      return (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1000;
    }
    if (option === 0) break;
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return 1000;
}

function readEnhancedPacket(state: NgState, block: DataView): void {
  if (block.byteLength < 32) throw new Error('a packet block is too short');
  const perMs = state.perMs[block.getUint32(8, state.little)] ?? 1000;
  const ticks = block.getUint32(12, state.little) * 0x1_0000_0000 + block.getUint32(16, state.little);
  push(state, block, 28, block.getUint32(20, state.little), ticks / perMs);
}

function readSimplePacket(state: NgState, block: DataView): void {
  if (block.byteLength < 16) throw new Error('a packet block is too short');
  push(state, block, 12, Math.min(block.getUint32(8, state.little), block.byteLength - 16), 0);
}

function push(state: NgState, block: DataView, at: number, size: number, timeMs: number): void {
  if (at + size + 4 > block.byteLength) throw new Error('a packet block claims more than it has');
  state.frames.push({ timeMs, bytes: slice(block, at, size) });
}
