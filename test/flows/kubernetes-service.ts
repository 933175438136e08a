/** What passes flows/kubernetes-service.flows: which pod serves is the switch's choice, so some scenarios fix it first. */
import type { Program, Step } from '../helpers/flow-program.js';

/** New connections to the service all get this pod. */
const only = (address: string): Step => ({
  flows: `table=1,priority=90,tcp,ct_state=+trk+new,nw_dst=10.96.0.10,tp_dst=80,actions=ct(commit,table=2,zone=1,nat(dst=${address}:8080))`,
});
const only6 = (address: string): Step => ({
  flows: `table=1,priority=90,tcp6,ct_state=+trk+new,ipv6_dst=fd00:96::10,tp_dst=80,actions=ct(commit,table=2,zone=1,nat(dst=[${address}]:8080))`,
});
const ONLY_FIRST = only('10.244.0.2');

export const kubernetesService: Program = {
  name: 'kubernetes-service',
  portCount: 3,
  scenarios: {
    'a connection to the service stays with its pod': [
      '3 04>fe tcp 10.244.0.4:1000>10.96.0.10:80 S -> $n fe>0$p tcp 10.244.0.4:1000>10.244.0.$p:8080 S',
      '$n 0$p>fe tcp 10.244.0.$p:8080>10.244.0.4:1000 SA -> 3 fe>04 tcp 10.96.0.10:80>10.244.0.4:1000 SA',
      '3 04>fe tcp 10.244.0.4:1000>10.96.0.10:80 A -> $n fe>0$p tcp 10.244.0.4:1000>10.244.0.$p:8080 A',
      '3 04>fe tcp 10.244.0.4:1000>10.96.0.10:80 PA "hello" -> $n fe>0$p tcp 10.244.0.4:1000>10.244.0.$p:8080 PA "hello"',
    ],
    'a pod reaches itself through its service': [
      ONLY_FIRST,
      '1 02>fe tcp 10.244.0.2:1000>10.96.0.10:80 S -> 1 fe>02 tcp 10.244.0.1:1000>10.244.0.2:8080 S',
      '1 02>fe tcp 10.244.0.2:8080>10.244.0.1:1000 SA -> 1 fe>02 tcp 10.96.0.10:80>10.244.0.2:1000 SA',
      '1 02>fe tcp 10.244.0.2:1000>10.96.0.10:80 A -> 1 fe>02 tcp 10.244.0.1:1000>10.244.0.2:8080 A',
      '1 02>fe icmp 10.244.0.2>10.244.0.1 error 3/3 {tcp 10.244.0.1:1000>10.244.0.2:8080 A} -> 1 fe>02 icmp 10.96.0.10>10.244.0.2 error 3/3 {tcp 10.244.0.2:1000>10.96.0.10:80 A}',
      '1 02>fe icmp 10.244.0.2>10.96.0.10 error 3/4 {tcp 10.96.0.10:80>10.244.0.2:1000 SA} -> 1 fe>02 icmp 10.244.0.1>10.244.0.2 error 3/4 {tcp 10.244.0.2:8080>10.244.0.1:1000 SA}',
    ],
    'so does the other one, and errors find their way': [
      only('10.244.0.3'),
      only6('fd00:244::3'),
      '2 03>fe tcp 10.244.0.3:1000>10.96.0.10:80 S -> 2 fe>03 tcp 10.244.0.1:1000>10.244.0.3:8080 S',
      '2 03>fe icmp 10.244.0.3>10.96.0.10 error 3/4 {tcp 10.96.0.10:80>10.244.0.3:1000 SA} -> 2 fe>03 icmp 10.244.0.1>10.244.0.3 error 3/4 {tcp 10.244.0.3:8080>10.244.0.1:1000 SA}',
      '2 03>fe tcp [fd00:244::3]:1000>[fd00:96::10]:80 S -> 2 fe>03 tcp [fd00:244::1]:1000>[fd00:244::3]:8080 S',
      '2 03>03 udp 10.244.0.3:1000>10.244.0.3:53 -> nothing',
      '2 03>03 udp [fd00:244::3]:1000>[fd00:244::3]:53 -> nothing',
    ],
    'a pod of the service reaches the other one': [
      ONLY_FIRST,
      '2 03>fe tcp 10.244.0.3:1000>10.96.0.10:80 S -> 1 fe>02 tcp 10.244.0.3:1000>10.244.0.2:8080 S',
      '1 02>03 tcp 10.244.0.2:8080>10.244.0.3:1000 SA -> 2 fe>03 tcp 10.96.0.10:80>10.244.0.3:1000 SA',
      '1 02>fe icmp 10.244.0.2>10.244.0.3 error 3/3 {tcp 10.244.0.3:1000>10.244.0.2:8080 A} -> 2 fe>03 icmp 10.96.0.10>10.244.0.3 error 3/3 {tcp 10.244.0.3:1000>10.96.0.10:80 A}',
    ],
    'a pod of the service in IPv6': [
      '3 04>fe tcp [fd00:244::4]:1000>[fd00:96::10]:80 S -> $n fe>0$p tcp [fd00:244::4]:1000>[fd00:244::$p]:8080 S',
      '$n 0$p>fe tcp [fd00:244::$p]:8080>[fd00:244::4]:1000 SA -> 3 fe>04 tcp [fd00:96::10]:80>[fd00:244::4]:1000 SA',
    ],
    'the same in IPv6, itself included': [
      only6('fd00:244::2'),
      '3 04>fe tcp [fd00:244::4]:1000>[fd00:96::10]:80 S -> 1 fe>02 tcp [fd00:244::4]:1000>[fd00:244::2]:8080 S',
      '1 02>fe tcp [fd00:244::2]:8080>[fd00:244::4]:1000 SA -> 3 fe>04 tcp [fd00:96::10]:80>[fd00:244::4]:1000 SA',
      '1 02>fe tcp [fd00:244::2]:1000>[fd00:96::10]:80 S -> 1 fe>02 tcp [fd00:244::1]:1000>[fd00:244::2]:8080 S',
      '1 02>fe tcp [fd00:244::2]:8080>[fd00:244::1]:1000 SA -> 1 fe>02 tcp [fd00:96::10]:80>[fd00:244::2]:1000 SA',
      '1 02>fe tcp [fd00:244::2]:1000>[fd00:96::10]:80 A -> 1 fe>02 tcp [fd00:244::1]:1000>[fd00:244::2]:8080 A',
      '3 04>fe tcp [fd00:244::4]:1000>[fd00:96::10]:81 S -> nothing',
      '3 04>fe udp [fd00:244::4]:1000>[fd00:244::3]:53 -> 2 fe>03 udp [fd00:244::4]:1000>[fd00:244::3]:53',
      '2 03>33:33:ff:00:00:01 nd [::]>[ff02::1:ff00:1] solicit fd00:244::1 -> nothing',
      '1 02>04 nd [fd00:244::2]>[fd00:244::4] advertise fd00:244::2 02 -> 2 same & 3 same',
      '1 02>02 udp [fd00:244::2]:1000>[fd00:244::2]:53 -> nothing',
      '3 04>33:33:ff:00:00:01 nd [fd00:244::4]>[ff02::1:ff00:1] solicit fd00:244::1 04 -> 3 fe>04 nd [fd00:244::1]>[fd00:244::4] advertise fd00:244::1 fe router',
      '3 04>33:33:ff:00:00:02 nd [fd00:244::4]>[ff02::1:ff00:2] solicit fd00:244::2 04 -> 1 same & 2 same',
    ],
    'pods talk by their own addresses': [
      '3 04>02 udp 10.244.0.4:1000>10.244.0.2:53 -> 1 fe>02 udp 10.244.0.4:1000>10.244.0.2:53',
      '1 02>04 udp 10.244.0.2:53>10.244.0.4:1000 -> 3 fe>04 udp 10.244.0.2:53>10.244.0.4:1000',
      '3 04>ff arp 04/10.244.0.4>00/10.244.0.2 request -> 1 same & 2 same',
      '3 04>ff arp 04/10.244.0.4>00/10.244.0.1 request -> 3 fe>04 arp fe/10.244.0.1>04/10.244.0.4 reply',
    ],
    'other ports of the service, and addresses nobody has': [
      '3 04>fe tcp 10.244.0.4:1000>10.96.0.10:81 S -> nothing',
      '3 04>fe icmp 10.244.0.4>10.96.0.10 echo 1 -> nothing',
      '3 04>fe tcp 10.244.0.4:1000>10.244.0.9:80 S -> nothing',
      '1 02>fe tcp 10.244.0.2:8080>10.244.0.4:1000 SA -> nothing',
    ],
    'with the table full a connection is not let through untranslated': [
      ONLY_FIRST,
      '3 04>02 udp 10.244.0.4:1000>10.244.0.2:53 -> 1 fe>02 udp 10.244.0.4:1000>10.244.0.2:53',
      { maxConnections: 1 },
      '3 04>fe tcp 10.244.0.4:1000>10.96.0.10:80 S -> nothing',
      { maxConnections: 2 },
      '1 02>fe tcp 10.244.0.2:1000>10.96.0.10:80 S -> nothing',
    ],
  },
  ownScenarios: {
    'errors about TCP in IPv6': [
      only6('fd00:244::2'),
      '1 02>fe tcp [fd00:244::2]:1000>[fd00:96::10]:80 S -> 1 fe>02 tcp [fd00:244::1]:1000>[fd00:244::2]:8080 S',
      only6('fd00:244::3'),
      '2 03>fe tcp [fd00:244::3]:1000>[fd00:96::10]:80 S -> 2 fe>03 tcp [fd00:244::1]:1000>[fd00:244::3]:8080 S',
      '2 03>fe icmpv6 [fd00:244::3]>[fd00:96::10] error 2/0 {tcp [fd00:96::10]:80>[fd00:244::3]:1000 SA} -> 2 fe>03 icmpv6 [fd00:244::1]>[fd00:244::3] error 2/0 {tcp [fd00:244::3]:8080>[fd00:244::1]:1000 SA}',
      '1 02>fe icmpv6 [fd00:244::2]>[fd00:244::1] error 1/4 {tcp [fd00:244::1]:1000>[fd00:244::2]:8080 A} -> 1 fe>02 icmpv6 [fd00:96::10]>[fd00:244::2] error 1/4 {tcp [fd00:244::2]:1000>[fd00:96::10]:80 A}',
      '1 02>fe icmpv6 [fd00:244::2]>[fd00:96::10] error 2/0 {tcp [fd00:96::10]:80>[fd00:244::2]:1000 SA} -> 1 fe>02 icmpv6 [fd00:244::1]>[fd00:244::2] error 2/0 {tcp [fd00:244::2]:8080>[fd00:244::1]:1000 SA}',
    ],
  },
};
