/** What passes flows/nat-gateway.flows, and under which addresses. */
import type { Program } from '../helpers/flow-program.js';

export const natGateway: Program = {
  name: 'nat-gateway',
  portCount: 2,
  scenarios: {
    'two hosts with the same source port at once': [
      '1 0a>fe tcp 10.0.0.10:1000>198.51.100.1:80 S -> 2 fe>02 tcp 203.0.113.1:$a>198.51.100.1:80 S ttl=63',
      '1 0b>fe tcp 10.0.0.11:1000>198.51.100.1:80 S -> 2 fe>02 tcp 203.0.113.1:$b>198.51.100.1:80 S ttl=63',
      '2 02>fe tcp 198.51.100.1:80>203.0.113.1:$a SA -> 1 fe>0a tcp 198.51.100.1:80>10.0.0.10:1000 SA ttl=63',
      '2 02>fe tcp 198.51.100.1:80>203.0.113.1:$b SA -> 1 fe>0b tcp 198.51.100.1:80>10.0.0.11:1000 SA ttl=63',
      '1 0a>fe tcp 10.0.0.10:1000>198.51.100.1:80 A -> 2 fe>02 tcp 203.0.113.1:$a>198.51.100.1:80 A ttl=63',
      '1 0b>fe tcp 10.0.0.11:1000>198.51.100.1:80 A -> 2 fe>02 tcp 203.0.113.1:$b>198.51.100.1:80 A ttl=63',
    ],
    'the outside may not open': [
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 S -> nothing',
      '2 02>fe udp 198.51.100.1:53>203.0.113.1:1000 -> nothing',
      '2 02>fe tcp 198.51.100.1:1000>10.0.0.10:80 S -> nothing',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 echo 1 -> nothing',
    ],
    'an answer from elsewhere is none': [
      '1 0a>fe udp 10.0.0.10:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      '2 02>fe udp 198.51.100.2:53>203.0.113.1:$a -> nothing',
      '2 02>fe udp 198.51.100.1:53>203.0.113.1:$a "!" -> 1 fe>0a udp 198.51.100.1:53>10.0.0.10:1000 "!" ttl=63',
    ],
    'an error tells of the packet under its private address again': [
      '1 0a>fe udp 10.0.0.10:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 error 3/3 {udp 203.0.113.1:$a>198.51.100.1:53} -> 1 fe>0a icmp 198.51.100.1>10.0.0.10 error 3/3 {udp 10.0.0.10:1000>198.51.100.1:53} ttl=63',
      '2 02>fe icmp 192.0.2.9>203.0.113.1 error 11/0 {udp 203.0.113.1:$a>198.51.100.1:53 ttl=1} -> 1 fe>0a icmp 192.0.2.9>10.0.0.10 error 11/0 {udp 10.0.0.10:1000>198.51.100.1:53 ttl=1} ttl=63',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 error 3/3 {udp 203.0.113.1:9>198.51.100.1:53} -> nothing',
    ],
    'an error of a private host leaves under the public address': [
      '1 0a>fe udp 10.0.0.10:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      '2 02>fe udp 198.51.100.1:53>203.0.113.1:$a "!" -> 1 fe>0a udp 198.51.100.1:53>10.0.0.10:1000 "!" ttl=63',
      '1 0a>fe icmp 10.0.0.10>198.51.100.1 error 3/3 {udp 198.51.100.1:53>10.0.0.10:1000} -> 2 fe>02 icmp 203.0.113.1>198.51.100.1 error 3/3 {udp 198.51.100.1:53>203.0.113.1:$a} ttl=63',
    ],
    'pings of two hosts with the same id': [
      '1 0a>fe icmp 10.0.0.10>198.51.100.1 echo 7 -> 2 fe>02 icmp 203.0.113.1>198.51.100.1 echo $a ttl=63',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 reply $a -> 1 fe>0a icmp 198.51.100.1>10.0.0.10 reply 7 ttl=63',
    ],
    'the gateway answers for its addresses': [
      '1 0a>ff arp 0a/10.0.0.10>00/10.0.0.254 request -> 1 fe>0a arp fe/10.0.0.254>0a/10.0.0.10 reply',
      '2 02>ff arp 02/203.0.113.2>00/203.0.113.1 request -> 2 fe>02 arp fe/203.0.113.1>02/203.0.113.2 reply',
      '1 0a>ff arp 0a/10.0.0.10>00/10.0.0.11 request -> nothing',
      '1 0a>33:33:ff:00:00:fe nd [fd00:10::10]>[ff02::1:ff00:fe] solicit fd00:10::fe 0a -> 1 fe>0a nd [fd00:10::fe]>[fd00:10::10] advertise fd00:10::fe fe router',
      '2 02>33:33:ff:00:00:01 nd [2001:db8::2]>[ff02::1:ff00:1] solicit 2001:db8::1 02 -> 2 fe>02 nd [2001:db8::1]>[2001:db8::2] advertise 2001:db8::1 fe router',
      '1 0a>33:33:ff:00:00:fe nd [::]>[ff02::1:ff00:fe] solicit fd00:10::fe -> nothing',
      '1 0a>33:33:ff:00:00:11 nd [fd00:10::10]>[ff02::1:ff00:11] solicit fd00:10::11 0a -> nothing',
    ],
    'the same in IPv6': [
      '1 0a>fe tcp [fd00:10::10]:1000>[2001:db8:1::1]:80 S -> 2 fe>02 tcp [2001:db8::1]:$a>[2001:db8:1::1]:80 S ttl=63',
      '1 0b>fe tcp [fd00:10::11]:1000>[2001:db8:1::1]:80 S -> 2 fe>02 tcp [2001:db8::1]:$b>[2001:db8:1::1]:80 S ttl=63',
      '2 02>fe tcp [2001:db8:1::1]:80>[2001:db8::1]:$b SA -> 1 fe>0b tcp [2001:db8:1::1]:80>[fd00:10::11]:1000 SA ttl=63',
      '2 02>fe tcp [2001:db8:1::1]:80>[2001:db8::1]:$a SA -> 1 fe>0a tcp [2001:db8:1::1]:80>[fd00:10::10]:1000 SA ttl=63',
      '1 0a>fe udp [fd00:10::10]:1000>[2001:db8:1::1]:53 -> 2 fe>02 udp [2001:db8::1]:$c>[2001:db8:1::1]:53 ttl=63',
      '2 02>fe icmpv6 [2001:db8:9::9]>[2001:db8::1] error 3/0 {udp [2001:db8::1]:$c>[2001:db8:1::1]:53 ttl=1} -> 1 fe>0a icmpv6 [2001:db8:9::9]>[fd00:10::10] error 3/0 {udp [fd00:10::10]:1000>[2001:db8:1::1]:53 ttl=1} ttl=63',
      '2 02>fe tcp [2001:db8:1::1]:1000>[2001:db8::1]:80 S -> nothing',
      '2 02>fe tcp [2001:db8:1::1]:1000>[fd00:10::10]:80 S -> nothing',
      '1 0a>fe udp [fd00:99::10]:1000>[2001:db8:1::1]:53 -> nothing',
    ],
    'with the table full nothing leaves under a private address': [
      '1 0a>fe udp 10.0.0.10:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      { maxConnections: 1 },
      '1 0b>fe udp 10.0.0.11:1000>198.51.100.1:53 -> nothing',
      '1 0b>fe udp [fd00:10::11]:1000>[2001:db8:1::1]:53 -> nothing',
      '2 02>fe udp 198.51.100.1:53>203.0.113.1:$a -> 1 fe>0a udp 198.51.100.1:53>10.0.0.10:1000 ttl=63',
    ],
    'a question that nobody answers is forgotten after a minute': [
      '1 0a>fe udp 10.0.0.10:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      { wait: 61 },
      '2 02>fe udp 198.51.100.1:53>203.0.113.1:$a -> nothing',
    ],
  },
};
