/**
 * Packet to flow key: the order of the layers; each layer is in a file beside this one. @hot
 *
 * What is and is not parsed follows OVS (lib/flow.c, miniflow_extract): the control plane writes flows for that parser. A
 * layer that is cut short, or whose lengths contradict each other, leaves its fields and all that follow it zero, and the
 * packet is matched by what was found. No byte outside the packet is read, whatever the packet says.
 *
 * The row at `at` must be zero or a key that `extract` wrote before: what that one had and this one has not is cleared.
 * Words behind DP_WORDS are not touched.
 */
import { CT_ESTABLISHED, CT_NEW, CT_REPLY_DIR } from '../packet/ct-state.js';
import type { Packet } from '../packet/packet.js';
import * as ethernet from '../wire/ethernet.js';
import { extractLink } from './extract-l2.js';
import * as layout from './layout.js';

const {
  W_GROUPS,
  W_RECIRC_ID,
  W_IN_PORT,
  W_CT_STATE_ZONE,
  W_CT_MARK,
  W_PACKET_TYPE,
  W_DL,
  COMMON_WORDS,
  W_PKT_MARK,
  W_DP_HASH,
  W_SKB_PRIORITY,
  W_CT_LABEL,
  W_CT_NW_SRC,
  W_CT_NW_DST,
  W_CT_TP,
  W_CT_NW_PROTO,
  W_CT_IPV6_SRC,
  W_CT_IPV6_DST,
} = layout;

/** The tracker's original tuple counts only for packets of a connection that it knows (ovs-behaviour: "valid"). */
const CT_VALID = CT_NEW | CT_ESTABLISHED | CT_REPLY_DIR;

/** Writes the key of `packet` to the DP_WORDS words at `at`, and sets the packet's l2_5, l3, l4 and l2Pad. */
export function extract(packet: Packet, keys: Int32Array, at: number): void {
  const old = keys[at + W_GROUPS];
  if (old !== 0) clearGroups(keys, at, old);
  packet.l2_5 = packet.l3 = packet.l4 = -1;
  packet.l2Pad = 0;
  extractMetadata(packet, keys, at);
  if (packet.size >= ethernet.HEADER_SIZE) extractLink(packet, keys, at);
  else keys.fill(0, at + W_DL, at + COMMON_WORDS);
}

const GROUP_FROM = Int32Array.from(layout.GROUPS, (g) => g.from);
const GROUP_TO = Int32Array.from(layout.GROUPS, (g) => g.to);

function clearGroups(keys: Int32Array, at: number, groups: number): void {
  for (let rest = groups; rest !== 0; rest &= rest - 1) {
    const group = 31 - Math.clz32(rest & -rest);
    const to = at + GROUP_TO[group];
    for (let i = at + GROUP_FROM[group]; i < to; i++) keys[i] = 0;
  }
}

function extractMetadata(packet: Packet, keys: Int32Array, at: number): void {
  let groups = 0;
  keys[at + W_RECIRC_ID] = packet.recircId;
  keys[at + W_IN_PORT] = packet.inPort;
  keys[at + W_PACKET_TYPE] = 0;
  if ((packet.mark | packet.dpHash | packet.skbPriority) !== 0) {
    keys[at + W_PKT_MARK] = packet.mark;
    keys[at + W_DP_HASH] = packet.dpHash;
    keys[at + W_SKB_PRIORITY] = packet.skbPriority;
    groups = layout.GROUP_SKB;
  }
  if (packet.ctState === 0) {
    keys[at + W_CT_STATE_ZONE] = 0;
    keys[at + W_CT_MARK] = 0;
  } else {
    keys[at + W_CT_STATE_ZONE] = (packet.ctZone << 16) | packet.ctState;
    keys[at + W_CT_MARK] = packet.ctMark;
    groups |= extractConntrack(packet, keys, at);
  }
  keys[at + W_GROUPS] = groups;
}

function extractConntrack(packet: Packet, keys: Int32Array, at: number): number {
  let groups = 0;
  if ((packet.ctLabel0 | packet.ctLabel1 | packet.ctLabel2 | packet.ctLabel3) !== 0) {
    keys[at + W_CT_LABEL] = packet.ctLabel0;
    keys[at + W_CT_LABEL + 1] = packet.ctLabel1;
    keys[at + W_CT_LABEL + 2] = packet.ctLabel2;
    keys[at + W_CT_LABEL + 3] = packet.ctLabel3;
    groups = layout.GROUP_CT_LABEL;
  }
  if ((packet.ctState & CT_VALID) === 0 || packet.ctProto === 0) return groups;
  keys[at + W_CT_TP] = (packet.ctTpSrc << 16) | packet.ctTpDst;
  keys[at + W_CT_NW_PROTO] = packet.ctProto;
  groups |= layout.GROUP_CT_TUPLE;
  if (packet.ctFamily === 4) {
    keys[at + W_CT_NW_SRC] = packet.ctSrc0;
    keys[at + W_CT_NW_DST] = packet.ctDst0;
    return groups;
  }
  keys[at + W_CT_IPV6_SRC] = packet.ctSrc0;
  keys[at + W_CT_IPV6_SRC + 1] = packet.ctSrc1;
  keys[at + W_CT_IPV6_SRC + 2] = packet.ctSrc2;
  keys[at + W_CT_IPV6_SRC + 3] = packet.ctSrc3;
  keys[at + W_CT_IPV6_DST] = packet.ctDst0;
  keys[at + W_CT_IPV6_DST + 1] = packet.ctDst1;
  keys[at + W_CT_IPV6_DST + 2] = packet.ctDst2;
  keys[at + W_CT_IPV6_DST + 3] = packet.ctDst3;
  return groups | layout.GROUP_CT_TUPLE6;
}
