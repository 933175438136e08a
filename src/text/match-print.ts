/**
 * Matches as text, in the order and the forms of ovs-ofctl: `priority=5,tcp,in_port=1,nw_src=10.0.0.0/8,tp_dst=80`.
 *
 * The list PRINTERS is the order; each prints one or a few fields, or nothing when the match does not look at them.
 */

import * as proto from '../../datapath/wire/numbers.js';
import { PCP_MASK, VID_MASK } from '../../datapath/wire/vlan.js';
import { FIELDS, type FieldName, REGISTERS } from '../match/fields.js';
import { VLAN_PRESENT } from '../match/key.js';
import type { Match } from '../match/match.js';
import { formatIpv4Masked, formatIpv6Masked, formatMac } from './address.js';
import { type Colors, PLAIN } from './colors.js';
import { CT_STATE_FLAGS, type FlagNames, formatFlags, formatFlagsMasked, TCP_FLAGS, TUN_FLAGS } from './flags.js';
import { formatPort, type Names } from './names.js';
import { wordFor } from './protocols.js';
import { formatFragment, hex } from './values.js';

/** How a match is printed. */
export interface MatchPrintOptions {
  names?: Names | undefined;
  /** Printed first unless it is the default. */
  priority?: number | undefined;
}

export const DEFAULT_PRIORITY = 32768;

/** What the printers share: the match and what its Ethernet type and protocol say about the rest. */
interface View {
  readonly match: Match;
  readonly names: Names | undefined;
  readonly colors: Colors;
  readonly out: string[];
  /** 0 when not matched exactly. */
  readonly ethType: number;
  readonly ipProto: number;
}

type Printer = (view: View) => void;

/**
 * The match as ovs-ofctl prints it, such as "priority=5,tcp,nw_dst=10.0.0.0/8"; empty if it matches everything and no priority is to be
 * shown.
 */
export function formatMatch(match: Match, options: MatchPrintOptions = {}): string {
  const packetType = match.get('packet_type');
  const view: View = {
    match,
    names: options.names,
    colors: options.names?.colors ?? PLAIN,
    out: [],
    ethType: packetType.value >> 16n === 1n ? Number(packetType.value & 0xffffn) : Number(match.get('eth_type').value),
    ipProto: Number(match.get('nw_proto').value),
  };
  if (options.priority !== undefined && options.priority !== DEFAULT_PRIORITY)
    view.out.push(`${view.colors.special('priority=')}${options.priority}`);
  for (const print of PRINTERS) print(view);
  return view.out.join(',');
}

/** Names that Open vSwitch prints without colour. */
const UNCOLORED: ReadonlySet<FieldName> = new Set([
  'tun_gbp_flags',
  'tun_erspan_ver',
  'tun_erspan_dir',
  'tun_erspan_hwid',
  'tun_gtpu_flags',
  'tun_gtpu_msgtype',
]);

/** What stands in front of a field's value: `nw_src=`. */
type Label = (colors: Colors) => string;

function labelOf(field: FieldName, name: string = field): Label {
  const text = `${name}=`;
  if (UNCOLORED.has(field)) return () => text;
  // The sign of this one is not coloured.
  if (field === 'conj_id') return (colors) => `${colors.param(name)}=`;
  return (colors) => colors.param(text);
}

/** `name=value`, `name=value/mask`, or nothing: the value in `exact`'s form alone, in hexadecimal with a mask. */
function integer(field: FieldName, name: string, exact: (value: bigint) => string): Printer {
  const label = labelOf(field, name);
  return ({ match, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask === 0n) return;
    const text = match.isExact(field) ? exact(value) : `${hexMasked(field, value)}/${hexMasked(field, mask)}`;
    out.push(label(colors) + text);
  };
}

/** Open vSwitch prints values of 32 bits and more by `%#x`, in which zero has no prefix, and narrower ones by `0x%x`. */
const hexMasked = (field: FieldName, value: bigint): string =>
  FIELDS[field].bits >= 32 ? hex(value) : `0x${value.toString(16)}`;
const decimal = (field: FieldName, name: string = field): Printer => integer(field, name, String);
const hexadecimal = (field: FieldName, name: string = field): Printer => integer(field, name, hex);

function mac(field: FieldName, name: string = field): Printer {
  const label = labelOf(field, name);
  return ({ match, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask === 0n) return;
    out.push(`${label(colors)}${formatMac(value)}${match.isExact(field) ? '' : `/${formatMac(mask)}`}`);
  };
}

function ipv4(field: FieldName, name: string = field): Printer {
  const label = labelOf(field, name);
  return ({ match, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask !== 0n) out.push(label(colors) + formatIpv4Masked(Number(value), Number(mask)));
  };
}

function ipv6(field: FieldName): Printer {
  const label = labelOf(field);
  return ({ match, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask !== 0n) out.push(label(colors) + formatIpv6Masked(value, mask));
  };
}

function flags(field: FieldName, names: FlagNames): Printer {
  const label = labelOf(field);
  return ({ match, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask === 0n) return;
    const isExact = (Number(mask & 0xffffn) & names.all) === names.all && names !== TUN_FLAGS;
    const text = isExact ? formatFlags(Number(value), names) : formatFlagsMasked(Number(value), Number(mask), names);
    out.push(label(colors) + text);
  };
}

function port(field: FieldName): Printer {
  const label = labelOf(field);
  return ({ match, names, colors, out }) => {
    const { value, mask } = match.get(field);
    if (mask !== 0n) out.push(label(colors) + formatPort(Number(value & 0xffffn), names));
  };
}

const when =
  (condition: (view: View) => boolean, ...printers: Printer[]): Printer =>
  (view) => {
    if (condition(view)) for (const print of printers) print(view);
  };

const isArp = ({ ethType }: View): boolean => ethType === proto.ETH_TYPE_ARP || ethType === proto.ETH_TYPE_RARP;
const isIp6 = ({ ethType }: View): boolean => ethType === proto.ETH_TYPE_IPV6;
const isIp = (view: View): boolean => view.ethType === proto.ETH_TYPE_IPV4 || isIp6(view);
const isTcp = (view: View): boolean => isIp(view) && view.ipProto === proto.IP_PROTO_TCP;
const isIcmp4 = (view: View): boolean => view.ethType === proto.ETH_TYPE_IPV4 && view.ipProto === proto.IP_PROTO_ICMP;
const isIcmp6 = (view: View): boolean => isIp6(view) && view.ipProto === proto.IP_PROTO_ICMPV6;
const isIcmp = (view: View): boolean => isIcmp4(view) || isIcmp6(view);

/** The packet's type unless it is plain Ethernet; that is said, as `eth`, only in matches of cached flows. */
const packetType: Printer = ({ match, out }) => {
  const { value, mask } = match.get('packet_type');
  if (mask === 0n) return;
  if (value !== 0n) out.push(`packet_type=(${value >> 16n},${hex(value & 0xffffn)})`);
  else if (match.has('recirc_id')) out.push('eth');
};

/** The word for Ethernet type and protocol, or what has no word in it. */
const protocol: Printer = (view) => {
  if (!view.match.isExact('eth_type')) return;
  const hasProto = view.match.isExact('nw_proto');
  const word = (hasProto ? wordFor(view.ethType, view.ipProto) : undefined) ?? wordFor(view.ethType);
  if (word !== undefined) view.out.push(view.colors.value(word));
};

const ethTypeNumber: Printer = ({ match, ethType, colors, out }) => {
  if (!match.isExact('eth_type') || wordFor(ethType) !== undefined) return;
  out.push(`${colors.param('dl_type=')}0x${ethType.toString(16).padStart(4, '0')}`);
};

const ipProtoNumber: Printer = (view) => {
  const { match, ethType, ipProto, colors, out } = view;
  if (!match.has('nw_proto')) return;
  if (isArp(view)) out.push(`${colors.param('arp_op=')}${ipProto}`);
  else if (!match.isExact('eth_type') || wordFor(ethType, ipProto) === undefined || ipProto === 0)
    out.push(`${colors.param('nw_proto=')}${ipProto}`);
};

const vlan: Printer = ({ match, colors, out }) => {
  const tci = match.get('vlan_tci');
  if (tci.mask === 0n) return;
  const value = Number(tci.value);
  const mask = Number(tci.mask);
  const vid = mask & VID_MASK;
  const pcp = mask & PCP_MASK;
  const isWhole = (vid === 0 || vid === VID_MASK) && (pcp === 0 || pcp === PCP_MASK) && (vid !== 0 || pcp !== 0);
  if (isWhole && (mask & value & VLAN_PRESENT) !== 0) {
    if (vid !== 0) out.push(`${colors.param('dl_vlan=')}${value & VID_MASK}`);
    if (pcp !== 0) out.push(`${colors.param('dl_vlan_pcp=')}${value >> 13}`);
  } else {
    out.push(`${colors.param('vlan_tci=')}${hex4(value)}${mask === 0xffff ? '' : `/${hex4(mask)}`}`);
  }
};

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

const ipv6Label: Printer = ({ match, colors, out }) => {
  const { value, mask } = match.get('ipv6_label');
  if (mask === 0n) return;
  const label = (bits: bigint): string => `0x${bits.toString(16).padStart(5, '0')}`;
  out.push(`${colors.param('ipv6_label=')}${label(value)}${match.isExact('ipv6_label') ? '' : `/${label(mask)}`}`);
};

const tos: Printer = ({ match, colors, out }) => {
  if (match.has('nw_tos')) out.push(`${colors.param('nw_tos=')}${match.get('nw_tos').value}`);
};

const fragment: Printer = ({ match, colors, out }) => {
  const { value, mask } = match.get('ip_frag');
  if (mask !== 0n) out.push(colors.param('nw_frag=') + formatFragment(Number(value), Number(mask)));
};

function icmpPart(field: FieldName, name: string): Printer {
  const label = labelOf(field, name);
  return ({ match, colors, out }) => {
    if (match.has(field)) out.push(`${label(colors)}${match.get(field).value}`);
  };
}

const registers: Printer[] = Array.from({ length: REGISTERS }, (_, i) => hexadecimal(`reg${i}` as FieldName));

const PRINTERS: readonly Printer[] = [
  hexadecimal('pkt_mark'),
  hexadecimal('skb_priority'),
  hexadecimal('recirc_id'),
  hexadecimal('dp_hash'),
  decimal('conj_id'),
  port('actset_output'),
  flags('ct_state', CT_STATE_FLAGS),
  decimal('ct_zone'),
  hexadecimal('ct_mark'),
  hexadecimal('ct_label'),
  ipv4('ct_nw_src'),
  ipv6('ct_ipv6_src'),
  ipv4('ct_nw_dst'),
  ipv6('ct_ipv6_dst'),
  decimal('ct_nw_proto'),
  decimal('ct_tp_src'),
  decimal('ct_tp_dst'),
  packetType,
  protocol,
  ...registers,
  hexadecimal('tun_id'),
  ipv4('tun_src'),
  ipv4('tun_dst'),
  ipv6('tun_ipv6_src'),
  ipv6('tun_ipv6_dst'),
  decimal('tun_gbp_id'),
  hexadecimal('tun_gbp_flags'),
  decimal('tun_erspan_ver'),
  hexadecimal('tun_erspan_idx'),
  decimal('tun_erspan_dir'),
  hexadecimal('tun_erspan_hwid'),
  hexadecimal('tun_gtpu_flags', 'gtpu_flags'),
  decimal('tun_gtpu_msgtype', 'gtpu_msgtype'),
  flags('tun_flags', TUN_FLAGS),
  hexadecimal('metadata'),
  port('in_port'),
  vlan,
  mac('eth_src', 'dl_src'),
  mac('eth_dst', 'dl_dst'),
  ethTypeNumber,
  when(isIp6, ipv6('ipv6_src'), ipv6('ipv6_dst'), ipv6Label),
  when(isArp, ipv4('arp_spa'), ipv4('arp_tpa')),
  when((view) => !isArp(view) && !isIp6(view), ipv4('ip_src', 'nw_src'), ipv4('ip_dst', 'nw_dst')),
  ipProtoNumber,
  when(isArp, mac('arp_sha'), mac('arp_tha')),
  tos,
  decimal('nw_ecn'),
  decimal('nw_ttl'),
  decimal('mpls_label'),
  decimal('mpls_tc'),
  decimal('mpls_ttl'),
  decimal('mpls_bos'),
  decimal('nsh_flags'),
  decimal('nsh_ttl'),
  decimal('nsh_mdtype'),
  decimal('nsh_np'),
  hexadecimal('nsh_spi'),
  decimal('nsh_si'),
  hexadecimal('nsh_c1'),
  hexadecimal('nsh_c2'),
  hexadecimal('nsh_c3'),
  hexadecimal('nsh_c4'),
  fragment,
  when(isIcmp, icmpPart('icmp_type', 'icmp_type'), icmpPart('icmp_code', 'icmp_code')),
  when(isIcmp6, ipv6('nd_target'), mac('nd_sll'), mac('nd_tll'), decimal('nd_reserved'), decimal('nd_options_type')),
  when((view) => !isIcmp(view), decimal('tcp_src', 'tp_src'), decimal('tcp_dst', 'tp_dst')),
  when(isTcp, flags('tcp_flags', TCP_FLAGS)),
];

/** The name a field goes by in actions that take bits of fields: its NXM name, else its OXM name. */
export function subfieldFieldName(field: FieldName): string {
  const row = FIELDS[field];
  return row.nxm?.[0] ?? row.oxm?.[0] ?? field;
}
