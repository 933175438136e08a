/**
 * Datapath flow keys as `dpctl/dump-flows` prints them: `recirc_id(0),in_port(2),eth_type(0x0800),ipv4(proto=6,frag=no)`.
 *
 * Works on the words of key and mask (datapath/keys/layout.ts). Attributes whose mask is all zero are left out unless
 * `verbose`; a value under a partial mask is followed by the mask.
 */

import * as w from '../../datapath/keys/layout.js';
import * as proto from '../../datapath/wire/numbers.js';
import { ETH_TYPE_VLAN } from '../../datapath/wire/numbers.js';
import { VLAN_PRESENT } from '../match/key.js';
import { formatIpv4, formatIpv6, formatMac } from './address.js';
import { CT_STATE_FLAGS, DP_TUN_FLAGS, formatFlags, formatFlagsMasked, TCP_FLAGS } from './flags.js';
import { quoteName } from './names.js';

/** How keys and actions of the datapath are printed. */
export interface DpPrintOptions {
  /** Also what the flow does not look at. */
  verbose?: boolean;
  /** A datapath port's name, or null to print its number. */
  portName?: (port: number) => string | null;
}

interface View {
  readonly key: Int32Array;
  readonly mask: Int32Array;
  readonly options: DpPrintOptions;
}

/**
 * The key under its mask as `dpctl/dump-flows` prints it: "recirc_id(0),in_port(1),eth_type(0x0800),ipv4(frag=no)". Both are DP_WORDS long.
 */
export function formatDpKey(key: Int32Array, mask: Int32Array, options: DpPrintOptions = {}): string {
  const view: View = { key, mask, options };
  const parts = [...metadata(view), ...ethernet(view)];
  return parts.join(',');
}

/** `bits` bits of a word from its most significant bit `first` on. */
export function bitsOf(words: Int32Array, word: number, first: number, bits: number): number {
  return (words[word]! >>> (32 - first - bits)) & (bits === 32 ? -1 : (1 << bits) - 1);
}

function wide(words: Int32Array, word: number, first: number, bits: number): bigint {
  let value = 0n;
  const last = (first + bits - 1) >> 5;
  for (let i = 0; i <= last; i++) value = (value << 32n) | BigInt(words[word + i]! >>> 0);
  return (value >> BigInt(32 * (last + 1) - first - bits)) & ((1n << BigInt(bits)) - 1n);
}

type Show = (value: number) => string;

const decimal: Show = (value) => String(value >>> 0);
export const hexNumber: Show = (value) => (value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`);

/** The value, its mask if it is not exact; null if nothing is to be printed. */
function masked(
  view: View,
  word: number,
  first: number,
  bits: number,
  show: Show,
  showMask: Show = hexNumber,
): string | null {
  const mask = bitsOf(view.mask, word, first, bits);
  if (mask === 0 && !view.options.verbose) return null;
  const value = show(bitsOf(view.key, word, first, bits));
  return mask === (bits === 32 ? -1 : (1 << bits) - 1) ? value : `${value}/${showMask(mask)}`;
}

function maskedWide(
  view: View,
  word: number,
  first: number,
  bits: number,
  show: (value: bigint) => string,
): string | null {
  const mask = wide(view.mask, word, first, bits);
  if (mask === 0n && !view.options.verbose) return null;
  const value = show(wide(view.key, word, first, bits));
  return mask === (1n << BigInt(bits)) - 1n ? value : `${value}/${show(mask)}`;
}

const bigHex = (value: bigint): string => (value === 0n ? '0' : `0x${value.toString(16)}`);

/** `name(text)`, or nothing. */
const attribute = (name: string, text: string | null): string[] => (text === null ? [] : [`${name}(${text})`]);

/** `name(a=1,b=2)` of the members that have something to say, or nothing. */
function structure(name: string, members: readonly (readonly [string, string | null])[]): string[] {
  const said = members.filter(([, text]) => text !== null).map(([member, text]) => `${member}=${text}`);
  return said.length === 0 ? [] : [`${name}(${said.join(',')})`];
}

function metadata(view: View): string[] {
  const { key, options } = view;
  const inPort = key[w.W_IN_PORT]! >>> 0;
  const name = options.portName?.(inPort) ?? null;
  return [
    ...attribute('skb_priority', masked(view, w.W_SKB_PRIORITY, 0, 32, hexNumber)),
    ...tunnel(view),
    ...attribute('skb_mark', masked(view, w.W_PKT_MARK, 0, 32, hexNumber)),
    ...attribute('ct_state', ctState(view)),
    ...attribute('ct_zone', masked(view, w.W_CT_STATE_ZONE, 0, 16, hexNumber)),
    ...attribute('ct_mark', masked(view, w.W_CT_MARK, 0, 32, hexNumber)),
    ...attribute('ct_label', maskedWide(view, w.W_CT_LABEL, 0, 128, bigHex)),
    ...ctTuples(view),
    ...attribute('recirc_id', masked(view, w.W_RECIRC_ID, 0, 32, hexNumber)),
    ...attribute('dp_hash', masked(view, w.W_DP_HASH, 0, 32, hexNumber)),
    ...attribute('in_port', name === null ? String(inPort) : quoteName(name)),
    ...packetType(view),
  ];
}

function ctState({ key, mask, options }: View): string | null {
  const value = bitsOf(key, w.W_CT_STATE_ZONE, 16, 16);
  const bits = bitsOf(mask, w.W_CT_STATE_ZONE, 16, 16);
  if (options.verbose) return `${hexNumber(value)}/${hexNumber(bits)}`;
  return bits === 0 ? null : formatFlagsMasked(value, bits, CT_STATE_FLAGS);
}

function packetType({ key }: View): string[] {
  const type = key[w.W_PACKET_TYPE]!;
  return [`packet_type(ns=${type >>> 16},id=${hexNumber(type & 0xffff)})`];
}

const ipv4 = (view: View, word: number): string | null => masked(view, word, 0, 32, formatIpv4, formatIpv4);
const ipv6 = (view: View, word: number): string | null => maskedWide(view, word, 0, 128, formatIpv6);
const mac = (view: View, word: number, first: number): string | null => maskedWide(view, word, first, 48, formatMac);

function ctTuples(view: View): string[] {
  const groups = view.key[w.W_GROUPS]!;
  const common = [
    ['proto', masked(view, w.W_CT_NW_PROTO, 24, 8, decimal)],
    ['tp_src', masked(view, w.W_CT_TP, 0, 16, decimal)],
    ['tp_dst', masked(view, w.W_CT_TP, 16, 16, decimal)],
  ] as const;
  if ((groups & w.GROUP_CT_TUPLE6) !== 0)
    return structure('ct_tuple6', [
      ['src', ipv6(view, w.W_CT_IPV6_SRC)],
      ['dst', ipv6(view, w.W_CT_IPV6_DST)],
      ...common,
    ]);
  if ((groups & w.GROUP_CT_TUPLE) === 0) return [];
  return structure('ct_tuple4', [['src', ipv4(view, w.W_CT_NW_SRC)], ['dst', ipv4(view, w.W_CT_NW_DST)], ...common]);
}

function tunnel(view: View): string[] {
  const { key, mask } = view;
  if ((key[w.W_GROUPS]! & w.GROUP_TUNNEL) === 0) return [];
  const flags = bitsOf(mask, w.W_TUN_FLAGS_GBP, 0, 16);
  const value = bitsOf(key, w.W_TUN_FLAGS_GBP, 0, 16);
  const members: [string, string | null][] = [
    ['tun_id', maskedWide(view, w.W_TUN_ID, 0, 64, (id) => `0x${id.toString(16)}`)],
    ['src', ipv4(view, w.W_TUN_SRC)],
    ['dst', ipv4(view, w.W_TUN_DST)],
    ['ipv6_src', ipv6(view, w.W_TUN_IPV6_SRC)],
    ['ipv6_dst', ipv6(view, w.W_TUN_IPV6_DST)],
    ['tos', masked(view, w.W_TUN_TOS_TTL, 8, 8, hexNumber)],
    ['ttl', masked(view, w.W_TUN_TOS_TTL, 16, 8, decimal)],
  ];
  const said = members.filter(([, text]) => text !== null).map(([name, text]) => `${name}=${text}`);
  if (flags !== 0) said.push(`flags(${formatFlagsMasked(value, flags, DP_TUN_FLAGS)})`);
  return said.length === 0 ? [] : [`tunnel(${said.join(',')})`];
}

function ethernet(view: View): string[] {
  return [
    ...structure('eth', [
      ['src', mac(view, w.W_DL, 48)],
      ['dst', mac(view, w.W_DL, 0)],
    ]),
    ...vlanTagged(view, 0),
  ];
}

/** The rest of the frame from the `depth`th VLAN header on: what a tag holds stands in `encap()`. */
function vlanTagged(view: View, depth: number): string[] {
  const { key, mask } = view;
  const word = w.W_VLAN + depth;
  const tci = depth < 2 ? key[word]! & 0xffff : 0;
  const tciMask = depth < 2 ? mask[word]! & 0xffff : 0;
  if ((tci & VLAN_PRESENT) === 0 || tciMask === 0) return network(view);
  // A flow seldom looks at the tag protocol; without it in the key it is the usual one.
  const tpid = hex4(key[word]! >>> 16 || ETH_TYPE_VLAN);
  const vlan = structure('vlan', [
    ['vid', tagPart(tci & 0xfff, tciMask & 0xfff, 0xfff)],
    ['pcp', tagPart((tci >> 13) & 7, (tciMask >> 13) & 7, 7)],
  ]);
  return [`eth_type(${tpid})`, ...vlan, `encap(${vlanTagged(view, depth + 1).join(',')})`];
}

const tagPart = (value: number, mask: number, full: number): string =>
  mask === full ? String(value) : `${value}/0x${mask.toString(16)}`;

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

function network(view: View): string[] {
  const ethType = bitsOf(view.key, w.W_TYPE_PROTO_FRAG, 0, 16);
  const type = attribute('eth_type', masked(view, w.W_TYPE_PROTO_FRAG, 0, 16, hex4, hex4));
  return [...type, ...(NETWORKS[ethType]?.(view) ?? [])];
}

const NETWORKS: Partial<Record<number, (view: View) => string[]>> = {
  [proto.ETH_TYPE_IPV4]: (view) => [...ipv4Header(view), ...transport(view)],
  [proto.ETH_TYPE_IPV6]: (view) => [...ipv6Header(view), ...transport(view)],
  [proto.ETH_TYPE_ARP]: arp,
  [proto.ETH_TYPE_RARP]: arp,
  [proto.ETH_TYPE_MPLS]: mpls,
  [proto.ETH_TYPE_MPLS_MCAST]: mpls,
};

const ipProto = (view: View): string | null => masked(view, w.W_TYPE_PROTO_FRAG, 16, 8, decimal);
const tos = (view: View): string | null => masked(view, w.W_TOS_TTL_FLAGS, 0, 8, hexNumber);
const ttl = (view: View): string | null => masked(view, w.W_TOS_TTL_FLAGS, 8, 8, decimal);

const FRAGMENTS = ['no', 'first', '?', 'later'];
const fragment = ({ key, mask }: View): string | null =>
  bitsOf(mask, w.W_TYPE_PROTO_FRAG, 30, 2) === 0 ? null : FRAGMENTS[bitsOf(key, w.W_TYPE_PROTO_FRAG, 30, 2)]!;

function ipv4Header(view: View): string[] {
  return structure('ipv4', [
    ['src', ipv4(view, w.W_NW_SRC)],
    ['dst', ipv4(view, w.W_NW_DST)],
    ['proto', ipProto(view)],
    ['tos', tos(view)],
    ['ttl', ttl(view)],
    ['frag', fragment(view)],
  ]);
}

function ipv6Header(view: View): string[] {
  return structure('ipv6', [
    ['src', ipv6(view, w.W_IPV6_SRC)],
    ['dst', ipv6(view, w.W_IPV6_DST)],
    ['label', masked(view, w.W_IPV6_LABEL, 12, 20, hexNumber)],
    ['proto', ipProto(view)],
    ['tclass', tos(view)],
    ['hlimit', ttl(view)],
    ['frag', fragment(view)],
  ]);
}

function arp(view: View): string[] {
  return structure('arp', [
    ['sip', ipv4(view, w.W_NW_SRC)],
    ['tip', ipv4(view, w.W_NW_DST)],
    ['op', ipProto(view)],
    ['sha', mac(view, w.W_ARP_HA, 0)],
    ['tha', mac(view, w.W_ARP_HA, 48)],
  ]);
}

const MPLS_BOTTOM = 0x100;
const MAX_LABELS = 3;

/** All labels down to the bottom with all their masks, or none of them. */
function mpls({ key, mask, options }: View): string[] {
  const said: string[] = [];
  let any = 0;
  for (let i = 0; i < MAX_LABELS; i++) {
    const [entry, bits] = [key[w.W_MPLS + i]!, mask[w.W_MPLS + i]!];
    any |= bits;
    said.push(
      `label=${entry >>> 12}/0x${(bits >>> 12).toString(16)},tc=${(entry >>> 9) & 7}/${(bits >>> 9) & 7}`,
      `ttl=${entry & 0xff}/0x${(bits & 0xff).toString(16)},bos=${(entry >>> 8) & 1}/${(bits >>> 8) & 1}`,
    );
    if ((entry & MPLS_BOTTOM) !== 0) break;
  }
  return any === 0 && !options.verbose ? [] : [`mpls(${said.join(',')})`];
}

/** Fragments but the first have no header of this kind. */
function transport(view: View): string[] {
  if ((view.key[w.W_TYPE_PROTO_FRAG]! & w.FRAG_LATER) !== 0) return [];
  const protocol = bitsOf(view.key, w.W_TYPE_PROTO_FRAG, 16, 8);
  const isIpv6 = bitsOf(view.key, w.W_TYPE_PROTO_FRAG, 0, 16) === proto.ETH_TYPE_IPV6;
  if (protocol === proto.IP_PROTO_TCP) return [...ports('tcp', view), ...attribute('tcp_flags', tcpFlags(view))];
  if (protocol === proto.IP_PROTO_UDP) return ports('udp', view);
  if (protocol === proto.IP_PROTO_SCTP) return ports('sctp', view);
  if (protocol === proto.IP_PROTO_ICMP && !isIpv6) return icmp('icmp', view);
  if (protocol === proto.IP_PROTO_ICMPV6 && isIpv6) return [...icmp('icmpv6', view), ...nd(view)];
  return [];
}

function ports(name: string, view: View): string[] {
  return structure(name, [
    ['src', masked(view, w.W_TP, 0, 16, decimal)],
    ['dst', masked(view, w.W_TP, 16, 16, decimal)],
  ]);
}

function icmp(name: string, view: View): string[] {
  return structure(name, [
    ['type', masked(view, w.W_TP, 8, 8, decimal)],
    ['code', masked(view, w.W_TP, 24, 8, decimal)],
  ]);
}

function nd(view: View): string[] {
  if ((view.key[w.W_GROUPS]! & w.GROUP_ARP_ND) === 0) return [];
  return structure('nd', [
    ['target', ipv6(view, w.W_ND_TARGET)],
    ['sll', mac(view, w.W_ARP_HA, 0)],
    ['tll', mac(view, w.W_ARP_HA, 48)],
  ]);
}

function tcpFlags({ key, mask, options }: View): string | null {
  const value = bitsOf(key, w.W_TOS_TTL_FLAGS, 20, 12);
  const bits = bitsOf(mask, w.W_TOS_TTL_FLAGS, 20, 12);
  if (options.verbose) return `${hexNumber(value)}/${hexNumber(bits)}`;
  if (bits === 0) return null;
  return bits === TCP_FLAGS.all ? formatFlags(value, TCP_FLAGS) : formatFlagsMasked(value, bits, TCP_FLAGS);
}
