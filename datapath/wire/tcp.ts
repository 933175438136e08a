/** TCP header (RFC 9293) and the two options that a tracker needs: maximum segment size and window scale (RFC 7323). @hot */
import { load16, load32, store16, store32 } from '../base/bytes.js';
import { update16 } from '../base/checksum.js';

export const SRC_PORT = 0;
export const DST_PORT = 2;
const SEQ = 4;
const ACK = 8;
const OFFSET_FLAGS = 12;
const WINDOW = 14;
export const CHECKSUM = 16;
const URGENT = 18;
export const HEADER_SIZE = 20;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MSS = 2;
const OPTION_WINDOW_SCALE = 3;

/** True if the header with the options it claims fits in `size` bytes. */
export function check(b: Uint8Array, at: number, size: number): boolean {
  if (size < HEADER_SIZE) return false;
  const claimed = headerSize(b, at);
  return HEADER_SIZE <= claimed && claimed <= size;
}

export const srcPort = (b: Uint8Array, at: number): number => load16(b, at + SRC_PORT);
export const dstPort = (b: Uint8Array, at: number): number => load16(b, at + DST_PORT);
/** Sequence and acknowledgement numbers are int32: compare them by the sign of their difference. */
export const seq = (b: Uint8Array, at: number): number => load32(b, at + SEQ);
export const ack = (b: Uint8Array, at: number): number => load32(b, at + ACK);
export const headerSize = (b: Uint8Array, at: number): number => (b[at + OFFSET_FLAGS] >>> 4) << 2;
/** The 12 bits behind the data offset: the reserved ones, NS, and the usual eight. */
export const flags = (b: Uint8Array, at: number): number => load16(b, at + OFFSET_FLAGS) & 0x0fff;
export const window = (b: Uint8Array, at: number): number => load16(b, at + WINDOW);
export const checksum = (b: Uint8Array, at: number): number => load16(b, at + CHECKSUM);

/** Sets a port (SRC_PORT or DST_PORT) and keeps the checksum right. */
export function setPort(b: Uint8Array, at: number, field: number, port: number): void {
  store16(b, at + CHECKSUM, update16(checksum(b, at), load16(b, at + field), port));
  store16(b, at + field, port);
}

export const setChecksum = (b: Uint8Array, at: number, value: number): void => store16(b, at + CHECKSUM, value);
export const setSeq = (b: Uint8Array, at: number, value: number): void => store32(b, at + SEQ, value);
export const setAck = (b: Uint8Array, at: number, value: number): void => store32(b, at + ACK, value);

/** Shift of the window scale option (at most 14), -1 if there is none. */
export function windowScale(b: Uint8Array, at: number): number {
  const option = findOption(b, at, OPTION_WINDOW_SCALE, 3);
  return option < 0 ? -1 : Math.min(b[option + 2], 14);
}

/** Maximum segment size, -1 if the option is not there. */
export function maxSegmentSize(b: Uint8Array, at: number): number {
  const option = findOption(b, at, OPTION_MSS, 4);
  return option < 0 ? -1 : load16(b, option + 2);
}

/** Where the option of that kind and size stands, -1 if nowhere; the walk stays inside the header. */
function findOption(b: Uint8Array, at: number, kind: number, size: number): number {
  const end = at + headerSize(b, at);
  let i = at + HEADER_SIZE;
  while (i < end) {
    if (b[i] === OPTION_END) return -1;
    if (b[i] === OPTION_NOP) {
      i++;
      continue;
    }
    if (i + 1 >= end || b[i + 1] < 2 || i + b[i + 1] > end) return -1;
    if (b[i] === kind && b[i + 1] === size) return i;
    i += b[i + 1];
  }
  return -1;
}

/** Writes a header of 20 bytes, checksum 0. */
export function write(
  b: Uint8Array,
  at: number,
  h: { srcPort: number; dstPort: number; seq: number; ack: number; flags: number; window: number },
): void {
  store16(b, at + SRC_PORT, h.srcPort);
  store16(b, at + DST_PORT, h.dstPort);
  setSeq(b, at, h.seq);
  setAck(b, at, h.ack);
  store16(b, at + OFFSET_FLAGS, ((HEADER_SIZE >>> 2) << 12) | (h.flags & 0x0fff));
  store16(b, at + WINDOW, h.window);
  setChecksum(b, at, 0);
  store16(b, at + URGENT, 0);
}
