/** A frame in one line, as `ovs-ofctl monitor` prints it: its fields as a match would have them, and its checksum. */

import { load16, load32u } from '../../datapath/base/bytes.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS, FRAG_LATER, W_MPLS, W_TYPE_PROTO_FRAG, W_VLAN } from '../../datapath/keys/layout.js';
import { lentPacket, type Packet } from '../../datapath/packet/packet.js';
import * as proto from '../../datapath/wire/numbers.js';
import type { FieldName } from '../match/fields.js';
import { getField, VLAN_PRESENT } from '../match/key.js';
import { Match } from '../match/match.js';
import { type Colors, PLAIN } from './colors.js';
import { formatMatch } from './match-print.js';

const LINK: readonly FieldName[] = ['eth_type', 'vlan_tci', 'eth_src', 'eth_dst'];
const ARP: readonly FieldName[] = ['arp_op', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'];
const IP: readonly FieldName[] = ['nw_proto', 'nw_tos', 'nw_ecn', 'nw_ttl', 'ip_frag'];
const IPV4: readonly FieldName[] = ['ip_src', 'ip_dst', ...IP];
const IPV6: readonly FieldName[] = ['ipv6_src', 'ipv6_dst', 'ipv6_label', ...IP];
const ND: readonly FieldName[] = ['nd_target', 'nd_sll', 'nd_tll'];
const MPLS: readonly FieldName[] = ['mpls_label', 'mpls_tc', 'mpls_bos', 'mpls_ttl'];

const NETWORK: Partial<Record<number, readonly FieldName[]>> = {
  [proto.ETH_TYPE_IPV4]: IPV4,
  [proto.ETH_TYPE_IPV6]: IPV6,
  [proto.ETH_TYPE_ARP]: ARP,
  [proto.ETH_TYPE_RARP]: ARP,
  [proto.ETH_TYPE_MPLS]: MPLS,
  [proto.ETH_TYPE_MPLS_MCAST]: MPLS,
};

/** Where a protocol has its checksum, and what the line calls it. */
interface Transport {
  readonly fields: readonly FieldName[];
  readonly checksum: string;
  readonly at: number;
  readonly bits: 16 | 32;
}

const ICMP_FIELDS: readonly FieldName[] = ['icmp_type', 'icmp_code'];
const TRANSPORTS: Partial<Record<number, Transport>> = {
  [proto.IP_PROTO_TCP]: { fields: ['tcp_src', 'tcp_dst', 'tcp_flags'], checksum: 'tcp_csum', at: 16, bits: 16 },
  [proto.IP_PROTO_UDP]: { fields: ['udp_src', 'udp_dst'], checksum: 'udp_csum', at: 6, bits: 16 },
  [proto.IP_PROTO_SCTP]: { fields: ['sctp_src', 'sctp_dst'], checksum: 'sctp_csum', at: 8, bits: 32 },
  [proto.IP_PROTO_ICMP]: { fields: ICMP_FIELDS, checksum: 'icmp_csum', at: 2, bits: 16 },
  [proto.IP_PROTO_ICMPV6]: { fields: ICMP_FIELDS, checksum: 'icmp6_csum', at: 2, bits: 16 },
};

/** A frame as `ovs-ofctl ofp-print` shows one: a line of header fields. */
export function formatPacket(frame: Uint8Array, colors: Colors = PLAIN): string {
  const packet = lentPacket(frame);
  const key = new Int32Array(DP_WORDS);
  extract(packet, key, 0);
  const transport = transportOf(key, packet);
  const match = new Match();
  for (const field of fieldsOf(key, transport)) match.set(field, getField(key, 0, field));
  const text = withInnerLabels(withInnerVlan(formatMatch(match, { names: { colors } }), key, colors), key, colors);
  return transport === null ? text : `${text} ${transport.checksum}:${checksumOf(packet, transport)}`;
}

function fieldsOf(key: Int32Array, transport: Transport | null): FieldName[] {
  const fields = [...LINK, ...(NETWORK[key[W_TYPE_PROTO_FRAG]! >>> 16] ?? [])];
  if (transport !== null) fields.push(...transport.fields);
  if (transport?.checksum !== 'icmp6_csum') return fields;
  const type = Number(getField(key, 0, 'icmpv6_type'));
  return type === proto.ICMPV6_NEIGHBOUR_SOLICITATION || type === proto.ICMPV6_NEIGHBOUR_ADVERTISEMENT
    ? [...fields, ...ND]
    : fields;
}

function transportOf(key: Int32Array, packet: Packet): Transport | null {
  const word = key[W_TYPE_PROTO_FRAG]!;
  const ethType = word >>> 16;
  const protocol = (word >>> 8) & 0xff;
  if (packet.l4 < 0 || (word & FRAG_LATER) !== 0) return null;
  if (ethType !== proto.ETH_TYPE_IPV4 && ethType !== proto.ETH_TYPE_IPV6) return null;
  if (protocol === (ethType === proto.ETH_TYPE_IPV4 ? proto.IP_PROTO_ICMPV6 : proto.IP_PROTO_ICMP)) return null;
  const transport = TRANSPORTS[protocol] ?? null;
  return transport !== null && packet.l4 + transport.at + transport.bits / 8 <= packet.size ? transport : null;
}

function checksumOf(packet: Packet, { at, bits }: Transport): string {
  const offset = packet.start + packet.l4 + at;
  return (bits === 16 ? load16(packet.bytes, offset) : load32u(packet.bytes, offset)).toString(16);
}

/** Labels behind the first are shown as whole stack entries. */
function withInnerLabels(text: string, key: Int32Array, { param }: Colors): string {
  const inner = [1, 2].map((i) => key[W_MPLS + i]! >>> 0);
  return text + inner.map((entry, i) => (entry === 0 ? '' : `,${param(`mpls_lse${i + 1}=`)}${entry}`)).join('');
}

/** A tagged frame's line also has the second tag, or that there is none. */
function withInnerVlan(text: string, key: Int32Array, { param }: Colors): string {
  if ((key[W_VLAN]! & VLAN_PRESENT) === 0) return text;
  const tci = key[W_VLAN + 1]! & 0xffff;
  const inner =
    (tci & VLAN_PRESENT) === 0
      ? `${param('vlan_tci1=')}0x0000`
      : `${param('dl_vlan1=')}${tci & 0xfff},${param('dl_vlan_pcp1=')}${tci >> 13}`;
  return text.replace(/dl_vlan_pcp=[^,]*/, (outer) => `${outer},${inner}`);
}
