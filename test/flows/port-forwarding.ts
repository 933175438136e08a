/** What passes flows/port-forwarding.flows: from outside, and from inside by way of the public address. */
import type { Program } from '../helpers/flow-program.js';

export const portForwarding: Program = {
  name: 'port-forwarding',
  portCount: 2,
  scenarios: {
    'a client outside': [
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 S -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 S ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>198.51.100.1:1000 SA -> 2 fe>02 tcp 203.0.113.1:80>198.51.100.1:1000 SA ttl=63',
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 A -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 A ttl=63',
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 FA -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 FA ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>198.51.100.1:1000 FA 1/2 -> 2 fe>02 tcp 203.0.113.1:80>198.51.100.1:1000 FA 1/2 ttl=63',
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 A 2/2 -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 A 2/2 ttl=63',
    ],
    'a client inside: hairpin': [
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 S -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 S ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:$a SA -> 1 fe>0b tcp 203.0.113.1:80>10.0.0.11:1000 SA ttl=63',
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 A -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 A ttl=63',
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 PA "hello" -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 PA "hello" ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:$a A 1/6 -> 1 fe>0b tcp 203.0.113.1:80>10.0.0.11:1000 A 1/6 ttl=63',
    ],
    'two clients inside with the same port': [
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 S -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 S ttl=63',
      '1 0c>fe tcp 10.0.0.12:1000>203.0.113.1:80 S -> 1 fe>10 tcp 10.0.0.254:$b>10.0.0.10:8080 S ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:$b SA -> 1 fe>0c tcp 203.0.113.1:80>10.0.0.12:1000 SA ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:$a SA -> 1 fe>0b tcp 203.0.113.1:80>10.0.0.11:1000 SA ttl=63',
    ],
    'the server itself, by its public address': [
      '1 10>fe tcp 10.0.0.10:1000>203.0.113.1:80 S -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 S ttl=63',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:$a SA -> 1 fe>10 tcp 203.0.113.1:80>10.0.0.10:1000 SA ttl=63',
    ],
    'errors reach whom they concern': [
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 S -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 S ttl=63',
      '1 10>fe icmp 10.0.0.10>198.51.100.1 error 3/3 {tcp 198.51.100.1:1000>10.0.0.10:8080 S} -> 2 fe>02 icmp 203.0.113.1>198.51.100.1 error 3/3 {tcp 198.51.100.1:1000>203.0.113.1:80 S} ttl=63',
      '2 02>fe icmp 192.0.2.9>203.0.113.1 error 3/4 {tcp 203.0.113.1:80>198.51.100.1:1000 SA} -> 1 fe>10 icmp 192.0.2.9>10.0.0.10 error 3/4 {tcp 10.0.0.10:8080>198.51.100.1:1000 SA} ttl=63',
    ],
    'errors about a hairpin, from either end': [
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 S -> 1 fe>10 tcp 10.0.0.254:$a>10.0.0.10:8080 S ttl=63',
      '1 10>fe icmp 10.0.0.10>10.0.0.254 error 3/3 {tcp 10.0.0.254:$a>10.0.0.10:8080 S} -> 1 fe>0b icmp 203.0.113.1>10.0.0.11 error 3/3 {tcp 10.0.0.11:1000>203.0.113.1:80 S} ttl=63',
      '1 0b>fe icmp 10.0.0.11>203.0.113.1 error 3/4 {tcp 203.0.113.1:80>10.0.0.11:1000 SA} -> 1 fe>10 icmp 10.0.0.254>10.0.0.10 error 3/4 {tcp 10.0.0.10:8080>10.0.0.254:$a SA} ttl=63',
    ],
    'the gateway answers for its addresses': [
      '1 0b>ff arp 0b/10.0.0.11>00/10.0.0.254 request -> 1 fe>0b arp fe/10.0.0.254>0b/10.0.0.11 reply',
      '2 02>ff arp 02/203.0.113.2>00/203.0.113.1 request -> 2 fe>02 arp fe/203.0.113.1>02/203.0.113.2 reply',
    ],
    'the same in IPv6, from outside and hairpin': [
      '2 02>fe tcp [2001:db8:1::1]:1000>[2001:db8::1]:80 S -> 1 fe>10 tcp [2001:db8:1::1]:1000>[fd00:10::10]:8080 S ttl=63',
      '1 10>fe tcp [fd00:10::10]:8080>[2001:db8:1::1]:1000 SA -> 2 fe>02 tcp [2001:db8::1]:80>[2001:db8:1::1]:1000 SA ttl=63',
      '1 0b>fe tcp [fd00:10::11]:1000>[2001:db8::1]:80 S -> 1 fe>10 tcp [fd00:10::fe]:$a>[fd00:10::10]:8080 S ttl=63',
      '1 10>fe tcp [fd00:10::10]:8080>[fd00:10::fe]:$a SA -> 1 fe>0b tcp [2001:db8::1]:80>[fd00:10::11]:1000 SA ttl=63',
      '1 10>fe tcp [fd00:10::10]:1000>[2001:db8::1]:80 S -> 1 fe>10 tcp [fd00:10::fe]:$b>[fd00:10::10]:8080 S ttl=63',
      '2 02>fe tcp [2001:db8:1::1]:1000>[fd00:10::10]:8080 S -> nothing',
      '2 02>fe tcp [2001:db8:1::1]:1000>[2001:db8::1]:22 S -> nothing',
      '2 02>33:33:ff:00:00:01 nd [2001:db8::2]>[ff02::1:ff00:1] solicit 2001:db8::1 02 -> 2 fe>02 nd [2001:db8::1]>[2001:db8::2] advertise 2001:db8::1 fe router',
      '2 02>33:33:ff:00:00:01 nd [::]>[ff02::1:ff00:1] solicit 2001:db8::1 -> nothing',
      '1 0b>33:33:ff:00:00:fe nd [fd00:10::11]>[ff02::1:ff00:fe] solicit fd00:10::fe 0b -> 1 fe>0b nd [fd00:10::fe]>[fd00:10::11] advertise fd00:10::fe fe router',
    ],
    'nothing else is forwarded': [
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:22 S -> nothing',
      '2 02>fe tcp 198.51.100.1:1000>10.0.0.10:8080 S -> nothing',
      '2 02>fe udp 198.51.100.1:1000>203.0.113.1:80 -> nothing',
      '1 10>fe tcp 10.0.0.10:8080>198.51.100.1:1000 SA -> nothing',
      '1 10>fe tcp 10.0.0.10:8080>10.0.0.254:2000 SA -> nothing',
      '1 10>fe tcp 10.0.0.10:1000>198.51.100.1:80 S -> nothing',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 echo 1 -> nothing',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 error 3/3 {tcp 203.0.113.1:80>198.51.100.1:1000 SA} -> nothing',
    ],
    'with the table full a client is not let through untranslated': [
      '2 02>fe tcp 198.51.100.1:1000>203.0.113.1:80 S -> 1 fe>10 tcp 198.51.100.1:1000>10.0.0.10:8080 S ttl=63',
      { maxConnections: 1 },
      '2 02>fe tcp 198.51.100.1:1001>203.0.113.1:80 S -> nothing',
      { maxConnections: 2 },
      // There is room for the one half of a hairpin, but not for the other.
      '1 0b>fe tcp 10.0.0.11:1000>203.0.113.1:80 S -> nothing',
    ],
  },
  ownScenarios: {
    'errors about TCP in IPv6': [
      '2 02>fe tcp [2001:db8:1::1]:1000>[2001:db8::1]:80 S -> 1 fe>10 tcp [2001:db8:1::1]:1000>[fd00:10::10]:8080 S ttl=63',
      '1 0b>fe tcp [fd00:10::11]:1000>[2001:db8::1]:80 S -> 1 fe>10 tcp [fd00:10::fe]:$a>[fd00:10::10]:8080 S ttl=63',
      '1 10>fe icmpv6 [fd00:10::10]>[2001:db8:1::1] error 1/4 {tcp [2001:db8:1::1]:1000>[fd00:10::10]:8080 S} -> 2 fe>02 icmpv6 [2001:db8::1]>[2001:db8:1::1] error 1/4 {tcp [2001:db8:1::1]:1000>[2001:db8::1]:80 S} ttl=63',
      '2 02>fe icmpv6 [2001:db8:9::9]>[2001:db8::1] error 2/0 {tcp [2001:db8::1]:80>[2001:db8:1::1]:1000 SA} -> 1 fe>10 icmpv6 [2001:db8:9::9]>[fd00:10::10] error 2/0 {tcp [fd00:10::10]:8080>[2001:db8:1::1]:1000 SA} ttl=63',
      '1 10>fe icmpv6 [fd00:10::10]>[fd00:10::fe] error 1/4 {tcp [fd00:10::fe]:$a>[fd00:10::10]:8080 S} -> 1 fe>0b icmpv6 [2001:db8::1]>[fd00:10::11] error 1/4 {tcp [fd00:10::11]:1000>[2001:db8::1]:80 S} ttl=63',
      '1 0b>fe icmpv6 [fd00:10::11]>[2001:db8::1] error 2/0 {tcp [2001:db8::1]:80>[fd00:10::11]:1000 SA} -> 1 fe>10 icmpv6 [fd00:10::fe]>[fd00:10::10] error 2/0 {tcp [fd00:10::10]:8080>[fd00:10::fe]:$a SA} ttl=63',
    ],
  },
};
