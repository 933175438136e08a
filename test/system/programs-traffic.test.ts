/** Real hosts behind the programs of flows/ that track: what may pass does, what may not does not, on our switch and on Open vSwitch. */
import { afterEach, describe, expect, test } from 'vitest';
import type { ProgramName } from '../../src/lab/program-labs.js';
import { DHCP_CLIENT, DHCP_SERVER, ROUTER, type Running } from '../helpers/host-programs.js';
import { KINDS, ProgramLab } from '../helpers/program-lab.js';
import { until } from '../helpers/tool.js';

const LOST = '100% packet loss';
const ALL = ' 0% packet loss';

describe.each(KINDS)('%s', (kind) => {
  let lab: ProgramLab;
  afterEach(() => lab.stop());
  const start = async (program: ProgramName): Promise<void> => {
    lab = await ProgramLab.start(kind, program);
  };

  /** Connections from source port 1000, once there are so many and all are established. */
  async function held(count: number): Promise<string[]> {
    const found = (): string[] => lab.connections().filter((line) => /sport=1000,.*ESTABLISHED/.test(line));
    await until(`${count} connections`, () => found().length === count);
    return found();
  }

  test('stateful firewall', async () => {
    await start('stateful-firewall');
    await Promise.all([lab.serve('inside', 80, 'inside'), lab.serve('outside', 80, 'outside')]);
    expect(lab.fetch('inside', '10.0.0.2/')).toBe('outside 10.0.0.1');
    expect(lab.fetch('inside', '[fd00::2]/')).toBe('outside fd00::1');
    expect(lab.isBlocked('outside', '10.0.0.1/')).toBe(true);
    expect(lab.isBlocked('outside', '[fd00::1]/')).toBe(true);
    expect(lab.ping('inside', '10.0.0.2')).toContain(ALL);
    expect(lab.ping('inside', 'fd00::2')).toContain(ALL);
    expect(lab.ping('inside', '10.0.0.2', '-s', '4000')).toContain(ALL);
    expect(lab.ping('outside', '10.0.0.1')).toContain(LOST);
    expect(lab.ping('outside', '10.0.0.1', '-s', '4000')).toContain(LOST);
    expect(lab.ping('outside', 'fd00::1')).toContain(LOST);
  });

  test('stateful firewall: errors about what the inside has sent', async () => {
    await start('stateful-firewall');
    for (const address of ['10.0.0.2', 'fd00::2']) expect(lab.ask('inside', address, 9)).toBe('refused');
    for (const address of ['10.0.0.1', 'fd00::1']) expect(lab.ask('outside', address, 9)).toBe('silence');
    const trace = (host: string, ...words: string[]): string =>
      lab.run(host, 'traceroute', '-n', '-q', '1', '-N', '1', '-w', '2', '-m', '1', ...words);
    expect(trace('inside', '198.51.100.77')).toMatch(/^ 1 {2}10\.0\.0\.2 /m);
    expect(trace('inside', '-I', '198.51.100.77')).toMatch(/^ 1 {2}10\.0\.0\.2 /m);
    expect(trace('inside', '-6', '2001:db8:1::77')).toMatch(/^ 1 {2}fd00::2 /m);
    expect(trace('outside', '10.0.0.1')).toMatch(/^ 1 {2}\*/m);
  });

  test('NAT gateway: two hosts with the same source port at once, and errors of routers beyond', async () => {
    await start('nat-gateway');
    await Promise.all([lab.serve('outside', 80, 'outside'), lab.serve('a', 80, 'a')]);
    for (const host of ['a', 'b']) lab.hold(host, '198.51.100.1', 80, 1000);
    const publicPorts = (await held(2)).map((line) => /reply=\(.*dst=203\.0\.113\.1,.*dport=(\d+)/.exec(line)?.[1]);
    expect(new Set(publicPorts).size).toBe(2);
    expect(publicPorts).not.toContain(undefined);
    expect(lab.fetch('a', '198.51.100.1/')).toBe('outside 203.0.113.1');
    expect(lab.fetch('b', '198.51.100.1/')).toBe('outside 203.0.113.1');
    expect(lab.isBlocked('outside', '203.0.113.1/')).toBe(true);
    expect(lab.ping('a', '198.51.100.1')).toContain(ALL);
    expect(lab.ping('outside', '203.0.113.1')).toContain(LOST);
    expect(lab.ask('b', '198.51.100.1', 9)).toBe('refused');
    expect(await lab.pour('a', 'outside', '198.51.100.1', 30)).toBeGreaterThan(20);
    // The gateway takes one hop, so the host outside is the second: it says that it has to give up.
    expect(lab.ping('a', '198.51.100.77', '-t', '2')).toMatch(/From 203\.0\.113\.2 .*Time to live exceeded/);
  });

  test('NAT gateway: the same in IPv6', async () => {
    await start('nat-gateway');
    await Promise.all([lab.serve('outside', 80, 'outside'), lab.serve('a', 80, 'a')]);
    for (const host of ['a', 'b']) lab.hold(host, '2001:db8:1::1', 80, 1000);
    const publicPorts = (await held(2)).map((line) => /reply=\(.*dst=2001:db8::1,.*dport=(\d+)/.exec(line)?.[1]);
    expect(new Set(publicPorts).size).toBe(2);
    expect(publicPorts).not.toContain(undefined);
    for (const host of ['a', 'b']) expect(lab.fetch(host, '[2001:db8:1::1]/')).toBe('outside 2001:db8::1');
    expect(lab.isBlocked('outside', '[2001:db8::1]/')).toBe(true);
    expect(lab.ping('a', '2001:db8:1::1')).toContain(ALL);
    expect(lab.ping('outside', '2001:db8::1')).toContain(LOST);
    expect(lab.ask('b', '2001:db8:1::1', 9)).toBe('refused');
    expect(await lab.pour('b', 'outside', '2001:db8:1::1', 30)).toBeGreaterThan(20);
    expect(lab.ping('a', '2001:db8:1::77', '-t', '2')).toMatch(/From 2001:db8::2 .*Time exceeded/);
  });

  test('port forwarding: from outside, from inside, and the server by its own public address', async () => {
    await start('port-forwarding');
    await Promise.all([lab.serve('server', 8080, 'server'), lab.serve('server', 80, 'hidden')]);
    expect(lab.fetch('outside', '203.0.113.1/')).toBe('server 203.0.113.2');
    expect(lab.fetch('client', '203.0.113.1/')).toBe('server 10.0.0.254');
    expect(lab.fetch('server', '203.0.113.1/')).toBe('server 10.0.0.254');
    expect(lab.isBlocked('outside', '203.0.113.1:8080/')).toBe(true);
    expect(lab.isBlocked('outside', '10.0.0.10/')).toBe(true);
    expect(lab.isBlocked('server', '198.51.100.1/')).toBe(true);
    expect(lab.ping('outside', '203.0.113.1')).toContain(LOST);
    expect(lab.fetch('outside', '[2001:db8::1]/')).toBe('server 2001:db8::2');
    for (const host of ['client', 'server']) expect(lab.fetch(host, '[2001:db8::1]/'), host).toBe('server fd00:10::fe');
    expect(lab.isBlocked('outside', '[2001:db8::1]:8080/')).toBe(true);
  });

  test('two tenants with the same addresses', async () => {
    await start('two-tenants');
    await Promise.all([lab.serve('a2', 80, 'a2'), lab.serve('b2', 80, 'b2'), lab.serve('a1', 80, 'a1')]);
    for (const host of ['a1', 'b1']) lab.hold(host, '10.0.0.2', 80, 1000);
    const zones = (await held(2)).map((line) => /zone=(\d+)/.exec(line)?.[1]);
    expect(zones.sort()).toEqual(['10', '20']);
    expect(lab.fetch('a1', '10.0.0.2/')).toBe('a2 10.0.0.1');
    expect(lab.fetch('b1', '10.0.0.2/')).toBe('b2 10.0.0.1');
    expect(lab.isBlocked('a2', '10.0.0.1/')).toBe(true);
    expect(lab.ping('b2', '10.0.0.1')).toContain(LOST);
    expect(lab.fetch('b1', '[fd00::2]/')).toBe('b2 fd00::1');
    expect(lab.isBlocked('a2', '[fd00::1]/')).toBe(true);
  });

  test('two networks with the same addresses: full NAT, both ways, both families', async () => {
    await start('overlapping-networks');
    await Promise.all(['a5', 'b5'].flatMap((name) => [80, 1000].map((port) => lab.serve(name, port, name))));
    expect(lab.fetch('a9', '10.2.0.5/')).toBe('b5 10.1.0.1');
    expect(lab.fetch('b9', '10.1.0.5/')).toBe('a5 10.2.0.1');
    expect(lab.fetch('a9', '[fd00:b::5]/')).toBe('b5 fd00:a::1');
    expect(lab.fetch('b9', '[fd00:a::5]/')).toBe('a5 fd00:b::1');
    expect(lab.fetch('a5', '10.2.0.5/')).toBe('b5 10.1.0.1');
    // The same tuple in each network, at once.
    lab.hold('a9', '10.2.0.5', 1000, 1000);
    lab.hold('b9', '10.1.0.5', 1000, 1000);
    const zones = (await held(4)).map((line) => /zone=(\d)/.exec(line)?.[1]);
    expect(zones.sort()).toEqual(['1', '2', '3', '4']);
    for (const address of ['10.2.0.5', 'fd00:b::5']) expect(lab.ask('a9', address, 9)).toBe('refused');
    expect(lab.ping('a9', '10.2.0.5')).toContain(ALL);
    expect(lab.ping('b9', 'fd00:a::5')).toContain(ALL);
    expect(lab.ping('a9', '10.2.0.1')).toContain(LOST);
    expect(lab.isBlocked('b9', '10.2.0.5/')).toBe(true);
    expect(lab.isBlocked('b5', '10.1.0.1/')).toBe(true);
  });

  test('cluster service: a pod reaches others and itself', async () => {
    await start('kubernetes-service');
    await Promise.all([lab.serve('pod1', 8080, 'first'), lab.serve('pod2', 8080, 'second')]);
    const answers = (host: string, service = '10.96.0.10'): Set<string> =>
      new Set(Array.from({ length: 20 }, () => lab.fetch(host, `${service}/`)));
    expect(answers('pod3')).toEqual(new Set(['first 10.244.0.4', 'second 10.244.0.4']));
    expect(answers('pod1')).toEqual(new Set(['first 10.244.0.1', 'second 10.244.0.2']));
    expect(answers('pod1', '[fd00:96::10]')).toEqual(new Set(['first fd00:244::1', 'second fd00:244::2']));
    expect(lab.isBlocked('pod3', '10.96.0.10:81/')).toBe(true);
    expect(lab.ask('pod3', '10.244.0.2', 9)).toBe('refused');
  });

  test('load balancer: all servers serve; one drains, and whom it serves does not notice', async () => {
    await start('load-balancer');
    await Promise.all([1, 2, 3].map((n) => lab.serve(`server${n}`, 8080, `server${n}`)));
    const answers = (vip = '203.0.113.10'): Set<string> =>
      new Set(Array.from({ length: 30 }, () => lab.fetch('client', `${vip}/`)));
    const names = (balancer: string, ...numbers: number[]): Set<string> =>
      new Set(numbers.map((n) => `server${n} ${balancer}`));
    expect(answers()).toEqual(names('10.0.0.254', 1, 2, 3));
    expect(lab.isBlocked('client', '203.0.113.10:8080/')).toBe(true);
    expect(answers('[2001:db8::10]')).toEqual(names('fd00::fe', 1, 2, 3));
    // So many that chance leaves no server out.
    const slow = Array.from({ length: 30 }, () => lab.start('client', 'curl', '-sN', 'http://203.0.113.10/slow'));
    await until('the first line of all', () => slow.every((one) => one.text() !== ''));
    lab.ofctl('remove-buckets', 'group_id=1,command_bucket_id=1');
    expect(answers()).toEqual(names('10.0.0.254', 2, 3));
    const pages = await Promise.all(slow.map((one) => one.ended()));
    for (const page of pages) expect(page).toBe(`${page.split('\n')[0]}\n`.repeat(5));
    expect(new Set(pages.map((page) => page.split('\n')[0]))).toEqual(names('10.0.0.254', 1, 2, 3));
  });

  test('security groups: rules by network, by group, by host; false addresses', async () => {
    await start('security-group');
    await Promise.all([lab.serve('web', 80, 'web'), lab.serve('db', 5432, 'db'), lab.serve('net', 80, 'network')]);
    const from = (source: string, url: string): string => lab.fetch('net', url, '--interface', source);
    const isBlocked = (source: string, url: string): boolean => lab.isBlocked('net', url, '--interface', source);
    expect(from('192.0.2.7', '10.0.0.11/')).toBe('web 192.0.2.7');
    expect(isBlocked('203.0.113.7', '10.0.0.11/')).toBe(true);
    expect(isBlocked('192.0.2.7', '10.0.0.12:5432/')).toBe(true);
    expect(lab.fetch('web', '10.0.0.12:5432/')).toBe('db 10.0.0.11');
    expect(lab.isBlocked('admin', '10.0.0.12:5432/')).toBe(true);
    expect(lab.ping('admin', '10.0.0.11')).toContain(ALL);
    expect(lab.ping('web', '10.0.0.13')).toContain(LOST);
    expect(lab.fetch('db', '10.0.0.4/')).toBe('network 10.0.0.12');
    for (const [address, length] of [
      ['10.0.0.99', 24],
      ['fd00::99', 64],
    ]) {
      lab.run('db', 'ip', 'address', 'add', `${address}/${length}`, 'dev', 'eth0');
      expect(lab.ping('db', length === 24 ? '10.0.0.4' : 'fd00::4', '-I', `${address}`)).toContain(LOST);
    }
    expect(lab.ping('db', '10.0.0.4', '-I', '10.0.0.12')).toContain(ALL);
  });

  test('security groups: the same in IPv6', async () => {
    await start('security-group');
    await Promise.all([lab.serve('web', 80, 'web'), lab.serve('db', 5432, 'db'), lab.serve('net', 80, 'network')]);
    expect(lab.fetch('net', '[fd00::11]/', '--interface', '2001:db8:1::7')).toBe('web 2001:db8:1::7');
    expect(lab.isBlocked('net', '[fd00::11]/', '--interface', '2001:db8:9::7')).toBe(true);
    expect(lab.fetch('web', '[fd00::12]:5432/')).toBe('db fd00::11');
    expect(lab.isBlocked('admin', '[fd00::12]:5432/')).toBe(true);
    expect(lab.ping('admin', 'fd00::11')).toContain(ALL);
    expect(lab.ping('web', 'fd00::13')).toContain(LOST);
    expect(lab.fetch('db', '[2001:db8:9::7]/')).toBe('network fd00::12');
    expect(lab.ask('db', 'fd00::4', 9)).toBe('refused');
  });

  test('security groups: only the network gives out addresses and routes', async () => {
    await start('security-group');
    const questions: Running[] = ['db', 'net'].map((host) =>
      lab.start(host, 'python3', '-uc', DHCP_SERVER, 'eth0', host),
    );
    await until('both servers', () => questions.every((server) => server.text() === 'ready\n'));
    lab.run('web', 'ip', '-4', 'address', 'flush', 'dev', 'eth0');
    expect(await lab.start('web', 'python3', '-c', DHCP_CLIENT, 'eth0').ended()).toBe('net\n');
    expect(questions.map((server) => server.text())).toEqual(['ready\n', 'ready\ndiscover\n']);
    const routes = (): string => lab.run('web', 'ip', '-6', 'route', 'show', 'default', 'proto', 'ra');
    lab.run('admin', 'python3', '-c', ROUTER, 'eth0', '02:00:00:00:00:13');
    lab.run('net', 'python3', '-c', ROUTER, 'eth0', '02:00:00:00:00:04');
    await until('the route', () => routes() !== '');
    expect(routes()).toMatch(/^default via fe80::ff:fe00:4 dev eth0 [^\n]*\n$/);
  });
});
