/** The `set` action on ARP and on IPv6 neighbour discovery, which share the words of two link-layer addresses. @hot */
import { load16, load32 } from '../base/bytes.js';
import type { PacketBatch } from '../packet/batch.js';
import * as l3 from '../packet/edit-l3.js';
import * as l4 from '../packet/edit-l4.js';
import type { Packet } from '../packet/packet.js';
import * as arp from '../wire/arp.js';
import * as nd from '../wire/nd.js';
import { maskOf, merge } from './masked-words.js';

/** Scratch: two link-layer addresses of 48 bits, one behind the other. */
const addresses = new Int32Array(3);

/** Opcode (in bits 8 to 15 of its word), source, target, then the hardware addresses of both. */
export function setArp(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (!l3.isArp(p)) continue;
    const b = p.bytes;
    if (maskOf(program, args, 0) !== 0) l3.setArpOpcode(p, merge(arp.opcode(b, p.l3) << 8, program, args, 0) >>> 8);
    l3.setArpSpa(p, merge(arp.spa(b, p.l3), program, args, 1));
    l3.setArpTpa(p, merge(arp.tpa(b, p.l3), program, args, 2));
    mergeAddresses(b, p.l3 + arp.SHA, p.l3 + arp.THA, program, args + 2 * 3);
    l3.setArpHardware(p, arp.SHA, addresses[0] >>> 16, (addresses[0] << 16) | (addresses[1] >>> 16));
    l3.setArpHardware(p, arp.THA, addresses[1] & 0xffff, addresses[2]);
  }
}

/** Link-layer addresses in the options, target, reserved word, type of the first option. */
export function setNeighbour(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l4 < 0) continue;
    // The option's new type says which of the addresses it holds, so it comes first.
    if (maskOf(program, args, 8) !== 0) l4.setNdOptionType(p, merge(0, program, args, 8) & 0xff);
    setLinkAddresses(p, program, args);
    for (let i = 0; i < 4; i++) {
      if (maskOf(program, args, 3 + i) === 0) continue;
      l4.setNdTargetWord(p, i, merge(nd.targetWord(p.bytes, p.l4, i), program, args, 3 + i));
    }
    if (maskOf(program, args, 7) !== 0) l4.setNdReserved(p, merge(nd.reserved(p.bytes, p.l4), program, args, 7));
  }
}

function setLinkAddresses(p: Packet, program: Int32Array, args: number): void {
  const sourceMask = maskOf(program, args, 0) | (maskOf(program, args, 1) & 0xffff0000);
  const targetMask = (maskOf(program, args, 1) & 0xffff) | maskOf(program, args, 2);
  if ((sourceMask | targetMask) === 0) return;
  const end = p.l4 + l4.l4Size(p);
  const source = nd.findLinkAddress(p.bytes, p.l4, end, nd.SOURCE_LINK_ADDRESS);
  const target = nd.findLinkAddress(p.bytes, p.l4, end, nd.TARGET_LINK_ADDRESS);
  mergeAddresses(p.bytes, source + nd.OPTION_ADDRESS, target + nd.OPTION_ADDRESS, program, args);
  if (source >= 0 && sourceMask !== 0) {
    const low = (addresses[0] << 16) | (addresses[1] >>> 16);
    l4.setNdLinkAddress(p, nd.SOURCE_LINK_ADDRESS, addresses[0] >>> 16, low);
  }
  if (target >= 0 && targetMask !== 0) {
    l4.setNdLinkAddress(p, nd.TARGET_LINK_ADDRESS, addresses[1] & 0xffff, addresses[2]);
  }
}

/** Leaves in `addresses` those at the two places, with the three pairs at `args` written. What is read of an absent one is not used. */
function mergeAddresses(b: Uint8Array, first: number, second: number, program: Int32Array, args: number): void {
  addresses[0] = merge(load32(b, first), program, args, 0);
  addresses[1] = merge((load16(b, first + 4) << 16) | load16(b, second), program, args, 1);
  addresses[2] = merge(load32(b, second + 2), program, args, 2);
}
