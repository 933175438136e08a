/** Datapath programs as `dpctl/dump-flows` prints actions: `ct(commit,zone=5),recirc(0x1)`, `set(ipv4(ttl=63)),2`. */

import { HASH_SYM_L4, type SetHeader } from '../../datapath/actions/ops.js';
import { type DpAction, type DpActionOf, readProgram } from '../../datapath/actions/program.js';
import * as ct from '../../datapath/conntrack/record/ct-action.js';
import * as w from '../../datapath/keys/layout.js';
import * as mpls from '../../datapath/wire/mpls.js';
import { ETH_TYPE_VLAN } from '../../datapath/wire/numbers.js';
import { PCP_MASK, PCP_SHIFT, VID_MASK } from '../../datapath/wire/vlan.js';
import { type ControllerRequest, readRequest } from '../dpif/controller-request.js';
import { formatIpv4, formatIpv6, formatMac } from './address.js';
import { quoteName } from './names.js';
import { bitsOf, type DpPrintOptions, hexNumber } from './odp-key.js';

/** How a datapath program is printed. */
export type DpActionPrintOptions = DpPrintOptions;

type Printers = { [Op in DpAction['op']]: (action: DpActionOf<Op>, options: DpActionPrintOptions) => string };

/** "drop" for an empty program. */
export function formatDpProgram(program: Int32Array, options: DpActionPrintOptions = {}): string {
  return formatDpActions(readProgram(program), options);
}

export function formatDpActions(actions: readonly DpAction[], options: DpActionPrintOptions = {}): string {
  return actions.length === 0 ? 'drop' : actions.map((action) => formatDpAction(action, options)).join(',');
}

function formatDpAction(action: DpAction, options: DpActionPrintOptions): string {
  return (PRINTERS[action.op] as (a: DpAction, o: DpActionPrintOptions) => string)(action, options);
}

const PRINTERS: Printers = {
  output: ({ port }, { portName }) => {
    const name = portName?.(port) ?? null;
    return name === null ? String(port) : quoteName(name);
  },
  userspace: ({ words }) => `userspace(pid=0,${formatRequest(readRequest(words))})`,
  set: ({ header, key, mask }) => `set(${formatSet(header, key, mask)})`,
  pushVlan: ({ tpid, tci }) => {
    const type = tpid === ETH_TYPE_VLAN ? '' : `tpid=0x${tpid.toString(16)},`;
    return `push_vlan(${type}vid=${tci & VID_MASK},pcp=${(tci & PCP_MASK) >> PCP_SHIFT})`;
  },
  popVlan: () => 'pop_vlan',
  pushMpls: ({ ethType, entry }) =>
    `push_mpls(label=${mpls.label(entry)},tc=${mpls.trafficClass(entry)},ttl=${mpls.ttl(entry)},bos=${mpls.isBottom(entry) ? 1 : 0}` +
    `,eth_type=0x${ethType.toString(16)})`,
  popMpls: ({ ethType }) => `pop_mpls(eth_type=0x${ethType.toString(16)})`,
  ct: ({ words }) => formatCt(words),
  ctClear: () => 'ct_clear',
  recirc: ({ id }) => `recirc(${hexNumber(id)})`,
  truncate: ({ size }) => `trunc(${size})`,
  clone: ({ actions }, options) => `clone(${formatDpActions(actions, options)})`,
  drop: () => 'drop',
  hash: ({ algorithm, basis }) => `hash(${algorithm === HASH_SYM_L4 ? 'sym_l4' : 'l4'}(${basis >>> 0}))`,
};

function formatRequest(request: ControllerRequest): string {
  return (
    `controller(reason=${request.reason},dont_send=${Number(request.dontSend)},continuation=${Number(request.continuation)}` +
    `,recirc_id=${request.recircId},rule_cookie=${request.cookie === 0n ? '0' : `0x${request.cookie.toString(16)}`}` +
    `,controller_id=${request.controllerId},max_len=${request.maxLen})`
  );
}

function formatCt(words: Int32Array): string {
  const flags = words[ct.CT_FLAGS]!;
  const parts: string[] = [];
  if ((flags & ct.CT_FORCE) !== 0) parts.push('force_commit');
  else if ((flags & ct.CT_COMMIT) !== 0) parts.push('commit');
  if (words[ct.CT_ZONE] !== 0) parts.push(`zone=${words[ct.CT_ZONE]! & 0xffff}`);
  const mark = words[ct.CT_MARK_MASK]!;
  if (mark !== 0) parts.push(`mark=${hexNumber(words[ct.CT_MARK_VALUE]!)}/0x${(mark >>> 0).toString(16)}`);
  const label = fourWords(words, ct.CT_LABEL_MASK);
  if (label !== 0n) {
    const value = fourWords(words, ct.CT_LABEL_VALUE);
    parts.push(`label=0x${value.toString(16)}${label === ALL_LABEL ? '' : `/0x${label.toString(16)}`}`);
  }
  const helper = words[ct.CT_HELPER]!;
  if (helper !== 0) parts.push(`helper=${helper === 21 ? 'ftp' : 'tftp'}`);
  if (words[ct.CT_TIMEOUT_POLICY] !== 0) parts.push(`timeout=${words[ct.CT_TIMEOUT_POLICY]}`);
  if ((words[ct.CT_NAT_FLAGS]! & ct.CT_NAT) !== 0) parts.push(formatNat(words));
  return parts.length === 0 ? 'ct' : `ct(${parts.join(',')})`;
}

const ALL_LABEL = (1n << 128n) - 1n;

function fourWords(words: Int32Array, at: number): bigint {
  let value = 0n;
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(words[at + i]! >>> 0);
  return value;
}

function formatNat(words: Int32Array): string {
  const flags = words[ct.CT_NAT_FLAGS]!;
  const direction = (flags & ct.CT_NAT_SRC) !== 0 ? 'src' : (flags & ct.CT_NAT_DST) !== 0 ? 'dst' : null;
  if (direction === null) return 'nat';
  const range = natRange(words, flags);
  const parts = [range === '' ? direction : `${direction}=${range}`];
  if ((flags & ct.CT_NAT_PERSISTENT) !== 0) parts.push('persistent');
  if ((flags & ct.CT_NAT_HASH) !== 0) parts.push('hash');
  if ((flags & ct.CT_NAT_RANDOM) !== 0) parts.push('random');
  return `nat(${parts.join(',')})`;
}

function natRange(words: Int32Array, flags: number): string {
  const hasPorts = (flags & ct.CT_NAT_PORTS) !== 0;
  let text = '';
  if ((flags & (ct.CT_NAT_IPV4 | ct.CT_NAT_IPV6)) !== 0) {
    const min = natAddress(words, ct.CT_NAT_MIN_ADDR, flags, hasPorts);
    const max = natAddress(words, ct.CT_NAT_MAX_ADDR, flags, hasPorts);
    text = min === max ? min : `${min}-${max}`;
  }
  if (!hasPorts) return text;
  const [min, max] = [words[ct.CT_NAT_MIN_PORT]!, words[ct.CT_NAT_MAX_PORT]!];
  return `${text}:${min}${max === min ? '' : `-${max}`}`;
}

function natAddress(words: Int32Array, at: number, flags: number, hasPorts: boolean): string {
  if ((flags & ct.CT_NAT_IPV6) === 0) return formatIpv4(words[at]!);
  const text = formatIpv6(fourWords(words, at));
  return hasPorts ? `[${text}]` : text;
}

/** A member of a header in a `set`: its name, first bit in the word, bits, and how it is printed. */
type Member = readonly [name: string, word: number, first: number, bits: number, show: (value: bigint) => string];

const asDecimal = String;
const asHex = (value: bigint): string => hexNumber(Number(value));
const asIpv4 = (value: bigint): string => formatIpv4(Number(value));
const PORTS: readonly Member[] = [
  ['src', w.W_TP, 0, 16, asDecimal],
  ['dst', w.W_TP, 16, 16, asDecimal],
];
const ICMP: readonly Member[] = [
  ['type', w.W_TP, 8, 8, asDecimal],
  ['code', w.W_TP, 24, 8, asDecimal],
];

const HEADERS: Record<SetHeader, { name: string; members: readonly Member[] }> = {
  ethernet: {
    name: 'eth',
    members: [
      ['src', w.W_DL, 48, 48, formatMac],
      ['dst', w.W_DL, 0, 48, formatMac],
    ],
  },
  ipv4: {
    name: 'ipv4',
    members: [
      ['src', w.W_NW_SRC, 0, 32, asIpv4],
      ['dst', w.W_NW_DST, 0, 32, asIpv4],
      ['tos', w.W_TOS_TTL_FLAGS, 0, 8, asHex],
      ['ttl', w.W_TOS_TTL_FLAGS, 8, 8, asDecimal],
    ],
  },
  ipv6: {
    name: 'ipv6',
    members: [
      ['src', w.W_IPV6_SRC, 0, 128, formatIpv6],
      ['dst', w.W_IPV6_DST, 0, 128, formatIpv6],
      ['label', w.W_IPV6_LABEL, 12, 20, asHex],
      ['tclass', w.W_TOS_TTL_FLAGS, 0, 8, asHex],
      ['hlimit', w.W_TOS_TTL_FLAGS, 8, 8, asDecimal],
    ],
  },
  tcp: { name: 'tcp', members: PORTS },
  udp: { name: 'udp', members: PORTS },
  sctp: { name: 'sctp', members: PORTS },
  icmp: { name: 'icmp', members: ICMP },
  icmpv6: { name: 'icmpv6', members: ICMP },
  arp: {
    name: 'arp',
    members: [
      ['sip', w.W_NW_SRC, 0, 32, asIpv4],
      ['tip', w.W_NW_DST, 0, 32, asIpv4],
      ['op', w.W_TYPE_PROTO_FRAG, 16, 8, asDecimal],
      ['sha', w.W_ARP_HA, 0, 48, formatMac],
      ['tha', w.W_ARP_HA, 48, 48, formatMac],
    ],
  },
  nd: {
    name: 'nd',
    members: [
      ['target', w.W_ND_TARGET, 0, 128, formatIpv6],
      ['sll', w.W_ARP_HA, 0, 48, formatMac],
      ['tll', w.W_ARP_HA, 48, 48, formatMac],
    ],
  },
  skbMark: { name: 'skb_mark', members: [['', w.W_PKT_MARK, 0, 32, asHex]] },
  mpls: {
    name: 'mpls',
    members: [
      ['label', w.W_MPLS, 0, 20, asDecimal],
      ['tc', w.W_MPLS, 20, 3, asDecimal],
      ['ttl', w.W_MPLS, 24, 8, asDecimal],
      ['bos', w.W_MPLS, 23, 1, asDecimal],
    ],
  },
  nsh: {
    name: 'nsh',
    members: [
      ['flags', w.W_NSH_BASE, 0, 8, asDecimal],
      ['ttl', w.W_NSH_BASE, 24, 8, asDecimal],
      ['spi', w.W_NSH_PATH, 0, 24, asHex],
      ['si', w.W_NSH_PATH, 24, 8, asDecimal],
      ['c1', w.W_NSH_CONTEXT, 0, 32, asHex],
      ['c2', w.W_NSH_CONTEXT + 1, 0, 32, asHex],
      ['c3', w.W_NSH_CONTEXT + 2, 0, 32, asHex],
      ['c4', w.W_NSH_CONTEXT + 3, 0, 32, asHex],
    ],
  },
  skbPriority: { name: 'skb_priority', members: [['', w.W_SKB_PRIORITY, 0, 32, asHex]] },
};

function formatSet(header: SetHeader, key: Int32Array, mask: Int32Array): string {
  const { name, members } = HEADERS[header];
  const said: string[] = [];
  for (const [member, word, first, bits, show] of members) {
    const bitsSet = read(mask, word, first, bits);
    if (bitsSet === 0n) continue;
    const isExact = bitsSet === (1n << BigInt(bits)) - 1n;
    const text = `${show(read(key, word, first, bits))}${isExact ? '' : `/${show === asDecimal ? asHex(bitsSet) : show(bitsSet)}`}`;
    said.push(member === '' ? text : `${member}=${text}`);
  }
  return `${name}(${said.join(',')})`;
}

function read(words: Int32Array, word: number, first: number, bits: number): bigint {
  if (first + bits <= 32) return BigInt(bitsOf(words, word, first, bits) >>> 0);
  let value = 0n;
  const last = (first + bits - 1) >> 5;
  for (let i = 0; i <= last; i++) value = (value << 32n) | BigInt(words[word + i]! >>> 0);
  return (value >> BigInt(32 * (last + 1) - first - bits)) & ((1n << BigInt(bits)) - 1n);
}
