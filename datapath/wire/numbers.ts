/** Assigned numbers that more than one file needs: Ethernet types, IP protocols, ports, TCP flags, ICMP and ICMPv6 types. */

export const ETH_TYPE_IPV4 = 0x0800;
export const ETH_TYPE_ARP = 0x0806;
export const ETH_TYPE_TEB = 0x6558;
export const ETH_TYPE_RARP = 0x8035;
export const ETH_TYPE_VLAN = 0x8100;
export const ETH_TYPE_IPV6 = 0x86dd;
export const ETH_TYPE_LACP = 0x8809;
export const ETH_TYPE_MPLS = 0x8847;
export const ETH_TYPE_MPLS_MCAST = 0x8848;
export const ETH_TYPE_VLAN_8021AD = 0x88a8;
export const ETH_TYPE_NSH = 0x894f;
/** Not an Ethernet type: stands in flow keys for frames that have none (802.2 without SNAP). */
export const ETH_TYPE_NONE = 0x05ff;
/** Smaller values of the type field are lengths (IEEE 802.3). */
export const ETH_TYPE_MIN = 0x0600;

export const IP_PROTO_HOP_BY_HOP = 0;
export const IP_PROTO_ICMP = 1;
export const IP_PROTO_IGMP = 2;
export const IP_PROTO_TCP = 6;
export const IP_PROTO_UDP = 17;
export const IP_PROTO_DCCP = 33;
export const IP_PROTO_ROUTING = 43;
export const IP_PROTO_FRAGMENT = 44;
export const IP_PROTO_GRE = 47;
export const IP_PROTO_ESP = 50;
export const IP_PROTO_AH = 51;
export const IP_PROTO_ICMPV6 = 58;
export const IP_PROTO_NONE = 59;
export const IP_PROTO_DESTINATION = 60;
export const IP_PROTO_SCTP = 132;
export const IP_PROTO_UDPLITE = 136;

/** Well-known ports of the protocols that the tracker has helpers for; `alg=` of ct() names them so. */
export const PORT_FTP = 21;
export const PORT_TFTP = 69;

export const TCP_FIN = 0x001;
export const TCP_SYN = 0x002;
export const TCP_RST = 0x004;
export const TCP_PSH = 0x008;
export const TCP_ACK = 0x010;
export const TCP_URG = 0x020;
export const TCP_ECE = 0x040;
export const TCP_CWR = 0x080;
export const TCP_NS = 0x100;

/** The names that ovs-ofctl prints and reads, in the order of the bits. */
export const TCP_FLAGS = [
  { name: 'fin', bit: TCP_FIN },
  { name: 'syn', bit: TCP_SYN },
  { name: 'rst', bit: TCP_RST },
  { name: 'psh', bit: TCP_PSH },
  { name: 'ack', bit: TCP_ACK },
  { name: 'urg', bit: TCP_URG },
  { name: 'ece', bit: TCP_ECE },
  { name: 'cwr', bit: TCP_CWR },
  { name: 'ns', bit: TCP_NS },
  { name: '[200]', bit: 0x200 },
  { name: '[400]', bit: 0x400 },
  { name: '[800]', bit: 0x800 },
] as const;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMP_TIMESTAMP = 13;
export const ICMP_TIMESTAMP_REPLY = 14;
export const ICMP_INFO_REQUEST = 15;
export const ICMP_INFO_REPLY = 16;

export const ICMPV6_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;
export const ICMPV6_ROUTER_SOLICITATION = 133;
export const ICMPV6_ROUTER_ADVERTISEMENT = 134;
export const ICMPV6_NEIGHBOUR_SOLICITATION = 135;
export const ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136;
export const ICMPV6_REDIRECT = 137;
