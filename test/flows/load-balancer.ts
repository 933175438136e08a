/** What passes flows/load-balancer.flows: which server serves is the switch's choice, so some scenarios leave only one or two. */
import type { Program, Step } from '../helpers/flow-program.js';

/** The group with these servers only: the others drain. */
const servers = (...numbers: readonly number[]): Step => group(1, (n) => `10.0.0.${n}`, numbers);
const servers6 = (...numbers: readonly number[]): Step => group(2, (n) => `[fd00::${n}]`, numbers);

function group(id: number, address: (n: number) => string, numbers: readonly number[]): Step {
  const label = 'exec(move:NXM_OF_ETH_SRC[]->NXM_NX_CT_LABEL[0..47])';
  const buckets = numbers.map(
    (n) => `bucket=bucket_id:${n},actions=ct(commit,table=2,zone=1,nat(dst=${address(n)}:8080),${label})`,
  );
  return { groups: [`group_id=${id},type=select`, ...buckets].join(',') };
}

const OPEN = (source: number, choice: string, server = '$n'): string =>
  `1 01>fe tcp 198.51.100.1:${source}>203.0.113.10:80 S -> $o fe>1${server} tcp 10.0.0.254:$${choice}>10.0.0.${server}:8080 S ttl=63`;

const OPEN6 = (source: number, choice: string): string =>
  `1 01>fe tcp [2001:db8:1::1]:${source}>[2001:db8::10]:80 S -> $o fe>1$n tcp [fd00::fe]:$${choice}>[fd00::$n]:8080 S ttl=63`;

export const loadBalancer: Program = {
  name: 'load-balancer',
  portCount: 4,
  scenarios: {
    'a connection stays with its server, which sees only the balancer': [
      OPEN(1000, 'a'),
      '$o 1$n>fe tcp 10.0.0.$n:8080>10.0.0.254:$a SA -> 1 fe>01 tcp 203.0.113.10:80>198.51.100.1:1000 SA ttl=63',
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 A -> $o fe>1$n tcp 10.0.0.254:$a>10.0.0.$n:8080 A ttl=63',
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 PA "hello" -> $o fe>1$n tcp 10.0.0.254:$a>10.0.0.$n:8080 PA "hello" ttl=63',
      '$o 1$n>fe tcp 10.0.0.$n:8080>10.0.0.254:$a A 1/6 -> 1 fe>01 tcp 203.0.113.10:80>198.51.100.1:1000 A 1/6 ttl=63',
    ],
    'a server taken out keeps its connections and gets no new ones': [
      servers(2),
      OPEN(1000, 'a', '2'),
      '3 12>fe tcp 10.0.0.2:8080>10.0.0.254:$a SA -> 1 fe>01 tcp 203.0.113.10:80>198.51.100.1:1000 SA ttl=63',
      servers(3),
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 A -> 3 fe>12 tcp 10.0.0.254:$a>10.0.0.2:8080 A ttl=63',
      '1 01>fe tcp 198.51.100.1:1001>203.0.113.10:80 S -> 4 fe>13 tcp 10.0.0.254:$b>10.0.0.3:8080 S ttl=63',
      '1 01>fe tcp 198.51.100.1:1002>203.0.113.10:80 S -> 4 fe>13 tcp 10.0.0.254:$c>10.0.0.3:8080 S ttl=63',
      '3 12>fe tcp 10.0.0.2:8080>10.0.0.254:$a PA "bye" -> 1 fe>01 tcp 203.0.113.10:80>198.51.100.1:1000 PA "bye" ttl=63',
    ],
    'the same in IPv6': [
      OPEN6(1000, 'a'),
      '$o 1$n>fe tcp [fd00::$n]:8080>[fd00::fe]:$a SA -> 1 fe>01 tcp [2001:db8::10]:80>[2001:db8:1::1]:1000 SA ttl=63',
      servers6(),
      '1 01>fe tcp [2001:db8:1::1]:1000>[2001:db8::10]:80 A -> $o fe>1$n tcp [fd00::fe]:$a>[fd00::$n]:8080 A ttl=63',
      '1 01>fe tcp [2001:db8:1::1]:1001>[2001:db8::10]:80 S -> nothing',
      '1 01>fe tcp [2001:db8:1::1]:1001>[fd00::1]:8080 S -> nothing',
      servers6(1),
      '1 01>fe tcp [2001:db8:1::1]:1002>[2001:db8::10]:80 S -> 2 fe>11 tcp [fd00::fe]:$b>[fd00::1]:8080 S ttl=63',
      servers6(2),
      '1 01>fe tcp [2001:db8:1::1]:1003>[2001:db8::10]:80 S -> 3 fe>12 tcp [fd00::fe]:$c>[fd00::2]:8080 S ttl=63',
      servers6(3),
      '1 01>fe tcp [2001:db8:1::1]:1004>[2001:db8::10]:80 S -> 4 fe>13 tcp [fd00::fe]:$d>[fd00::3]:8080 S ttl=63',
      '3 12>33:33:ff:00:00:fe nd [fd00::2]>[ff02::1:ff00:fe] solicit fd00::fe 12 -> 3 fe>12 nd [fd00::fe]>[fd00::2] advertise fd00::fe fe router',
      '3 12>33:33:ff:00:00:fe nd [::]>[ff02::1:ff00:fe] solicit fd00::fe -> nothing',
      '1 01>33:33:ff:00:00:10 nd [2001:db8::1]>[ff02::1:ff00:10] solicit 2001:db8::10 01 -> 1 fe>01 nd [2001:db8::10]>[2001:db8::1] advertise 2001:db8::10 fe router',
    ],
    'two clients with the same port on one server': [
      servers(1),
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 S -> 2 fe>11 tcp 10.0.0.254:$a>10.0.0.1:8080 S ttl=63',
      '1 04>fe tcp 198.51.100.4:1000>203.0.113.10:80 S -> 2 fe>11 tcp 10.0.0.254:$b>10.0.0.1:8080 S ttl=63',
      '2 11>fe tcp 10.0.0.1:8080>10.0.0.254:$b SA -> 1 fe>04 tcp 203.0.113.10:80>198.51.100.4:1000 SA ttl=63',
      '2 11>fe tcp 10.0.0.1:8080>10.0.0.254:$a SA -> 1 fe>01 tcp 203.0.113.10:80>198.51.100.1:1000 SA ttl=63',
    ],
    'errors, from either end': [
      servers(1),
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 S -> 2 fe>11 tcp 10.0.0.254:$a>10.0.0.1:8080 S ttl=63',
      '2 11>fe icmp 10.0.0.1>10.0.0.254 error 3/3 {tcp 10.0.0.254:$a>10.0.0.1:8080 S} -> 1 fe>01 icmp 203.0.113.10>198.51.100.1 error 3/3 {tcp 198.51.100.1:1000>203.0.113.10:80 S} ttl=63',
      '1 01>fe icmp 192.0.2.9>203.0.113.10 error 3/4 {tcp 203.0.113.10:80>198.51.100.1:1000 SA} -> 2 fe>11 icmp 10.0.0.254>10.0.0.1 error 3/4 {tcp 10.0.0.1:8080>10.0.0.254:$a SA} ttl=63',
    ],
    'without servers nobody is served': [servers(), '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 S -> nothing'],
    'nothing else is forwarded': [
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:443 S -> nothing',
      '1 01>fe tcp 198.51.100.1:1000>10.0.0.1:8080 S -> nothing',
      '1 01>fe icmp 198.51.100.1>203.0.113.10 echo 1 -> nothing',
      '2 11>fe tcp 10.0.0.1:1000>198.51.100.1:80 S -> nothing',
      '2 11>fe tcp 10.0.0.1:8080>10.0.0.254:2000 SA -> nothing',
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 SA -> nothing',
    ],
    'the balancer answers for its addresses': [
      '1 01>ff arp 01/203.0.113.1>00/203.0.113.10 request -> 1 fe>01 arp fe/203.0.113.10>01/203.0.113.1 reply',
      '3 12>ff arp 12/10.0.0.2>00/10.0.0.254 request -> 3 fe>12 arp fe/10.0.0.254>12/10.0.0.2 reply',
    ],
    'with the table full a client is not let through half translated': [
      servers(1),
      { maxConnections: 1 },
      '1 01>fe tcp 198.51.100.1:1000>203.0.113.10:80 S -> nothing',
    ],
  },
  ownScenarios: {
    'errors about TCP in IPv6': [
      OPEN6(1000, 'a'),
      '$o 1$n>fe icmpv6 [fd00::$n]>[fd00::fe] error 1/4 {tcp [fd00::fe]:$a>[fd00::$n]:8080 S} -> 1 fe>01 icmpv6 [2001:db8::10]>[2001:db8:1::1] error 1/4 {tcp [2001:db8:1::1]:1000>[2001:db8::10]:80 S} ttl=63',
      '1 01>fe icmpv6 [2001:db8:9::9]>[2001:db8::10] error 2/0 {tcp [2001:db8::10]:80>[2001:db8:1::1]:1000 SA} -> $o fe>1$n icmpv6 [fd00::fe]>[fd00::$n] error 2/0 {tcp [fd00::$n]:8080>[fd00::fe]:$a SA} ttl=63',
    ],
  },
};
