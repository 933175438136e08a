/** The link layer's part of extraction: Ethernet addresses, VLAN tags, 802.2, MPLS labels, and which network layer follows. @hot */
import { load16, load24, load32 } from '../base/bytes.js';
import type { Packet } from '../packet/packet.js';
import * as ethernet from '../wire/ethernet.js';
import * as mpls from '../wire/mpls.js';
import * as numbers from '../wire/numbers.js';
import * as vlan from '../wire/vlan.js';
import { extractArp, extractIpv4, extractIpv6, extractNsh } from './extract-l3.js';
import * as layout from './layout.js';

const { ETH_TYPE_ARP, ETH_TYPE_IPV4, ETH_TYPE_IPV6, ETH_TYPE_MIN, ETH_TYPE_NONE, ETH_TYPE_NSH, ETH_TYPE_RARP } =
  numbers;
const {
  GROUP_MPLS,
  GROUP_VLAN,
  W_DL,
  W_MPLS,
  W_NW_DST,
  W_NW_SRC,
  W_GROUPS,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TYPE_PROTO_FRAG,
  W_VLAN,
} = layout;
const { LLC_SNAP_SIZE } = ethernet;
const { CFI, TAG_SIZE } = vlan;
const { ENTRY_SIZE } = mpls;

/** As many tags and labels as the key has room for. */
export const MAX_VLANS = 2;
const MAX_LABELS = 3;

/** How many VLAN tags are matched; behind them, a tag is an Ethernet type like any other. */
let vlanLimit = MAX_VLANS;

/** Sets how many tags are parsed, at most MAX_VLANS; 0 means as many as can be (`other_config:vlan-limit`). */
export function setVlanLimit(limit: number): void {
  vlanLimit = limit === 0 ? MAX_VLANS : Math.min(limit, MAX_VLANS);
}

/** The packet has at least an Ethernet header. */
export function extractLink(packet: Packet, keys: Int32Array, at: number): void {
  const b = packet.bytes;
  const end = packet.start + packet.size;
  let i = packet.start;
  keys[at + W_DL] = load32(b, i);
  keys[at + W_DL + 1] = load32(b, i + 4);
  keys[at + W_DL + 2] = load32(b, i + 8);
  i += 12;
  if (vlan.isTpid(load16(b, i))) i = extractVlans(packet, keys, at, i);
  let type = load16(b, i);
  i += 2;
  if (type < ETH_TYPE_MIN) {
    type = ETH_TYPE_NONE;
    if (hasSnap(b, i, end)) {
      const inner = load16(b, i + 6);
      if (inner >= ETH_TYPE_MIN) type = inner;
      i += LLC_SNAP_SIZE;
    }
  }
  if (mpls.isEthType(type)) i = extractMpls(packet, keys, at, i);
  packet.l3 = i;
  extractNetwork(packet, keys, at, type);
}

function extractNetwork(packet: Packet, keys: Int32Array, at: number, type: number): void {
  if (type === ETH_TYPE_IPV4) return extractIpv4(packet, keys, at);
  keys[at + W_TYPE_PROTO_FRAG] = type << 16;
  keys[at + W_TOS_TTL_FLAGS] = 0;
  keys[at + W_NW_SRC] = 0;
  keys[at + W_NW_DST] = 0;
  keys[at + W_TP] = 0;
  if (type === ETH_TYPE_IPV6) extractIpv6(packet, keys, at);
  else if (type === ETH_TYPE_ARP || type === ETH_TYPE_RARP) extractArp(packet, keys, at);
  else if (type === ETH_TYPE_NSH) extractNsh(packet, keys, at);
}

/** A tag needs an Ethernet type behind it. Returns where the type that is not a parsed tag stands. */
function extractVlans(packet: Packet, keys: Int32Array, at: number, i: number): number {
  const b = packet.bytes;
  const end = packet.start + packet.size;
  for (let n = 0; n < vlanLimit && vlan.isTpid(load16(b, i)) && end - i >= TAG_SIZE + 2; n++) {
    keys[at + W_VLAN + n] = load32(b, i) | CFI;
    keys[at + W_GROUPS] |= GROUP_VLAN;
    i += TAG_SIZE;
  }
  return i;
}

/** LLC (AA AA 03) with SNAP of organisation 0, `i` being behind the length field. */
function hasSnap(b: Uint8Array, i: number, end: number): boolean {
  return end - i >= LLC_SNAP_SIZE && load24(b, i) === 0xaaaa03 && load24(b, i + 3) === 0;
}

/** Walks the label stack to its bottom, or its last whole entry; returns where it ends. */
function extractMpls(packet: Packet, keys: Int32Array, at: number, i: number): number {
  const b = packet.bytes;
  const end = packet.start + packet.size;
  packet.l2_5 = i;
  let any = 0;
  for (let n = 0; end - i >= ENTRY_SIZE; n++) {
    const entry = mpls.entry(b, i);
    i += ENTRY_SIZE;
    if (n < MAX_LABELS) {
      keys[at + W_MPLS + n] = entry;
      any |= entry;
    }
    if (mpls.isBottom(entry)) break;
  }
  if (any !== 0) keys[at + W_GROUPS] |= GROUP_MPLS;
  return i;
}
