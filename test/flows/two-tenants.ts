/** What passes flows/two-tenants.flows, and what does not: the same addresses and ports on both sides of the wall. */
import type { Program } from '../helpers/flow-program.js';

export const twoTenants: Program = {
  name: 'two-tenants',
  portCount: 4,
  scenarios: {
    'one connection of each tenant, alike in all they say': [
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 S -> 2 same',
      '4 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> nothing',
      '3 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 S 500/0 -> 4 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> 1 same',
      '4 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA 700/501 -> 3 same',
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 A -> 2 same',
      '3 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 A 501/701 -> 4 same',
    ],
    "the end of one tenant's connection is not the other's": [
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 -> 2 same',
      '3 01>02 udp 10.0.0.1:1000>10.0.0.2:53 -> 4 same',
      { wait: 40 },
      '3 01>02 udp 10.0.0.1:1000>10.0.0.2:53 -> 4 same',
      { wait: 40 },
      '2 02>01 udp 10.0.0.2:53>10.0.0.1:1000 -> nothing',
      '4 02>01 udp 10.0.0.2:53>10.0.0.1:1000 -> 3 same',
    ],
    'who may only answer may not open': [
      '2 02>01 tcp 10.0.0.2:1000>10.0.0.1:80 S -> nothing',
      '4 02>01 icmp 10.0.0.2>10.0.0.1 echo 1 -> nothing',
    ],
    'errors stay with their tenant': [
      '1 01>02 udp 10.0.0.1:1000>10.0.0.2:53 -> 2 same',
      '4 02>01 icmp 10.0.0.2>10.0.0.1 error 3/3 {udp 10.0.0.1:1000>10.0.0.2:53} -> nothing',
      '2 02>01 icmp 10.0.0.2>10.0.0.1 error 3/3 {udp 10.0.0.1:1000>10.0.0.2:53} -> 1 same',
    ],
    'IPv6 is tracked likewise': [
      '1 01>02 tcp [fd00::1]:1000>[fd00::2]:80 S -> 2 same',
      '4 02>01 tcp [fd00::2]:80>[fd00::1]:1000 SA -> nothing',
      '2 02>01 tcp [fd00::2]:80>[fd00::1]:1000 SA -> 1 same',
      '2 02>01 icmpv6 [fd00::2]>[fd00::1] echo 1 -> nothing',
      '3 01>02 tcp [fd00::1]:1000>[fd00::2]:80 S -> 4 same',
      '4 02>01 tcp [fd00::2]:80>[fd00::1]:1000 SA -> 3 same',
    ],
    'ARP and neighbour discovery do too': [
      '1 01>33:33:ff:00:00:02 nd [fd00::1]>[ff02::1:ff00:2] solicit fd00::2 01 -> 2 same',
      '2 02>01 nd [fd00::2]>[fd00::1] advertise fd00::2 02 -> 1 same',
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.2 request -> 2 same',
      '4 02>01 arp 02/10.0.0.2>01/10.0.0.1 reply -> 3 same',
    ],
  },
};
