/**
 * Writes into the program what distinguishes the packet as the tables see it (`key`) from the packet as the program so
 * far leaves it (`base`). Called before everything that lets the packet out: output, controller, ct.
 *
 * The wildcard mask needs nothing here: whoever wrote a field has examined it. The order is OVS's: Ethernet,
 * labels that go, network, transport, labels that come, VLAN, metadata.
 */

import { SET_HEADERS, type SetHeader } from '../../datapath/actions/ops.js';
import {
  DP_WORDS,
  FLOW_WORDS,
  FRAG_LATER,
  W_ARP_HA,
  W_DL,
  W_IPV6_LABEL,
  W_IPV6_SRC,
  W_MPLS,
  W_ND_OPTIONS_TYPE,
  W_ND_TARGET,
  W_NSH_BASE,
  W_NSH_CONTEXT,
  W_NSH_PATH,
  W_NW_DST,
  W_NW_SRC,
  W_PKT_MARK,
  W_SKB_PRIORITY,
  W_TOS_TTL_FLAGS,
  W_TP,
  W_TYPE_PROTO_FRAG,
  W_VLAN,
} from '../../datapath/keys/layout.js';
import { isEthType } from '../../datapath/wire/mpls.js';
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IPV4,
  ETH_TYPE_IPV6,
  ETH_TYPE_NSH,
  ETH_TYPE_RARP,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
} from '../../datapath/wire/numbers.js';
import { VLAN_PRESENT } from '../match/key.js';
import { commitMpls } from './commit-mpls.js';
import type { Context } from './context.js';

/** Scratch: the bits of each word that the header being compared owns. */
const owned = new Int32Array(FLOW_WORDS);

export function commit(ctx: Context): void {
  if (isCommitted(ctx)) return;
  commitEthernet(ctx);
  // A header behind a label cannot be written, so labels go first; what is hidden now was written before it was.
  if (dlType(ctx.key) !== dlType(ctx.base)) commitMpls(ctx, () => {});
  if (!ctx.isBare && !isEthType(dlType(ctx.key))) {
    commitNetwork(ctx);
    commitTransport(ctx);
  } else commitMpls(ctx, () => commitWord(ctx, 'mpls', W_MPLS));
  commitVlan(ctx);
  commitWord(ctx, 'skbPriority', W_SKB_PRIORITY);
  commitWord(ctx, 'skbMark', W_PKT_MARK);
}

/** Nothing has been written since the last time, as when a packet is flooded. */
function isCommitted({ key, base }: Context): boolean {
  for (let i = W_DL; i < DP_WORDS; i++) if (key[i] !== base[i]) return false;
  return true;
}

export const dlType = (key: Int32Array): number => key[W_TYPE_PROTO_FRAG] >>> 16;
export const nwProto = (key: Int32Array): number => (key[W_TYPE_PROTO_FRAG] >>> 8) & 0xff;
const isLaterFragment = (key: Int32Array): boolean => (key[W_TYPE_PROTO_FRAG] & FRAG_LATER) !== 0;

function commitEthernet(ctx: Context): void {
  // Source and destination are separate fields in one row of words; each is written whole or not at all.
  own(W_DL, dstDiffers(ctx) ? -1 : 0);
  own(W_DL + 1, (dstDiffers(ctx) ? 0xffff0000 : 0) | (srcDiffers(ctx) ? 0xffff : 0));
  own(W_DL + 2, srcDiffers(ctx) ? -1 : 0);
  emit(ctx, 'ethernet');
}

const dstDiffers = ({ key, base }: Context): boolean =>
  key[W_DL] !== base[W_DL] || ((key[W_DL + 1] ^ base[W_DL + 1]) & 0xffff0000) !== 0;
const srcDiffers = ({ key, base }: Context): boolean =>
  key[W_DL + 2] !== base[W_DL + 2] || ((key[W_DL + 1] ^ base[W_DL + 1]) & 0xffff) !== 0;

function commitNetwork(ctx: Context): void {
  const type = dlType(ctx.base);
  if (type === ETH_TYPE_IPV4) commitIpv4(ctx);
  else if (type === ETH_TYPE_IPV6) commitIpv6(ctx);
  else if (type === ETH_TYPE_ARP || type === ETH_TYPE_RARP) commitArp(ctx);
  else if (type === ETH_TYPE_NSH) commitNsh(ctx);
}

/** tos and ttl: the upper two bytes of their word; the lower half is tcp_flags, which cannot be written. */
const TOS = 0xff000000 | 0;
const TTL = 0x00ff0000;

function commitIpv4(ctx: Context): void {
  ownBytes(ctx, W_TOS_TTL_FLAGS, TOS, TTL);
  ownWhole(ctx, W_NW_SRC);
  ownWhole(ctx, W_NW_DST);
  emit(ctx, 'ipv4');
}

function commitIpv6(ctx: Context): void {
  ownBytes(ctx, W_TOS_TTL_FLAGS, TOS, TTL);
  ownRun(ctx, W_IPV6_SRC, 4);
  ownRun(ctx, W_IPV6_SRC + 4, 4);
  ownWhole(ctx, W_IPV6_LABEL);
  emit(ctx, 'ipv6');
}

function commitArp(ctx: Context): void {
  ownBytes(ctx, W_TYPE_PROTO_FRAG, 0xff00, 0);
  ownWhole(ctx, W_NW_SRC);
  ownWhole(ctx, W_NW_DST);
  ownRun(ctx, W_ARP_HA, 3);
  emit(ctx, 'arp');
}

/** Flags and TTL share the first word, path and index the second; metadata type and next protocol cannot be written. */
function commitNsh(ctx: Context): void {
  ownBytes(ctx, W_NSH_BASE, 0xff000000 | 0, 0xff);
  ownBytes(ctx, W_NSH_PATH, 0xffffff00 | 0, 0xff);
  for (let i = 0; i < 4; i++) ownWhole(ctx, W_NSH_CONTEXT + i);
  emit(ctx, 'nsh');
}

const TRANSPORTS: Readonly<Record<number, SetHeader>> = {
  [IP_PROTO_TCP]: 'tcp',
  [IP_PROTO_UDP]: 'udp',
  [IP_PROTO_SCTP]: 'sctp',
  [IP_PROTO_ICMP]: 'icmp',
  [IP_PROTO_ICMPV6]: 'icmpv6',
};

function commitTransport(ctx: Context): void {
  const type = dlType(ctx.base);
  if ((type !== ETH_TYPE_IPV4 && type !== ETH_TYPE_IPV6) || isLaterFragment(ctx.base)) return;
  const header = TRANSPORTS[nwProto(ctx.base)];
  if (header === undefined) return;
  ownBytes(ctx, W_TP, 0xffff0000 | 0, 0xffff);
  emit(ctx, header);
  if (nwProto(ctx.base) !== IP_PROTO_ICMPV6 || type !== ETH_TYPE_IPV6) return;
  ownRun(ctx, W_ARP_HA, 3);
  ownRun(ctx, W_ND_TARGET, 4);
  for (let w = W_ND_TARGET + 4; w <= W_ND_OPTIONS_TYPE; w++) ownWhole(ctx, w);
  emit(ctx, 'nd');
}

/** Tags that both have innermost in common stay; of the rest, the old are popped and the new pushed. */
function commitVlan({ key, base, program }: Context): void {
  let old = countTags(base) - 1;
  let wanted = countTags(key) - 1;
  while (old >= 0 && wanted >= 0 && base[W_VLAN + old] === key[W_VLAN + wanted]) {
    old--;
    wanted--;
  }
  for (; old >= 0; old--) program.popVlan();
  for (; wanted >= 0; wanted--) program.pushVlan(key[W_VLAN + wanted] >>> 16, key[W_VLAN + wanted] & 0xffff);
  base[W_VLAN] = key[W_VLAN];
  base[W_VLAN + 1] = key[W_VLAN + 1];
}

export function countTags(key: Int32Array): number {
  if ((key[W_VLAN] & VLAN_PRESENT) === 0) return 0;
  return (key[W_VLAN + 1] & VLAN_PRESENT) === 0 ? 1 : 2;
}

function commitWord(ctx: Context, header: SetHeader, word: number): void {
  ownWhole(ctx, word);
  emit(ctx, header);
}

function own(word: number, bits: number): void {
  owned[word] = bits;
}

function ownWhole({ key, base }: Context, word: number): void {
  owned[word] = key[word] === base[word] ? 0 : -1;
}

/** The words of one field: all of it is written if any of it differs. */
function ownRun({ key, base }: Context, from: number, count: number): void {
  let differs = false;
  for (let i = 0; i < count; i++) if (key[from + i] !== base[from + i]) differs = true;
  for (let i = 0; i < count; i++) owned[from + i] = differs ? -1 : 0;
}

/** Two fields that share a word. */
function ownBytes({ key, base }: Context, word: number, first: number, second: number): void {
  const difference = key[word] ^ base[word];
  owned[word] = ((difference & first) !== 0 ? first : 0) | ((difference & second) !== 0 ? second : 0);
}

/**
 * Emits a set of what is owned by the header, if anything, and forgets the ownership. Bits that are as they were and that
 * nobody has looked at stay the packet's own: they differ among the packets that share the program.
 */
function emit({ key, base, mask, program }: Context, header: SetHeader): void {
  const { words } = SET_HEADERS[header];
  for (const word of words) owned[word] &= mask[word] | (key[word] ^ base[word]);
  if (words.some((word) => owned[word] !== 0)) program.set(header, key, 0, owned);
  for (const word of words) {
    base[word] = (base[word] & ~owned[word]) | (key[word] & owned[word]);
    owned[word] = 0;
  }
}
