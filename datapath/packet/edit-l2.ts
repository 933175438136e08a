/**
 * Edits of the link layer: Ethernet addresses, VLAN tags, MPLS labels. @hot
 *
 * What is pushed or popped stands between the Ethernet addresses and the rest, so the few bytes in front of it move and the
 * rest, with all offsets into it, stays. What needs headroom returns false if there is none, and then has done nothing.
 */
import { load16, load32, store16, store32 } from '../base/bytes.js';
import * as ethernet from '../wire/ethernet.js';
import * as mpls from '../wire/mpls.js';
import * as vlan from '../wire/vlan.js';
import type { Packet } from './packet.js';

const ADDRESSES_SIZE = 2 * ethernet.ADDRESS_SIZE;

/** Sets word `i` (0 to 2) of destination and source, as flow keys have them: 48 + 48 bits. */
export const setAddressWord = (p: Packet, i: number, value: number): void => store32(p.bytes, p.start + 4 * i, value);

export const addressWord = (p: Packet, i: number): number => load32(p.bytes, p.start + 4 * i);

/** Gives the packet a new outermost tag. Bit 0x1000 of `tci` only says that it is there, and is not written. */
export function pushVlan(p: Packet, tpid: number, tci: number): boolean {
  if (!makeRoom(p, ADDRESSES_SIZE, vlan.TAG_SIZE)) return false;
  vlan.setTpid(p.bytes, p.start + ADDRESSES_SIZE, tpid);
  vlan.setTci(p.bytes, p.start + ADDRESSES_SIZE, tci & ~vlan.CFI);
  return true;
}

/** Takes the outermost tag away, if there is one. */
export function popVlan(p: Packet): void {
  if (hasVlan(p)) closeGap(p, ADDRESSES_SIZE, vlan.TAG_SIZE);
}

/** Sets the outermost tag's TPID and TCI, if there is one; bit 0x1000 as for `pushVlan`. */
export function setVlan(p: Packet, tpid: number, tci: number): void {
  if (!hasVlan(p)) return;
  vlan.setTpid(p.bytes, p.start + ADDRESSES_SIZE, tpid);
  vlan.setTci(p.bytes, p.start + ADDRESSES_SIZE, tci & ~vlan.CFI);
}

function hasVlan(p: Packet): boolean {
  return p.size >= ethernet.HEADER_SIZE + vlan.TAG_SIZE && vlan.isTpid(load16(p.bytes, p.start + ADDRESSES_SIZE));
}

/** Gives the packet a new outermost label; `ethType` is what the packet is then. */
export function pushMpls(p: Packet, ethType: number, entry: number): boolean {
  const stackAt = p.l2_5 >= 0 ? p.l2_5 : p.l3;
  if (stackAt < 0 || !makeRoom(p, stackAt - p.start, mpls.ENTRY_SIZE)) return false;
  p.l2_5 = stackAt - mpls.ENTRY_SIZE;
  mpls.setEntry(p.bytes, p.l2_5, entry);
  store16(p.bytes, p.l2_5 - 2, ethType);
  return true;
}

/** Takes the outermost label away, if there is one; `ethType` is what the packet is then. */
export function popMpls(p: Packet, ethType: number): void {
  if (!hasMpls(p)) return;
  const wasLast = mpls.isBottom(mpls.entry(p.bytes, p.l2_5));
  closeGap(p, p.l2_5 - p.start, mpls.ENTRY_SIZE);
  p.l2_5 += mpls.ENTRY_SIZE;
  store16(p.bytes, p.l2_5 - 2, ethType);
  if (wasLast) p.l2_5 = -1;
}

/** Sets the outermost label stack entry, if there is one. */
export function setMpls(p: Packet, entry: number): void {
  if (hasMpls(p)) mpls.setEntry(p.bytes, p.l2_5, entry);
}

/** The outermost label stack entry; there must be one. */
export const mplsEntry = (p: Packet): number => mpls.entry(p.bytes, p.l2_5);

/** True if there is a whole label stack entry: an Ethernet type that promises one may be the last of the frame. */
export const hasMpls = (p: Packet): boolean => p.l2_5 >= 0 && p.l2_5 + mpls.ENTRY_SIZE <= p.start + p.size;

/** Opens a gap of `size` bytes behind the first `front` ones, by moving these into the headroom. */
function makeRoom(p: Packet, front: number, size: number): boolean {
  if (p.start < size) return false;
  const b = p.bytes;
  const from = p.start;
  for (let i = 0; i < front; i++) b[from - size + i] = b[from + i];
  p.start -= size;
  p.size += size;
  if (p.gsoHeaderSize > 0) p.gsoHeaderSize += size;
  return true;
}

/** Removes `size` bytes behind the first `front` ones, by moving these. */
function closeGap(p: Packet, front: number, size: number): void {
  const b = p.bytes;
  const from = p.start;
  for (let i = front - 1; i >= 0; i--) b[from + size + i] = b[from + i];
  p.start += size;
  p.size -= size;
  if (p.gsoHeaderSize > 0) p.gsoHeaderSize -= size;
}
