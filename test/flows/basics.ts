/** What passes the programs in flows/ that need no connection tracking. */
import type { Program } from '../helpers/flow-program.js';

export const hub: Program = {
  name: 'hub',
  portCount: 3,
  scenarios: {
    'everything goes everywhere, whoever has been heard': [
      '1 01>02 tcp 10.0.0.1:1000>10.0.0.2:80 S -> 2 same & 3 same',
      '2 02>01 tcp 10.0.0.2:80>10.0.0.1:1000 SA -> 1 same & 3 same',
      '3 03>ff arp 03/10.0.0.3>00/10.0.0.1 request -> 1 same & 2 same',
      '3 03>02 type=88cc 0203 -> 1 same & 2 same',
    ],
  },
};

export const l2Learning: Program = {
  name: 'l2-learning',
  portCount: 3,
  scenarios: {
    'a station that has been heard is found': [
      '1 01>02 udp 10.0.0.1:1>10.0.0.2:2 -> 2 same & 3 same',
      '2 02>01 udp 10.0.0.2:2>10.0.0.1:1 -> 1 same',
      // Open vSwitch goes over its cached flows a moment after it has learned something.
      { wait: 1 },
      '1 01>02 udp 10.0.0.1:1>10.0.0.2:2 -> 2 same',
      // Open vSwitch learns from statistics of cached flows too: they have to be in before a station moves.
      { wait: 1 },
      '2 01>03 udp 10.0.0.1:1>10.0.0.3:2 -> 1 same & 3 same',
      '3 03>01 udp 10.0.0.3:2>10.0.0.1:1 -> 2 same',
    ],
    'broadcasts go everywhere, what is for bridges nowhere': [
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.2 request -> 2 same & 3 same',
      '1 01>01:80:c2:00:00:00 type=88cc 0203 -> nothing',
      '1 01:00:5e:00:00:01>02 udp 10.0.0.1:1>10.0.0.2:2 -> nothing',
    ],
  },
};

export const statelessAcl: Program = {
  name: 'stateless-acl',
  portCount: 2,
  scenarios: {
    'what the list allows': [
      '1 01>50 tcp 10.0.2.1:1000>10.0.0.80:80 S -> 2 same',
      '2 50>01 tcp 10.0.0.80:80>10.0.2.1:1000 SA -> 1 same',
      '1 01>50 tcp 10.0.1.1:1000>10.0.0.80:22 S -> 2 same',
      '1 01>50 tcp 10.0.2.1:1000>10.0.0.80:443 S -> 2 same',
      '1 01>50 icmp 10.0.2.1>10.0.0.80 echo 1 -> 2 same',
      '2 50>01 icmp 10.0.0.80>10.0.2.1 reply 1 -> 1 same',
      '2 50>01 tcp 10.0.0.80:443>10.0.2.1:1000 R -> 1 same',
      '1 01>ff arp 01/10.0.2.1>00/10.0.0.80 request -> 2 same',
    ],
    'what it does not': [
      '1 01>50 tcp 192.0.2.7:1000>10.0.0.80:80 S -> nothing',
      '1 01>50 tcp 10.0.2.1:1000>10.0.0.80:22 S -> nothing',
      '1 01>50 udp 10.0.2.1:1000>10.0.0.80:80 -> nothing',
      '2 50>01 tcp 10.0.0.80:1000>10.0.2.1:80 S -> nothing',
      '2 50>01 icmp 10.0.0.80>10.0.2.1 echo 1 -> nothing',
    ],
  },
};

export const vlanTrunk: Program = {
  name: 'vlan-trunk',
  portCount: 4,
  scenarios: {
    'access ports see no tags, the trunk nothing else': [
      '1 01>02 udp 10.0.0.1:1>10.0.0.2:2 -> 2 same & 4 01>02 vlan=10 udp 10.0.0.1:1>10.0.0.2:2',
      '2 02>01 udp 10.0.0.2:1>10.0.0.1:2 -> 1 same & 4 02>01 vlan=10 udp 10.0.0.2:1>10.0.0.1:2',
      '3 03>02 udp 10.0.0.3:1>10.0.0.2:2 -> 4 03>02 vlan=20 udp 10.0.0.3:1>10.0.0.2:2',
      '4 05>01 vlan=10 udp 10.0.0.5:1>10.0.0.1:2 -> 1 05>01 udp 10.0.0.5:1>10.0.0.1:2 & 2 05>01 udp 10.0.0.5:1>10.0.0.1:2',
      '4 05>01 vlan=20 udp 10.0.0.5:1>10.0.0.1:2 -> 3 05>01 udp 10.0.0.5:1>10.0.0.1:2',
    ],
    'what does not belong': [
      '1 01>02 vlan=10 udp 10.0.0.1:1>10.0.0.2:2 -> nothing',
      '1 01>02 vlan=20 udp 10.0.0.1:1>10.0.0.2:2 -> nothing',
      '4 05>01 udp 10.0.0.5:1>10.0.0.1:2 -> nothing',
      '4 05>01 vlan=30 udp 10.0.0.5:1>10.0.0.1:2 -> nothing',
    ],
  },
};

export const arpResponder: Program = {
  name: 'arp-responder',
  portCount: 3,
  scenarios: {
    'known hosts are answered for': [
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.2 request -> 1 02>01 arp 02/10.0.0.2>01/10.0.0.1 reply',
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.3 request -> 1 03>01 arp 03/10.0.0.3>01/10.0.0.1 reply',
      '3 03>ff arp 03/10.0.0.3>00/10.0.0.1 request -> 3 01>03 arp 01/10.0.0.1>03/10.0.0.3 reply',
      '1 01>33:33:ff:00:00:02 nd [fd00::1]>[ff02::1:ff00:2] solicit fd00::2 01 -> 1 02>01 nd [fd00::2]>[fd00::1] advertise fd00::2 02',
      '1 01>33:33:ff:00:00:03 nd [fd00::1]>[ff02::1:ff00:3] solicit fd00::3 01 -> 1 03>01 nd [fd00::3]>[fd00::1] advertise fd00::3 03',
      '2 02>01 nd [fd00::2]>[fd00::1] solicit fd00::1 02 -> 2 01>02 nd [fd00::1]>[fd00::2] advertise fd00::1 01',
    ],
    'who does not say that he asks is sent on': [
      '1 01>33:33:ff:00:00:02 nd [::]>[ff02::1:ff00:2] solicit fd00::2 -> 2 same',
      '2 02>33:33:ff:00:00:01 nd [::]>[ff02::1:ff00:1] solicit fd00::1 -> 1 same',
      '2 02>33:33:ff:00:00:03 nd [::]>[ff02::1:ff00:3] solicit fd00::3 -> 3 same',
      '1 01>33:33:ff:00:00:09 nd [::]>[ff02::1:ff00:9] solicit fd00::9 -> nothing',
    ],
    'unknown ones are not, and an answer of a host goes nowhere': [
      '1 01>ff arp 01/10.0.0.1>00/10.0.0.9 request -> nothing',
      '2 02>01 arp 02/10.0.0.2>01/10.0.0.1 reply -> nothing',
      '1 01>33:33:ff:00:00:09 nd [fd00::1]>[ff02::1:ff00:9] solicit fd00::9 01 -> nothing',
    ],
    'packets go to the host with the address': [
      '1 01>02 udp 10.0.0.1:1>10.0.0.2:2 -> 2 same',
      '1 01>03 udp 10.0.0.1:1>10.0.0.3:2 -> 3 same',
      '2 02>01 nd [fd00::2]>[fd00::1] advertise fd00::2 02 -> 1 same',
      '1 01>09 udp 10.0.0.1:1>10.0.0.2:2 -> nothing',
    ],
  },
};
