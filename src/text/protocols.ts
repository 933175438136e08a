/** The words that say an Ethernet type and an IP protocol in one: `tcp`, `arp`, `icmp6`. */

export interface ProtocolWord {
  readonly word: string;
  readonly ethType: number;
  readonly ipProto?: number;
}

export const ETH_IP = 0x0800;
export const ETH_ARP = 0x0806;
export const ETH_RARP = 0x8035;
export const ETH_IPV6 = 0x86dd;
export const ETH_MPLS = 0x8847;
export const ETH_MPLS_MCAST = 0x8848;

export const PROTO_ICMP = 1;
export const PROTO_IGMP = 2;
export const PROTO_TCP = 6;
export const PROTO_UDP = 17;
export const PROTO_ICMPV6 = 58;
export const PROTO_SCTP = 132;

/** The first of several for the same is the one printed. */
export const PROTOCOL_WORDS: readonly ProtocolWord[] = [
  { word: 'ip', ethType: ETH_IP },
  { word: 'ipv4', ethType: ETH_IP },
  { word: 'ip4', ethType: ETH_IP },
  { word: 'arp', ethType: ETH_ARP },
  { word: 'icmp', ethType: ETH_IP, ipProto: PROTO_ICMP },
  { word: 'tcp', ethType: ETH_IP, ipProto: PROTO_TCP },
  { word: 'udp', ethType: ETH_IP, ipProto: PROTO_UDP },
  { word: 'sctp', ethType: ETH_IP, ipProto: PROTO_SCTP },
  { word: 'ipv6', ethType: ETH_IPV6 },
  { word: 'ip6', ethType: ETH_IPV6 },
  { word: 'icmp6', ethType: ETH_IPV6, ipProto: PROTO_ICMPV6 },
  { word: 'tcp6', ethType: ETH_IPV6, ipProto: PROTO_TCP },
  { word: 'udp6', ethType: ETH_IPV6, ipProto: PROTO_UDP },
  { word: 'sctp6', ethType: ETH_IPV6, ipProto: PROTO_SCTP },
  { word: 'rarp', ethType: ETH_RARP },
  { word: 'mpls', ethType: ETH_MPLS },
  { word: 'mplsm', ethType: ETH_MPLS_MCAST },
];

const BY_WORD = new Map(PROTOCOL_WORDS.map((row) => [row.word, row]));
const BY_TYPES = new Map(PROTOCOL_WORDS.toReversed().map((row) => [key(row.ethType, row.ipProto), row.word]));

function key(ethType: number, ipProto: number | undefined): number {
  return ethType * 256 + (ipProto ?? 0);
}

export const protocolWord = (word: string): ProtocolWord | undefined => BY_WORD.get(word);

/** The word for the pair, or for the Ethernet type when `ipProto` is undefined; undefined if there is none. */
export const wordFor = (ethType: number, ipProto?: number): string | undefined => BY_TYPES.get(key(ethType, ipProto));
