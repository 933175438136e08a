/**
 * What passes flows/overlapping-networks.flows: every packet under four addresses, two that its sender knows and two that its receiver
 * knows.
 */
import type { Program } from '../helpers/flow-program.js';

export const overlappingNetworks: Program = {
  name: 'overlapping-networks',
  portCount: 2,
  scenarios: {
    'a client of A and the server of B': [
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.5:80 S -> 2 fe>05 tcp 10.1.0.1:$a>10.0.0.5:80 S ttl=63',
      '2 05>fe tcp 10.0.0.5:80>10.1.0.1:$a SA -> 1 fe>09 tcp 10.2.0.5:80>10.0.0.9:1000 SA ttl=63',
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.5:80 A -> 2 fe>05 tcp 10.1.0.1:$a>10.0.0.5:80 A ttl=63',
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.5:80 PA "hello" -> 2 fe>05 tcp 10.1.0.1:$a>10.0.0.5:80 PA "hello" ttl=63',
      '2 05>fe tcp 10.0.0.5:80>10.1.0.1:$a A 1/6 -> 1 fe>09 tcp 10.2.0.5:80>10.0.0.9:1000 A 1/6 ttl=63',
    ],
    'the same addresses and ports, both ways at once': [
      '1 09>fe udp 10.0.0.9:1000>10.2.0.5:1000 -> 2 fe>05 udp 10.1.0.1:$a>10.0.0.5:1000 ttl=63',
      '2 09>fe udp 10.0.0.9:1000>10.1.0.5:1000 -> 1 fe>05 udp 10.2.0.1:$b>10.0.0.5:1000 ttl=63',
      '2 05>fe udp 10.0.0.5:1000>10.1.0.1:$a "B" -> 1 fe>09 udp 10.2.0.5:1000>10.0.0.9:1000 "B" ttl=63',
      '1 05>fe udp 10.0.0.5:1000>10.2.0.1:$b "A" -> 2 fe>09 udp 10.1.0.5:1000>10.0.0.9:1000 "A" ttl=63',
    ],
    'a server is a client too, of the one with its own address': [
      '1 05>fe udp 10.0.0.5:53>10.2.0.5:53 -> 2 fe>05 udp 10.1.0.1:$a>10.0.0.5:53 ttl=63',
      '2 05>fe udp 10.0.0.5:53>10.1.0.5:53 -> 1 fe>05 udp 10.2.0.1:$b>10.0.0.5:53 ttl=63',
      '2 05>fe udp 10.0.0.5:53>10.1.0.1:$a -> 1 fe>05 udp 10.2.0.5:53>10.0.0.5:53 ttl=63',
      '1 05>fe udp 10.0.0.5:53>10.2.0.1:$b -> 2 fe>05 udp 10.1.0.5:53>10.0.0.5:53 ttl=63',
    ],
    'IPv6, both ways': [
      '1 09>fe tcp [fd00::9]:1000>[fd00:b::5]:80 S -> 2 fe>05 tcp [fd00:a::1]:$a>[fd00::5]:80 S ttl=63',
      '2 05>fe tcp [fd00::5]:80>[fd00:a::1]:$a SA -> 1 fe>09 tcp [fd00:b::5]:80>[fd00::9]:1000 SA ttl=63',
      '2 09>fe tcp [fd00::9]:1000>[fd00:a::5]:80 S -> 1 fe>05 tcp [fd00:b::1]:$b>[fd00::5]:80 S ttl=63',
      '1 05>fe tcp [fd00::5]:80>[fd00:b::1]:$b SA -> 2 fe>09 tcp [fd00:a::5]:80>[fd00::9]:1000 SA ttl=63',
      '1 09>fe tcp [fd00::9]:1000>[fd00:b::5]:80 A -> 2 fe>05 tcp [fd00:a::1]:$a>[fd00::5]:80 A ttl=63',
    ],
    'errors, from either end': [
      '1 09>fe udp 10.0.0.9:1000>10.2.0.5:53 -> 2 fe>05 udp 10.1.0.1:$a>10.0.0.5:53 ttl=63',
      '2 05>fe icmp 10.0.0.5>10.1.0.1 error 3/3 {udp 10.1.0.1:$a>10.0.0.5:53} -> 1 fe>09 icmp 10.2.0.5>10.0.0.9 error 3/3 {udp 10.0.0.9:1000>10.2.0.5:53} ttl=63',
      '2 05>fe udp 10.0.0.5:53>10.1.0.1:$a "!" -> 1 fe>09 udp 10.2.0.5:53>10.0.0.9:1000 "!" ttl=63',
      '1 09>fe icmp 10.0.0.9>10.2.0.5 error 3/3 {udp 10.2.0.5:53>10.0.0.9:1000} -> 2 fe>05 icmp 10.1.0.1>10.0.0.5 error 3/3 {udp 10.0.0.5:53>10.1.0.1:$a} ttl=63',
      '1 09>fe udp [fd00::9]:1000>[fd00:b::5]:53 -> 2 fe>05 udp [fd00:a::1]:$b>[fd00::5]:53 ttl=63',
      '2 05>fe icmpv6 [fd00::5]>[fd00:a::1] error 1/4 {udp [fd00:a::1]:$b>[fd00::5]:53} -> 1 fe>09 icmpv6 [fd00:b::5]>[fd00::9] error 1/4 {udp [fd00::9]:1000>[fd00:b::5]:53} ttl=63',
      '2 05>fe udp [fd00::5]:53>[fd00:a::1]:$b "!" -> 1 fe>09 udp [fd00:b::5]:53>[fd00::9]:1000 "!" ttl=63',
      '1 09>fe icmpv6 [fd00::9]>[fd00:b::5] error 1/4 {udp [fd00:b::5]:53>[fd00::9]:1000} -> 2 fe>05 icmpv6 [fd00:a::1]>[fd00::5] error 1/4 {udp [fd00::5]:53>[fd00:a::1]:$b} ttl=63',
    ],
    'nothing else passes, nor under addresses that are not for the other side': [
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.6:80 S -> nothing',
      '1 09>fe tcp 10.0.0.9:1000>10.0.0.5:80 S -> nothing',
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.1:80 S -> nothing',
      '1 09>fe tcp 10.0.0.9:1000>10.1.0.5:80 S -> nothing',
      '2 05>fe tcp 10.0.0.5:80>10.1.0.1:2000 SA -> nothing',
      '2 05>fe tcp [fd00::5]:80>[fd00:a::1]:2000 SA -> nothing',
      '2 09>fe tcp [fd00::9]:1000>[fd00:b::5]:80 S -> nothing',
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.5:80 SA -> nothing',
    ],
    'the gateway answers for its addresses': [
      '1 09>ff arp 09/10.0.0.9>00/10.0.0.254 request -> 1 fe>09 arp fe/10.0.0.254>09/10.0.0.9 reply',
      '2 09>33:33:ff:00:00:fe nd [fd00::9]>[ff02::1:ff00:fe] solicit fd00::fe 09 -> 2 fe>09 nd [fd00::fe]>[fd00::9] advertise fd00::fe fe router',
      '1 09>33:33:ff:00:00:fe nd [::]>[ff02::1:ff00:fe] solicit fd00::fe -> nothing',
      '1 09>ff arp 09/10.0.0.9>00/10.0.0.5 request -> nothing',
    ],
    'with the table full nothing passes half translated': [
      { maxConnections: 1 },
      '1 09>fe tcp 10.0.0.9:1000>10.2.0.5:80 S -> nothing',
      '2 09>fe udp [fd00::9]:1000>[fd00:a::5]:53 -> nothing',
    ],
  },
};
