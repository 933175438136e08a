/** The words that say an Ethernet type and an IP protocol in one: `tcp`, `arp`, `icmp6`. */
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IPV4,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  ETH_TYPE_MPLS_MCAST,
  ETH_TYPE_RARP,
  IP_PROTO_ICMP,
  IP_PROTO_ICMPV6,
  IP_PROTO_SCTP,
  IP_PROTO_TCP,
  IP_PROTO_UDP,
} from '../../datapath/wire/numbers.js';

export interface ProtocolWord {
  readonly word: string;
  readonly ethType: number;
  readonly ipProto?: number;
}

/** The first of several for the same is the one printed. */
export const PROTOCOL_WORDS: readonly ProtocolWord[] = [
  { word: 'ip', ethType: ETH_TYPE_IPV4 },
  { word: 'ipv4', ethType: ETH_TYPE_IPV4 },
  { word: 'ip4', ethType: ETH_TYPE_IPV4 },
  { word: 'arp', ethType: ETH_TYPE_ARP },
  { word: 'icmp', ethType: ETH_TYPE_IPV4, ipProto: IP_PROTO_ICMP },
  { word: 'tcp', ethType: ETH_TYPE_IPV4, ipProto: IP_PROTO_TCP },
  { word: 'udp', ethType: ETH_TYPE_IPV4, ipProto: IP_PROTO_UDP },
  { word: 'sctp', ethType: ETH_TYPE_IPV4, ipProto: IP_PROTO_SCTP },
  { word: 'ipv6', ethType: ETH_TYPE_IPV6 },
  { word: 'ip6', ethType: ETH_TYPE_IPV6 },
  { word: 'icmp6', ethType: ETH_TYPE_IPV6, ipProto: IP_PROTO_ICMPV6 },
  { word: 'tcp6', ethType: ETH_TYPE_IPV6, ipProto: IP_PROTO_TCP },
  { word: 'udp6', ethType: ETH_TYPE_IPV6, ipProto: IP_PROTO_UDP },
  { word: 'sctp6', ethType: ETH_TYPE_IPV6, ipProto: IP_PROTO_SCTP },
  { word: 'rarp', ethType: ETH_TYPE_RARP },
  { word: 'mpls', ethType: ETH_TYPE_MPLS },
  { word: 'mplsm', ethType: ETH_TYPE_MPLS_MCAST },
];

const BY_WORD = new Map(PROTOCOL_WORDS.map((row) => [row.word, row]));
const BY_TYPES = new Map(PROTOCOL_WORDS.toReversed().map((row) => [key(row.ethType, row.ipProto), row.word]));

function key(ethType: number, ipProto: number | undefined): number {
  return ethType * 256 + (ipProto ?? 0);
}

export const protocolWord = (word: string): ProtocolWord | undefined => BY_WORD.get(word);

/** The word for the pair, or for the Ethernet type when `ipProto` is undefined; undefined if there is none. */
export const wordFor = (ethType: number, ipProto?: number): string | undefined => BY_TYPES.get(key(ethType, ipProto));
