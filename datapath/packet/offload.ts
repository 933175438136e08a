/** Finishing in software what a sender left to its network card: for whoever reads a packet's bytes rather than forwards them. */

import { store16 } from '../base/bytes.js';
import { finish, sum } from '../base/checksum.js';
import { OFFLOAD_NEEDS_CSUM, type Packet } from './packet.js';

/**
 * The frame's bytes, with its L4 checksum complete. A copy where the packet asks for a checksum, else a view of its memory. Frames
 * larger than the MTU (segmentation left to the card) stay one frame.
 */
export function completeBytes(packet: Packet): Uint8Array {
  const { bytes, start, size } = packet;
  const frame = bytes.subarray(start, start + size);
  if (packet.offload !== OFFLOAD_NEEDS_CSUM) return frame;
  const from = packet.csumStart - start;
  const field = from + packet.csumOffset;
  if (from < 0 || field + 2 > size) return frame;
  const complete = frame.slice();
  // The field holds the pseudo header's sum, so summing over it includes that. A result of 0 means "none" in UDP: send all ones.
  const checksum = finish(sum(complete, from, size - from));
  store16(complete, field, checksum === 0 ? 0xffff : checksum);
  return complete;
}
