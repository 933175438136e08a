/** What passes flows/stateful-firewall.flows, and what does not. */
import type { Program } from '../helpers/flow-program.js';

export const statefulFirewall: Program = {
  name: 'stateful-firewall',
  portCount: 2,
  scenarios: {
    'the inside opens, both talk, both close': [
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 S -> 2 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> 1 same',
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 A -> 2 same',
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 PA "hello" -> 2 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 A 1/6 -> 1 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 FA 1/6 -> 1 same',
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 FA 6/2 -> 2 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 A 2/7 -> 1 same',
    ],
    'the outside may not open': [
      '2 02>01 tcp 10.0.0.2:1000>10.0.0.1:80 S -> nothing',
      '2 02>01 udp 10.0.0.2:1000>10.0.0.1:53 "?" -> nothing',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 echo 1 -> nothing',
      '2 02>01 tcp [fd00::2]:1000>[fd00::1]:80 S -> nothing',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> nothing',
    ],
    'a segment far outside the window is invalid, whoever sends it': [
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 S -> 2 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> 1 same',
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 A -> 2 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 PA 900000000/1 "x" -> nothing',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 R 900000000/0 -> nothing',
    ],
    'ping from the inside, both families': [
      '1 01>02 icmp 10.0.0.1>10.0.0.2 echo 7 -> 2 same',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 reply 7 -> 1 same',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 reply 8 -> nothing',
      '1 01>02 icmpv6 [fd00::1]>[fd00::2] echo 7 -> 2 same',
      '2 02>01 icmpv6 [fd00::2]>[fd00::1] reply 7 -> 1 same',
    ],
    'errors about what the inside has sent come back, others do not': [
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 "?" -> 2 same',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 error 3/3 {udp 10.0.0.1:1000>10.0.0.2:53} -> 1 same',
      '2 02>01 icmp 10.9.9.9>10.0.0.1 error 11/0 {udp 10.0.0.1:1000>10.0.0.2:53 ttl=1} -> 1 same',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 error 3/3 {udp 10.0.0.1:1001>10.0.0.2:53} -> nothing',
      '1 01>02 udp [fd00::1]:1000>[fd00::2]:53 "?" -> 2 same',
      '2 02>01 icmpv6 [fd00::2]>[fd00::1] error 1/4 {udp [fd00::1]:1000>[fd00::2]:53} -> 1 same',
    ],
    'neighbours find each other': [
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.2 request -> 2 same',
      '2 02>01 arp 02/10.0.0.2>01/10.0.0.1 reply -> 1 same',
      '2 02>33:33:ff:00:00:01 nd [fd00::2]>[ff02::1:ff00:1] solicit fd00::1 02 -> 1 same',
      '1 01>02 nd [fd00::1]>[fd00::2] advertise fd00::1 01 -> 2 same',
      '1 01>33:33:00:00:00:02 nd [fe80::1]>[ff02::2] routers -> 2 same',
      '2 02>33:33:00:00:00:01 nd [fe80::2]>[ff02::1] router -> 1 same',
    ],
    'no neighbour from beyond a router, no router inside': [
      '2 02>01 nd [fd00::2]>[fd00::1] advertise fd00::2 02 ttl=254 -> nothing',
      '2 02>01 nd [fd00::2]>[fd00::1] solicit fd00::1 02 ttl=64 -> nothing',
      '1 01>33:33:00:00:00:01 nd [fe80::1]>[ff02::1] router -> nothing',
      '2 02>33:33:00:00:00:02 nd [fe80::2]>[ff02::2] routers -> nothing',
      '2 02>01 icmpv6 [fe80::2]>[fd00::1] type 137 ttl=255 -> nothing',
    ],
    'an SCTP association, from the inside only': [
      '1 01>02 sctp 10.0.0.1:1000>10.0.0.2:2905 "init" -> 2 same',
      '2 02>01 sctp 10.0.0.2:2905>10.0.0.1:1000 "ack" -> 1 same',
      '2 02>01 sctp 10.0.0.3:1000>10.0.0.1:2905 "init" -> nothing',
    ],
    'a question that nobody answers is forgotten after a minute': [
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 "?" -> 2 same',
      { wait: 59 },
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 "?" -> 2 same',
      { wait: 61 },
      '2 02>01 udp 10.0.0.2:53>10.0.0.1:1000 "!" -> nothing',
    ],
    'with the table full a new packet passes once, but its answer does not; connections there are go on': [
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 "?" -> 2 same',
      { maxConnections: 1 },
      '1 01>02 udp 10.0.0.1:1001>10.0.0.2:53 "?" -> 2 same',
      '2 02>01 udp 10.0.0.2:53>10.0.0.1:1001 "!" -> nothing',
      '2 02>01 udp 10.0.0.2:53>10.0.0.1:1000 "!" -> 1 same',
    ],
    'neither IP nor ARP does not pass': ['1 01>02 type=88cc 0203 -> nothing'],
  },
};
