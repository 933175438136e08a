/** What passes flows/security-group.flows: rules, guards, and both at the border between ports and network. */
import type { Program } from '../helpers/flow-program.js';

export const securityGroup: Program = {
  name: 'security-group',
  portCount: 4,
  scenarios: {
    'allowed networks reach the web, on its ports only': [
      '4 04>11 tcp 192.0.2.7:1000>10.0.0.11:80 S -> 1 same',
      '1 11>04 tcp 10.0.0.11:80>192.0.2.7:1000 SA -> 4 same',
      '4 04>11 tcp 192.0.2.7:1000>10.0.0.11:80 A -> 1 same',
      '4 04>11 tcp 198.51.100.7:1000>10.0.0.11:443 S -> 1 same',
      '4 04>11 tcp 192.0.2.7:1000>10.0.0.11:22 S -> nothing',
      '4 04>11 tcp 203.0.113.7:1000>10.0.0.11:80 S -> nothing',
      '4 04>11 udp 192.0.2.7:1000>10.0.0.11:80 -> nothing',
    ],
    'the database is there for the group of the web only': [
      '1 11>12 tcp 10.0.0.11:1000>10.0.0.12:5432 S -> 2 same',
      '2 12>11 tcp 10.0.0.12:5432>10.0.0.11:1000 SA -> 1 same',
      '1 11>12 tcp 10.0.0.11:1000>10.0.0.12:5432 A -> 2 same',
      '4 21>12 tcp 10.0.0.21:1000>10.0.0.12:6432 S -> 2 same',
      '1 11>12 tcp 10.0.0.11:1000>10.0.0.12:80 S -> nothing',
      '3 13>12 tcp 10.0.0.13:1000>10.0.0.12:5432 S -> nothing',
      '4 04>12 tcp 192.0.2.7:1000>10.0.0.12:5432 S -> nothing',
    ],
    'the administration may log in and ping, nobody else': [
      '3 13>11 tcp 10.0.0.13:1000>10.0.0.11:22 S -> 1 same',
      '3 13>12 icmp 10.0.0.13>10.0.0.12 echo 1 -> 2 same',
      '2 12>13 icmp 10.0.0.12>10.0.0.13 reply 1 -> 3 same',
      '1 11>12 tcp 10.0.0.11:1000>10.0.0.12:22 S -> nothing',
      '1 11>13 icmp 10.0.0.11>10.0.0.13 echo 1 -> nothing',
    ],
    'outwards everything may be opened, and what relates to it comes back': [
      '2 12>04 udp 10.0.0.12:1000>192.0.2.7:53 -> 4 same',
      '4 04>12 udp 192.0.2.7:53>10.0.0.12:1000 -> 2 same',
      '4 04>12 icmp 192.0.2.7>10.0.0.12 error 3/3 {udp 10.0.0.12:1000>192.0.2.7:53} -> 2 same',
      '4 04>12 icmp 192.0.2.7>10.0.0.12 error 3/3 {udp 10.0.0.12:1001>192.0.2.7:53} -> nothing',
      '4 04>12 udp 192.0.2.7:54>10.0.0.12:1000 -> nothing',
      { wait: 121 },
      '4 04>12 udp 192.0.2.7:53>10.0.0.12:1000 -> nothing',
    ],
    'nobody has a false address': [
      '1 11>04 udp 10.0.0.99:1000>192.0.2.7:53 -> nothing',
      '1 99>04 udp 10.0.0.11:1000>192.0.2.7:53 -> nothing',
      '1 12>04 udp 10.0.0.12:1000>192.0.2.7:53 -> nothing',
      '1 11>ff arp 11/10.0.0.1>00/10.0.0.12 request -> nothing',
      '1 11>ff arp 99/10.0.0.11>00/10.0.0.12 request -> nothing',
      '1 11>33:33:ff:00:00:01 nd [fe80::11]>[ff02::1:ff00:1] solicit fe80::1 12 -> nothing',
      '1 11>04 nd [fe80::11]>[fe80::1] advertise fe80::1 11 -> nothing',
      '1 11>33:33:00:00:00:01 nd [fe80::11]>[ff02::1] router -> nothing',
      '1 11>12 tcp [fd00::11]:1000>[fd00::12]:5432 S -> nothing',
    ],
    'with the own one neighbours are found': [
      '1 11>ff arp 11/10.0.0.11>00/10.0.0.12 request -> 2 same & 3 same & 4 same',
      '2 12>11 arp 12/10.0.0.12>11/10.0.0.11 reply -> 1 same',
      '4 04>12 arp 04/10.0.0.1>12/10.0.0.12 reply -> 2 same',
      '3 13>33:33:ff:00:00:01 nd [fe80::13]>[ff02::1:ff00:1] solicit fe80::1 13 -> 1 same & 2 same & 4 same',
      '3 13>04 nd [fe80::13]>[fe80::1] advertise fe80::13 13 -> 4 same',
    ],
    'ports may ask for an address, but not give any': [
      '1 11>ff udp 0.0.0.0:68>255.255.255.255:67 -> 4 same',
      '1 11>04 arp 11/10.0.0.11>04/10.0.0.1 reply -> 2 same & 3 same & 4 same',
      '4 04>11 udp 10.0.0.1:67>10.0.0.11:68 -> 1 same',
      '1 11>12 udp 10.0.0.11:67>10.0.0.12:68 -> nothing',
    ],
    'what comes from the network does not go back there': ['4 04>05 tcp 192.0.2.7:1000>10.0.0.50:80 S -> nothing'],
    'with the table full an allowed packet passes, but its answer belongs to nothing': [
      { maxConnections: 0 },
      '4 04>11 tcp 192.0.2.7:1000>10.0.0.11:80 S -> 1 same',
      '1 11>12 tcp 10.0.0.11:1000>10.0.0.12:5432 S -> 2 same',
      '2 12>11 tcp 10.0.0.12:5432>10.0.0.11:1000 SA -> nothing',
    ],
  },
};
