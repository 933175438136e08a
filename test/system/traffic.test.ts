/** Real hosts talk through the connection tracker: everyday programs, large frames, tags, fragments, ports that go away. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { mustRun, tool, until } from '../helpers/tool.js';

/** The tutorial's kind of flows: new connections only from the left, all else must belong to one. */
const flows = (left: Host, right: Host): string => `
table=0,priority=10,arp,actions=normal
table=0,priority=20,icmp6,icmp_type=135,actions=normal
table=0,priority=20,icmp6,icmp_type=136,actions=normal
table=0,priority=5,ip,actions=ct(table=1)
table=0,priority=5,ipv6,actions=ct(table=1)
table=0,priority=0,actions=drop
table=1,priority=50,ct_state=+trk+inv,actions=drop
table=1,priority=50,ct_state=+trk+new,ip,in_port=${left.port},actions=ct(commit),${right.port}
table=1,priority=50,ct_state=+trk+new,ipv6,in_port=${left.port},actions=ct(commit),${right.port}
table=1,priority=50,ct_state=+trk+est,in_port=${left.port},actions=${right.port}
table=1,priority=50,ct_state=+trk+est,in_port=${right.port},actions=${left.port}
table=1,priority=50,ct_state=+trk+rel,in_port=${right.port},actions=${left.port}
table=1,priority=0,actions=drop
`;

/** A bridge is an interface of the machine: its name must not be anybody else's. */
const BRIDGE = `b${process.pid}`;

let hosts: Namespaces;
let left: Host;
let right: Host;
let daemon: Daemon;

beforeAll(() => {
  hosts = new Namespaces();
  left = hosts.add('10.1.1.1/24', 'fd00::1/64');
  right = hosts.add('10.1.1.2/24', 'fd00::2/64');
});
afterAll(() => hosts.removeAll());
beforeEach(async () => {
  daemon = await Daemon.start('--bridge', `${BRIDGE}=${left.port},${right.port}`, '--fail-mode', `${BRIDGE}=secure`);
  daemon.ofctl(['add-flows', BRIDGE, '-'], flows(left, right));
});
afterEach(() => daemon.stop());

const connections = (): string[] => daemon.appctl('dpctl/dump-conntrack').trim().split('\n').filter(Boolean);

test('ping, both families, and not from the wrong side', () => {
  expect(hosts.exec(left, ['ping', '-c', '5', '-i', '0.1', '-W', '2', '10.1.1.2'])).toContain(' 0% packet loss');
  expect(hosts.exec(left, ['ping', '-6', '-c', '5', '-i', '0.1', '-W', '2', 'fd00::2'])).toContain(' 0% packet loss');
  expect(hosts.tryExec(right, ['ping', '-c', '2', '-i', '0.2', '-W', '1', '10.1.1.1']).out).toContain(
    '100% packet loss',
  );
  const kinds = connections().map((line) => line.split(',')[0]);
  expect(kinds.sort()).toEqual(['icmp', 'icmpv6']);
});

describe('packets that have to be cut', () => {
  const sizes = ['1473', '4000', '20000'];
  const ping = (size: string, ...words: string[]): string =>
    hosts.exec(left, ['ping', '-c', '3', '-i', '0.2', '-W', '2', '-s', size, ...words]);

  test('by switching alone', () => {
    daemon.ofctl(['del-flows', BRIDGE]);
    daemon.ofctl(['add-flow', BRIDGE, 'actions=normal']);
    for (const size of sizes) expect(ping(size, '10.1.1.2'), `${size} bytes`).toContain(' 0% packet loss');
  });

  test('through the tracker', () => {
    for (const size of sizes) {
      expect(ping(size, '10.1.1.2'), `${size} bytes`).toContain(' 0% packet loss');
      expect(ping(size, '-6', 'fd00::2'), `${size} bytes over IPv6`).toContain(' 0% packet loss');
    }
  });
});

test('curl gets a file whole', async () => {
  const folder = join(process.cwd(), 'src');
  hosts.spawn(right, ['python3', '-m', 'http.server', '8000', '--bind', '::', '--directory', folder]);
  const listening = (): boolean => hosts.exec(right, ['ss', '-ltn']).includes(':8000');
  await until('the server', listening);
  const fetch = ['curl', '-s', '--max-time', '10', 'http://10.1.1.2:8000/text/values.ts'];
  expect(hosts.exec(left, fetch)).toContain('export');
  const [connection] = connections().filter((line) => line.startsWith('tcp'));
  expect(connection).toMatch(/dport=8000.*protoinfo=\(state=(TIME_WAIT|LAST_ACK|CLOSED)/);
  expect(hosts.exec(left, ['curl', '-s', '--max-time', '10', '-g', 'http://[fd00::2]:8000/'])).toContain('text/');
});

describe('iperf3', () => {
  beforeEach(async () => {
    hosts.spawn(right, ['iperf3', '-s', '-1']);
    await until('the server', () => hosts.exec(right, ['ss', '-ltn']).includes(':5201'));
  });

  interface Report {
    error?: string;
    end: { sum_received: { bytes: number }; sum?: { lost_packets: number; packets: number } };
  }
  const iperf = (...words: string[]): Report =>
    JSON.parse(hosts.exec(left, ['iperf3', '-c', '10.1.1.2', '-t', '3', '-J', ...words], 30_000)) as Report;

  test('TCP, with offloads as they come', () => {
    const { end } = iperf();
    expect(end.sum_received.bytes).toBeGreaterThan(1e6);
    expect(connections().filter((line) => line.startsWith('tcp')).length).toBe(2);
  });

  test('TCP in both directions', () => {
    expect(iperf('--bidir').end.sum_received.bytes).toBeGreaterThan(1e6);
  });

  test('TCP without offloads of the sender', () => {
    const off = (host: Host, to: string) =>
      hosts.exec(host, ['ethtool', '-K', host.inner, 'tso', to, 'gso', to, 'tx', to, 'gro', to]);
    off(left, 'off');
    try {
      expect(iperf().end.sum_received.bytes).toBeGreaterThan(1e6);
    } finally {
      off(left, 'on');
    }
  });

  test('UDP', () => {
    const { end } = iperf('-u', '-b', '10M');
    expect(end.sum?.packets).toBeGreaterThan(1000);
    // How many a busy machine drops on the way says nothing; that most arrive does.
    expect(end.sum?.lost_packets).toBeLessThan((end.sum?.packets ?? 0) / 2);
  });

  test('TCP over IPv6', () => {
    const report = hosts.exec(left, ['iperf3', '-c', 'fd00::2', '-t', '2', '-J'], 30_000);
    expect((JSON.parse(report) as Report).end.sum_received.bytes).toBeGreaterThan(1e6);
  });

  test('TCP in frames of 9000 bytes', () => {
    for (const host of [left, right]) hosts.setMtu(host, 9000);
    try {
      expect(iperf().end.sum_received.bytes).toBeGreaterThan(1e6);
      expect(hosts.exec(left, ['ping', '-c', '3', '-i', '0.2', '-M', 'do', '-s', '8972', '10.1.1.2'])).toContain(
        ' 0% packet loss',
      );
    } finally {
      for (const host of [left, right]) hosts.setMtu(host, 1500);
    }
  });
});

/** Sends an Ethernet frame from the host over and over. */
function sendForever(host: Host, hex: string): void {
  const script = `
import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('${host.inner}', 0))
while True:
    s.send(bytes.fromhex('${hex}'))
    time.sleep(0.05)
`;
  hosts.spawn(host, ['python3', '-c', script]);
}

/** How tcpdump on the host describes the next frame from that address; it waits as long as a command may take. */
const nextFrameFrom = (host: Host, mac: string): string =>
  hosts.exec(host, ['timeout', '50', 'tcpdump', '-i', host.inner, '-c', '1', '-ent', `ether src ${mac}`]);

test('tags are kept, popped, pushed and changed', () => {
  const header = '020000000002020000000077';
  const rest = `86dd600000000000${'3b40'}${'fd'.repeat(32)}`;
  sendForever(left, `${header}81006007${rest}`);
  const flow = (actions: string): void => {
    daemon.ofctl(['del-flows', BRIDGE]);
    daemon.ofctl(['-O', 'OpenFlow13', 'add-flow', BRIDGE, `in_port=${left.port},dl_vlan=7,actions=${actions}`]);
  };
  const received = (): string => nextFrameFrom(right, '02:00:00:00:00:77');
  flow('normal');
  expect(received()).toMatch(/ethertype 802\.1Q \(0x8100\).*vlan 7, p 3,/);
  flow(`strip_vlan,${right.port}`);
  expect(received()).toMatch(/> 02:00:00:00:00:02, ethertype IPv6/);
  flow(`mod_vlan_vid:9,${right.port}`);
  expect(received()).toMatch(/vlan 9, p 3,/);
  flow(`push_vlan:0x88a8,set_field:4106->vlan_vid,${right.port}`);
  expect(received()).toMatch(/802\.1Q-QinQ.*vlan 10, p 0,.*vlan 7, p 3,/);
});

test('counters are exact at the moment of the answer', () => {
  hosts.exec(left, ['ping', '-c', '10', '-i', '0.05', '-W', '1', '10.1.1.2']);
  const dump = daemon.ofctl(['dump-flows', BRIDGE, 'table=0,ip']);
  expect(dump).toContain('n_packets=20');
  // Requests are new until the first reply has come; replies belong to the connection.
  const table1 = daemon.ofctl(['dump-flows', BRIDGE, 'table=1']);
  const hits = (flow: string): number => Number(new RegExp(`n_packets=(\\d+),[^\n]*${flow}`).exec(table1)?.[1]);
  expect(hits('new\\+trk,ip,in_port=1')).toBeGreaterThan(0);
  expect(hits('new\\+trk,ip,in_port=1') + hits('est\\+trk,in_port=1')).toBe(10);
  expect(hits('est\\+trk,in_port=2')).toBe(10);
});

test('an interface goes away and others go on', async () => {
  const third = hosts.add('10.1.1.3/24');
  await daemon.stop();
  const ports = [left, right, third].map((host) => host.port).join(',');
  daemon = await Daemon.start('--bridge', `${BRIDGE}=${ports}`);
  const ping = (to: string) => hosts.tryExec(left, ['ping', '-c', '3', '-i', '0.1', '-W', '1', to]);
  expect(ping('10.1.1.3').out).toContain(' 0% packet loss');
  mustRun('ip', ['link', 'del', third.port]);
  expect(ping('10.1.1.2').out).toContain(' 0% packet loss');
  await until(
    'the port to be shown as gone',
    () => !/^ 3\(.*\n.*\n {5}state: {6}(0|LIVE)$/m.test(daemon.ofctl(['show', BRIDGE])),
  );
  expect(daemon.isAlive).toBe(true);
  mustRun('ip', ['link', 'set', right.port, 'down']);
  try {
    await until('LINK_DOWN', () => daemon.ofctl(['show', BRIDGE]).includes('LINK_DOWN'));
  } finally {
    tool('ip', ['link', 'set', right.port, 'up']);
  }
  await until('the way to be open again', () => ping('10.1.1.2').out.includes(' 0% packet loss'));
});
