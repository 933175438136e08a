/**
 * What the kernel says beside a packet, and is told beside it: the virtio network header (virtio 1.2, 5.1.6, in the legacy
 * form whose byte order is the machine's: little-endian) with checksum and segmentation, and the VLAN tag it took out.
 *
 * @hot
 */
import { store16 } from '../base/bytes.js';
import { GSO_NONE, OFFLOAD_DATA_VALID, OFFLOAD_NEEDS_CSUM, OFFLOAD_NONE, type Packet } from '../packet/packet.js';
import * as sctp from '../wire/sctp.js';

export const VIRTIO_SIZE = 10;

const FLAGS = 0;
const GSO_TYPE = 1;
const HEADER_LENGTH = 2;
const GSO_SIZE = 4;
const CSUM_START = 6;
const CSUM_OFFSET = 8;

const loadNative16 = (b: Uint8Array, at: number): number => b[at] | (b[at + 1] << 8);

function storeNative16(b: Uint8Array, at: number, value: number): void {
  b[at] = value;
  b[at + 1] = value >>> 8;
}

/** Takes the header at `at` over into the packet, whose `start` and fresh metadata are set. */
export function readVirtio(packet: Packet, b: Uint8Array, at: number): void {
  const flags = b[at + FLAGS];
  if ((flags & OFFLOAD_NEEDS_CSUM) !== 0) {
    packet.offload = OFFLOAD_NEEDS_CSUM;
    packet.csumStart = packet.start + loadNative16(b, at + CSUM_START);
    packet.csumOffset = loadNative16(b, at + CSUM_OFFSET);
    if (packet.csumOffset === sctp.CHECKSUM) completeSctp(packet);
  } else {
    packet.offload = flags & OFFLOAD_DATA_VALID;
  }
  const gsoType = b[at + GSO_TYPE];
  if (gsoType !== GSO_NONE) {
    packet.gsoType = gsoType;
    packet.gsoSize = loadNative16(b, at + GSO_SIZE);
    packet.gsoHeaderSize = loadNative16(b, at + HEADER_LENGTH);
  }
}

/**
 * No other protocol's checksum stands at SCTP's offset. The header cannot say that it is a CRC, so whoever completed it behind us
 * would get it wrong: it is computed here. A segment that is cut short stays as it is.
 */
function completeSctp(packet: Packet): void {
  const size = packet.start + packet.size - packet.csumStart;
  if (size < sctp.HEADER_SIZE) return;
  sctp.setChecksum(packet.bytes, packet.csumStart, sctp.computeChecksum(packet.bytes, packet.csumStart, size));
  packet.offload = OFFLOAD_DATA_VALID;
}

/** True if the header of that packet would be all zero. */
export const isPlain = (packet: Packet): boolean =>
  packet.offload !== OFFLOAD_NEEDS_CSUM && packet.gsoType === GSO_NONE;

/** Writes the packet's header at `at`. A cut packet is no longer what its checksum and segments were meant for. */
export function writeVirtio(packet: Packet, b: Uint8Array, at: number): void {
  const whole = packet.truncate === 0 || packet.truncate >= packet.size;
  const summed = whole && packet.offload === OFFLOAD_NEEDS_CSUM;
  const segmented = whole && packet.gsoType !== GSO_NONE;
  b[at + FLAGS] = summed ? OFFLOAD_NEEDS_CSUM : OFFLOAD_NONE;
  b[at + GSO_TYPE] = segmented ? packet.gsoType : GSO_NONE;
  // Only a hint of how much to keep linear, but the kernel refuses one that is longer than the packet.
  storeNative16(b, at + HEADER_LENGTH, segmented ? Math.min(packet.gsoHeaderSize, packet.size) : 0);
  storeNative16(b, at + GSO_SIZE, segmented ? packet.gsoSize : 0);
  storeNative16(b, at + CSUM_START, summed ? packet.csumStart - packet.start : 0);
  storeNative16(b, at + CSUM_OFFSET, summed ? packet.csumOffset : 0);
}

/** The tag that the kernel took out goes back in front: the addresses move, the rest of the frame stays. */
export function putVlanBack(packet: Packet, tpid: number, tci: number): void {
  const b = packet.bytes;
  const start = packet.start - 4;
  for (let i = 0; i < 12; i++) b[start + i] = b[start + 4 + i];
  store16(b, start + 12, tpid);
  store16(b, start + 14, tci);
  packet.start = start;
  packet.size += 4;
  if (packet.gsoType !== GSO_NONE) packet.gsoHeaderSize += 4;
}
