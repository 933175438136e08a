/** What passes flows/ftp-tftp-nat.flows: control connections, the data connections they announce, and nothing else. */
import type { Program } from '../helpers/flow-program.js';

const READ_REQUEST = '"\x00\x01file\x00octet\x00"';

/** As the client writes it, and as the server must see it: two bytes longer. */
const PORT = '"PORT 10,0,0,10,4,1\r\n"';
const PORT_OUTSIDE = '"PORT 203,0,113,1,4,1\r\n"';
const PASSIVE = '"227 Entering Passive Mode (10,0,0,10,4,1).\r\n"';
const PASSIVE_OUTSIDE = '"227 Entering Passive Mode (203,0,113,1,4,1).\r\n"';

export const ftpTftpNat: Program = {
  name: 'ftp-tftp-nat',
  portCount: 2,
  scenarios: {
    'a file by TFTP, from outside': [
      `1 0a>fe udp 10.0.0.10:1000>203.0.113.2:69 ${READ_REQUEST} -> 2 fe>02 udp 203.0.113.1:1000>203.0.113.2:69 ${READ_REQUEST} ttl=63`,
      '2 02>fe udp 203.0.113.2:4000>203.0.113.1:1001 -> nothing',
      '2 02>fe udp 203.0.113.2:4000>203.0.113.1:1000 "1" -> 1 fe>0a udp 203.0.113.2:4000>10.0.0.10:1000 "1" ttl=63',
      '1 0a>fe udp 10.0.0.10:1000>203.0.113.2:4000 "2" -> 2 fe>02 udp 203.0.113.1:1000>203.0.113.2:4000 "2" ttl=63',
    ],
    'a file by TFTP, from the server inside': [
      `2 02>fe udp 203.0.113.2:1000>203.0.113.1:69 ${READ_REQUEST} -> 1 fe>10 udp 203.0.113.2:1000>10.0.0.10:69 ${READ_REQUEST} ttl=63`,
      '1 10>fe udp 10.0.0.10:4000>203.0.113.2:1000 "1" -> 2 fe>02 udp 203.0.113.1:4000>203.0.113.2:1000 "1" ttl=63',
      '2 02>fe udp 203.0.113.2:1000>203.0.113.1:4000 "2" -> 1 fe>10 udp 203.0.113.2:1000>10.0.0.10:4000 "2" ttl=63',
    ],
    'files by TFTP in IPv6, from outside and from the server inside': [
      `1 0a>fe udp [fd00:10::a]:1000>[2001:db8::2]:69 ${READ_REQUEST} -> 2 fe>02 udp [2001:db8::1]:1000>[2001:db8::2]:69 ${READ_REQUEST} ttl=63`,
      '2 02>fe udp [2001:db8::2]:4000>[2001:db8::1]:1001 -> nothing',
      '2 02>fe udp [2001:db8::2]:4000>[2001:db8::1]:1000 "1" -> 1 fe>0a udp [2001:db8::2]:4000>[fd00:10::a]:1000 "1" ttl=63',
      `2 02>fe udp [2001:db8::2]:1000>[2001:db8::1]:69 ${READ_REQUEST} -> 1 fe>10 udp [2001:db8::2]:1000>[fd00:10::10]:69 ${READ_REQUEST} ttl=63`,
      '1 10>fe udp [fd00:10::10]:4001>[2001:db8::2]:1000 "1" -> 2 fe>02 udp [2001:db8::1]:4001>[2001:db8::2]:1000 "1" ttl=63',
    ],
    'other connections of private hosts, and errors about them': [
      '1 0a>fe udp 10.0.0.11:1000>198.51.100.1:53 -> 2 fe>02 udp 203.0.113.1:$a>198.51.100.1:53 ttl=63',
      '2 02>fe icmp 198.51.100.1>203.0.113.1 error 3/3 {udp 203.0.113.1:$a>198.51.100.1:53} -> 1 fe>0a icmp 198.51.100.1>10.0.0.11 error 3/3 {udp 10.0.0.11:1000>198.51.100.1:53} ttl=63',
      '1 0a>fe udp [fd00:10::a]:1000>[2001:db8:1::1]:53 -> 2 fe>02 udp [2001:db8::1]:$b>[2001:db8:1::1]:53 ttl=63',
      '2 02>fe udp [2001:db8:1::1]:53>[2001:db8::1]:$b "!" -> 1 fe>0a udp [2001:db8:1::1]:53>[fd00:10::a]:1000 "!" ttl=63',
      '1 0a>fe tcp 10.0.0.11:1000>198.51.100.1:80 SA -> nothing',
      { maxConnections: 2 },
      '1 0a>fe udp 10.0.0.11:1001>198.51.100.1:53 -> nothing',
      '1 0a>fe udp [fd00:10::a]:1001>[2001:db8:1::1]:53 -> nothing',
    ],
    'control connections in IPv6': [
      '1 0a>fe tcp [fd00:10::a]:1000>[2001:db8::2]:21 S -> 2 fe>02 tcp [2001:db8::1]:$a>[2001:db8::2]:21 S ttl=63',
      '2 02>fe tcp [2001:db8::2]:1000>[2001:db8::1]:21 S -> 1 fe>10 tcp [2001:db8::2]:1000>[fd00:10::10]:21 S ttl=63',
    ],
    'a control connection alone opens no way': [
      '1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 S -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 S ttl=63',
      '2 02>fe tcp 203.0.113.2:21>203.0.113.1:$a SA -> 1 fe>0a tcp 203.0.113.2:21>10.0.0.10:1000 SA ttl=63',
      '1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 A -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 A ttl=63',
      '2 02>fe tcp 203.0.113.2:20>203.0.113.1:1025 S -> nothing',
    ],
    'other services of the server are not for the outside': [
      '2 02>fe tcp 203.0.113.2:1000>203.0.113.1:80 S -> nothing',
      '2 02>fe udp 203.0.113.2:1000>203.0.113.1:53 -> nothing',
      '2 02>fe tcp 203.0.113.2:1000>10.0.0.10:21 S -> nothing',
      '2 02>fe tcp [2001:db8::2]:1000>[2001:db8::1]:80 S -> nothing',
    ],
    'the gateway answers for its addresses': [
      '1 0a>ff arp 0a/10.0.0.10>00/10.0.0.254 request -> 1 fe>0a arp fe/10.0.0.254>0a/10.0.0.10 reply',
      '2 02>ff arp 02/203.0.113.2>00/203.0.113.1 request -> 2 fe>02 arp fe/203.0.113.1>02/203.0.113.2 reply',
      '1 0a>33:33:ff:00:00:fe nd [::]>[ff02::1:ff00:fe] solicit fd00:10::fe -> nothing',
      '2 02>33:33:ff:00:00:01 nd [2001:db8::2]>[ff02::1:ff00:1] solicit 2001:db8::1 02 -> 2 fe>02 nd [2001:db8::1]>[2001:db8::2] advertise 2001:db8::1 fe router',
      '1 0a>33:33:ff:00:00:fe nd [fd00:10::a]>[ff02::1:ff00:fe] solicit fd00:10::fe 0a -> 1 fe>0a nd [fd00:10::fe]>[fd00:10::a] advertise fd00:10::fe fe router',
    ],
  },
  /**
   * Commands that are rewritten. Not for frames given to Open vSwitch by hand, which have no spare memory behind them: it leaves their text
   * as it is. What it does with those of real clients is in test/system/helpers.test.ts.
   */
  ownScenarios: {
    'a client inside opens, and has the server connect': [
      '1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 S -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 S ttl=63',
      '2 02>fe tcp 203.0.113.2:21>203.0.113.1:$a SA -> 1 fe>0a tcp 203.0.113.2:21>10.0.0.10:1000 SA ttl=63',
      '1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 A -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 A ttl=63',
      '2 02>fe tcp 203.0.113.2:20>203.0.113.1:1025 S -> nothing',
      `1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 PA ${PORT} -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 PA ${PORT_OUTSIDE} ttl=63`,
      '2 02>fe tcp 203.0.113.2:21>203.0.113.1:$a A 1/23 -> 1 fe>0a tcp 203.0.113.2:21>10.0.0.10:1000 A 1/21 ttl=63',
      '1 0a>fe tcp 10.0.0.10:1000>203.0.113.2:21 A 21/1 -> 2 fe>02 tcp 203.0.113.1:$a>203.0.113.2:21 A 23/1 ttl=63',
      '2 02>fe tcp 203.0.113.2:20>203.0.113.1:1026 S -> nothing',
      '2 02>fe tcp 203.0.113.2:20>203.0.113.1:1025 S -> 1 fe>0a tcp 203.0.113.2:20>10.0.0.10:1025 S ttl=63',
      '1 0a>fe tcp 10.0.0.10:1025>203.0.113.2:20 SA -> 2 fe>02 tcp 203.0.113.1:1025>203.0.113.2:20 SA ttl=63',
    ],
    'the server inside says where it listens': [
      '2 02>fe tcp 203.0.113.2:1000>203.0.113.1:21 S -> 1 fe>10 tcp 203.0.113.2:1000>10.0.0.10:21 S ttl=63',
      '1 10>fe tcp 10.0.0.10:21>203.0.113.2:1000 SA -> 2 fe>02 tcp 203.0.113.1:21>203.0.113.2:1000 SA ttl=63',
      '2 02>fe tcp 203.0.113.2:1000>203.0.113.1:21 A -> 1 fe>10 tcp 203.0.113.2:1000>10.0.0.10:21 A ttl=63',
      '2 02>fe tcp 203.0.113.2:1001>203.0.113.1:1025 S -> nothing',
      `1 10>fe tcp 10.0.0.10:21>203.0.113.2:1000 PA ${PASSIVE} -> 2 fe>02 tcp 203.0.113.1:21>203.0.113.2:1000 PA ${PASSIVE_OUTSIDE} ttl=63`,
      '2 02>fe tcp 203.0.113.2:1001>203.0.113.1:1025 S -> 1 fe>10 tcp 203.0.113.2:1001>10.0.0.10:1025 S ttl=63',
      '1 10>fe tcp 10.0.0.10:1025>203.0.113.2:1001 SA -> 2 fe>02 tcp 203.0.113.1:1025>203.0.113.2:1001 SA ttl=63',
    ],
  },
};
