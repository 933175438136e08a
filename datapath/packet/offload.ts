/** Finishing in software what a sender left to its network card: for whoever reads a packet's bytes rather than forwards them. */

import { store16 } from '../base/bytes.js';
import { finish, sum } from '../base/checksum.js';
import { OFFLOAD_NEEDS_CSUM, type Packet } from './packet.js';

/**
 * The frame as a receiver without offloads must see it, in memory of its own: checksum complete, cut to `truncate`. A frame larger
 * than the MTU (segmentation left to the card) stays one frame.
 */
export function copyFrame(packet: Packet): Uint8Array {
  const whole = packet.bytes.slice(packet.start, packet.start + packet.size);
  const at = packet.csumStart - packet.start;
  if (packet.offload === OFFLOAD_NEEDS_CSUM && at >= 0 && at + packet.csumOffset + 2 <= whole.length) {
    // The field holds the pseudo-header's sum, so summing over it completes it; an all-zero sum goes out as 0xffff (RFC 768).
    const checksum = finish(sum(whole, at, whole.length - at));
    store16(whole, at + packet.csumOffset, checksum === 0 ? 0xffff : checksum);
  }
  const cut = packet.truncate;
  return cut > 0 && cut < whole.length ? whole.subarray(0, cut) : whole;
}
