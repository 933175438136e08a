/** What passes flows/kubernetes-service.flows: which pod serves is the switch's choice, so some scenarios fix it first. */
import type { Program, Step } from '../helpers/flow-program.js';

/** New connections to the service all get the first pod. */
const ONLY_FIRST: Step = {
  flows:
    'table=1,priority=90,tcp,ct_state=+trk+new,nw_dst=10.96.0.10,tp_dst=80,actions=ct(commit,table=2,zone=1,nat(dst=10.244.0.2:8080))',
};

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
    ],
    'a pod of the service reaches the other one': [
      ONLY_FIRST,
      '2 03>fe tcp 10.244.0.3:1000>10.96.0.10:80 S -> 1 fe>02 tcp 10.244.0.3:1000>10.244.0.2:8080 S',
      '1 02>03 tcp 10.244.0.2:8080>10.244.0.3:1000 SA -> 2 fe>03 tcp 10.96.0.10:80>10.244.0.3:1000 SA',
      '1 02>fe icmp 10.244.0.2>10.244.0.3 error 3/3 {tcp 10.244.0.3:1000>10.244.0.2:8080 A} -> 2 fe>03 icmp 10.96.0.10>10.244.0.3 error 3/3 {tcp 10.244.0.3:1000>10.96.0.10:80 A}',
    ],
    'the same in IPv6, itself included': [
      {
        flows:
          'table=1,priority=90,tcp6,ct_state=+trk+new,ipv6_dst=fd00:96::10,tp_dst=80,actions=ct(commit,table=2,zone=1,nat(dst=[fd00:244::2]:8080))',
      },
      '3 04>fe tcp [fd00:244::4]:1000>[fd00:96::10]:80 S -> 1 fe>02 tcp [fd00:244::4]:1000>[fd00:244::2]:8080 S',
      '1 02>fe tcp [fd00:244::2]:8080>[fd00:244::4]:1000 SA -> 3 fe>04 tcp [fd00:96::10]:80>[fd00:244::4]:1000 SA',
      '1 02>fe tcp [fd00:244::2]:1000>[fd00:96::10]:80 S -> 1 fe>02 tcp [fd00:244::1]:1000>[fd00:244::2]:8080 S',
      '1 02>fe tcp [fd00:244::2]:8080>[fd00:244::1]:1000 SA -> 1 fe>02 tcp [fd00:96::10]:80>[fd00:244::2]:1000 SA',
      '1 02>fe tcp [fd00:244::2]:1000>[fd00:96::10]:80 A -> 1 fe>02 tcp [fd00:244::1]:1000>[fd00:244::2]:8080 A',
      '3 04>fe tcp [fd00:244::4]:1000>[fd00:96::10]:81 S -> nothing',
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
};
