/** Fragments and ICMP errors of real hosts, through the tracker with and without NAT. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';

const BRIDGE = `b${process.pid}`;

interface Family {
  name: string;
  ip: 'ip' | 'ipv6';
  icmp: 'icmp' | 'icmp6';
  server: string;
  /** Behind the server, which routes there by a link of 1280 bytes. */
  beyond: string;
  hidden: string;
  ping: readonly string[];
}

const FAMILIES: readonly Family[] = [
  {
    name: 'IPv4',
    ip: 'ip',
    icmp: 'icmp',
    server: '10.1.1.2',
    beyond: '10.2.2.2',
    hidden: '10.1.1.199',
    ping: ['ping', '-4'],
  },
  {
    name: 'IPv6',
    ip: 'ipv6',
    icmp: 'icmp6',
    server: 'fd00::2',
    beyond: 'fd02::2',
    hidden: 'fd00::199',
    ping: ['ping', '-6'],
  },
];

/** New connections only from the left; errors pass as +rel and are counted by their own flow. */
function flows(left: Host, right: Host, { ip, icmp, hidden }: Family, isNatted: boolean): string {
  const nat = isNatted ? `,nat(src=${ip === 'ipv6' ? `[${hidden}]` : hidden})` : '';
  return `
table=0,priority=10,arp,actions=normal
table=0,priority=20,icmp6,icmp_type=135,actions=normal
table=0,priority=20,icmp6,icmp_type=136,actions=normal
table=0,priority=5,${ip},actions=ct(table=1${isNatted ? ',nat' : ''})
table=0,priority=0,actions=drop
table=1,priority=90,ct_state=+trk+inv,actions=drop
table=1,priority=50,ct_state=+trk+new,${ip},in_port=${left.port},actions=ct(commit${nat}),${right.port}
table=1,priority=50,ct_state=+trk+est,in_port=${left.port},actions=${right.port}
table=1,priority=50,ct_state=+trk+est,in_port=${right.port},actions=${left.port}
table=1,priority=60,ct_state=+trk+rel+rpl,${icmp},in_port=${right.port},actions=${left.port}
table=1,priority=0,actions=drop
`;
}

/** What becomes of a datagram of that size. */
const ASK = `
import socket, sys
info = socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_DGRAM)[0]
s = socket.socket(info[0], socket.SOCK_DGRAM)
s.settimeout(3)
s.connect(info[4])
if info[0] == socket.AF_INET: s.setsockopt(socket.IPPROTO_IP, 10, 2)
s.send(bytes(int(sys.argv[3])))
try: s.recv(100)
except ConnectionRefusedError: print('refused')
except TimeoutError: print('silence')
except OSError as error: print(error.errno)
`;

let hosts: Namespaces;
let left: Host;
let right: Host;
let daemon: Daemon;

function makeNetwork(): void {
  hosts = new Namespaces();
  left = hosts.add('10.1.1.1/24', 'fd00::1/64');
  right = hosts.add('10.1.1.2/24', 'fd00::2/64');
  const onRight = (...words: string[]): string => hosts.exec(right, words);
  onRight('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.icmp_ratelimit=0');
  onRight('sysctl', '-qw', 'net.ipv6.icmp.ratelimit=0');
  onRight('ip', 'link', 'add', 'narrow', 'mtu', '1280', 'type', 'veth', 'peer', 'name', 'narrow1');
  for (const end of ['narrow', 'narrow1']) onRight('ip', 'link', 'set', end, 'up');
  const mac = hosts.exec(left, ['cat', `/sys/class/net/${left.inner}/address`]).trim();
  for (const [version, prefix, server, hidden] of [
    ['-4', '10.2.2.0/24', '10.1.1.2', '10.1.1.199'],
    ['-6', 'fd02::/64', 'fd00::2', 'fd00::199'],
  ]) {
    onRight('ip', version, 'route', 'add', prefix, 'dev', 'narrow');
    hosts.exec(left, ['ip', version, 'route', 'add', 'default', 'via', server]);
    onRight('ip', 'neigh', 'add', hidden, 'lladdr', mac, 'dev', right.inner);
  }
}

beforeAll(async () => {
  makeNetwork();
  daemon = await Daemon.start('--bridge', `${BRIDGE}=${left.port},${right.port}`, '--fail-mode', `${BRIDGE}=secure`);
});
afterAll(async () => {
  try {
    await daemon.stop();
  } finally {
    hosts.removeAll();
  }
});

describe.each(FAMILIES)('$name', (family) => {
  describe.each([
    ['without NAT', false],
    ['with NAT', true],
  ] as const)('%s', (_, isNatted) => {
    beforeAll(() => {
      daemon.ofctl(['del-flows', BRIDGE]);
      daemon.appctl('dpctl/flush-conntrack');
      daemon.ofctl(['add-flows', BRIDGE, '-'], flows(left, right, family, isNatted));
      hosts.exec(left, ['ip', 'route', 'flush', 'cache']);
      hosts.exec(left, ['ip', '-6', 'route', 'flush', 'cache']);
    });

    test.each(['4000', '20000'])('ping with %s bytes', (size) => {
      const sent = hosts.tryExec(left, [...family.ping, '-c', '3', '-i', '0.1', '-W', '2', '-s', size, family.server]);
      expect(sent.out).toContain(' 0% packet loss');
      const tuples = daemon.appctl('dpctl/dump-conntrack');
      if (isNatted) expect(tuples).toContain(`dst=${family.hidden},`);
      else expect(tuples).not.toContain(family.hidden);
    });

    /** Errors that have passed. */
    const errors = (): number =>
      Number(/n_packets=(\d+)/.exec(daemon.ofctl(['dump-flows', BRIDGE, 'table=1,ct_state=+rel+rpl+trk']))?.[1] ?? 0);
    const ask = (address: string, port: number, size: number): string =>
      hosts.exec(left, ['python3', '-c', ASK, address, String(port), String(size)]).trim();

    test('a closed port', () => {
      const before = errors();
      expect(ask(family.server, 9, 10)).toBe('refused');
      expect(errors()).toBe(before + 1);
    });

    test('a way that ends: traceroute', () => {
      const before = errors();
      const version = family.ip === 'ip' ? '-4' : '-6';
      const words = ['traceroute', version, '-n', '-q', '1', '-N', '1', '-w', '2', '-m', '1', family.beyond];
      expect(hosts.exec(left, words)).toMatch(new RegExp(`^ 1 +${family.server} `, 'm'));
      expect(errors()).toBeGreaterThan(before);
    });

    test('a link too narrow', () => {
      const before = errors();
      const words = [...family.ping, '-c', '2', '-i', '0.2', '-W', '1', '-M', 'do', '-s', '1400', family.beyond];
      const { out, err } = hosts.tryExec(left, words);
      expect(out + err).toMatch(/mtu ?= ?1280/);
      expect(errors()).toBeGreaterThan(before);
    });
  });
});

test('what never becomes whole is let go', async () => {
  const [{ server }] = FAMILIES;
  daemon.ofctl(['del-flows', BRIDGE]);
  daemon.ofctl(['add-flows', BRIDGE, '-'], flows(left, right, FAMILIES[0], false));
  const status = (): string => daemon.appctl('dpctl/ipf-get-status');
  const held = (): number => Number(/num frag: (\d+)/.exec(status())?.[1]);
  const send = `
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for ident in range(1, 101):
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 1228, ident, 0x2000, 64, 17, 0, socket.inet_aton('10.1.1.1'), socket.inet_aton('${server}'))
    s.sendto(ip + bytes(1208), ('${server}', 0))
`;
  // Finds the neighbour first: what waits for that is not kept for long.
  hosts.exec(left, ['ping', '-c', '1', '-W', '2', server]);
  hosts.exec(left, ['python3', '-c', send]);
  await expect.poll(held, { timeout: 5000 }).toBe(100);
  await expect.poll(held, { timeout: 40_000, interval: 500 }).toBe(0);
  expect(status()).toContain('v4 frags expired: 100');
});
