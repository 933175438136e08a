/** Real hosts behind the programs of flows/: what may pass does, what may not does not, on our switch and on Open vSwitch. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../helpers/namespaces.js';
import { ProgramLab } from '../helpers/program-lab.js';
import { until } from '../helpers/tool.js';

const NOTHING = 'nothing';
const LOST = '100% packet loss';
const ALL = ' 0% packet loss';

describe.each(['ctswitch', 'Open vSwitch'] as const)('%s', (kind) => {
  let lab: ProgramLab;
  beforeEach(() => {
    lab = new ProgramLab(kind);
  });
  afterEach(() => lab.stop());

  /** A host outside, which is also the router to 198.51.100.1 and what lies behind it. */
  function outsideHost(): Host {
    const host = lab.host({ mac: '02', addresses: ['203.0.113.2/24', '198.51.100.1/32'] });
    lab.hosts.exec(host, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    lab.hosts.exec(host, ['ip', 'route', 'add', '198.51.100.0/24', 'via', '203.0.113.3']);
    return host;
  }

  test('stateful firewall', async () => {
    const inside = lab.host({ mac: '01', addresses: ['10.0.0.1/24', 'fd00::1/64'] });
    const outside = lab.host({ mac: '02', addresses: ['10.0.0.2/24', 'fd00::2/64'] });
    await lab.start('stateful-firewall', { br0: [inside.port, outside.port] });
    await Promise.all([lab.serve(inside, 80, 'inside'), lab.serve(outside, 80, 'outside')]);
    expect(lab.fetch(inside, '10.0.0.2/')).toBe('outside 10.0.0.1');
    expect(lab.fetch(outside, '10.0.0.1/')).toBe(NOTHING);
    expect(lab.ping(inside, '10.0.0.2')).toContain(ALL);
    expect(lab.ping(inside, 'fd00::2')).toContain(ALL);
    expect(lab.ping(inside, '10.0.0.2', '-s', '4000')).toContain(ALL);
    expect(lab.ping(outside, '10.0.0.1')).toContain(LOST);
    expect(lab.ping(outside, '10.0.0.1', '-s', '4000')).toContain(LOST);
    expect(lab.ping(outside, 'fd00::1')).toContain(LOST);
    expect(lab.ask(inside, '10.0.0.2', 9)).toBe('refused');
    expect(lab.ask(outside, '10.0.0.1', 9)).toBe('silence');
  });

  test('NAT gateway: two hosts with the same source port at once, and errors of routers beyond', async () => {
    const [inner, outer] = lab.network();
    const a = lab.host({ mac: '0a', addresses: ['10.0.0.10/8'], via: '10.0.0.254' });
    const b = lab.host({ mac: '0b', addresses: ['10.0.0.11/8'], via: '10.0.0.254' });
    const outside = outsideHost();
    await lab.start('nat-gateway', { inside: [a.port, b.port, inner], br0: [outer, outside.port] });
    await Promise.all([lab.serve(outside, 80, 'outside'), lab.serve(a, 80, 'a')]);
    for (const host of [a, b]) lab.hold(host, '198.51.100.1', 80, 1000);
    const held = (): string[] => lab.connections().filter((line) => line.includes('sport=1000,'));
    await until('both connections', () => held().filter((line) => line.includes('ESTABLISHED')).length === 2);
    const publicPorts = held().map((line) => /reply=\(.*dst=203\.0\.113\.1,.*dport=(\d+)/.exec(line)?.[1]);
    expect(new Set(publicPorts).size).toBe(2);
    expect(lab.fetch(a, '198.51.100.1/')).toBe('outside 203.0.113.1');
    expect(lab.fetch(b, '198.51.100.1/')).toBe('outside 203.0.113.1');
    expect(lab.fetch(outside, '203.0.113.1/')).toBe(NOTHING);
    expect(lab.ping(a, '198.51.100.1')).toContain(ALL);
    expect(lab.ping(outside, '203.0.113.1')).toContain(LOST);
    expect(lab.ask(b, '198.51.100.1', 9)).toBe('refused');
    // The gateway takes one hop, so the host outside is the second: it says that it has to give up.
    expect(lab.ping(a, '198.51.100.77', '-t', '2')).toMatch(/From 203\.0\.113\.2 .*Time to live exceeded/);
  });

  test('port forwarding: from outside, from inside, and the server by its own public address', async () => {
    const [inner, outer] = lab.network();
    const server = lab.host({ mac: '10', addresses: ['10.0.0.10/8'], via: '10.0.0.254' });
    const client = lab.host({ mac: '0b', addresses: ['10.0.0.11/8'], via: '10.0.0.254' });
    const outside = outsideHost();
    await lab.start('port-forwarding', { inside: [server.port, client.port, inner], br0: [outer, outside.port] });
    await Promise.all([lab.serve(server, 8080, 'server'), lab.serve(server, 80, 'hidden')]);
    expect(lab.fetch(outside, '203.0.113.1/')).toBe('server 203.0.113.2');
    expect(lab.fetch(client, '203.0.113.1/')).toBe('server 10.0.0.254');
    expect(lab.fetch(server, '203.0.113.1/')).toBe('server 10.0.0.254');
    expect(lab.fetch(outside, '203.0.113.1:8080/')).toBe(NOTHING);
    expect(lab.fetch(outside, '10.0.0.10/')).toBe(NOTHING);
    expect(lab.fetch(server, '198.51.100.1/')).toBe(NOTHING);
    expect(lab.ping(outside, '203.0.113.1')).toContain(LOST);
  });

  test('two tenants with the same addresses', async () => {
    const addresses = [['10.0.0.1/24'], ['10.0.0.2/24'], ['10.0.0.1/24'], ['10.0.0.2/24']];
    const hosts = addresses.map((list, i) => lab.host({ mac: `0${(i % 2) + 1}`, addresses: list }));
    const [a1, a2, b1, b2] = hosts;
    await lab.start('two-tenants', { br0: hosts.map(({ port }) => port) });
    await Promise.all([lab.serve(a2, 80, 'a2'), lab.serve(b2, 80, 'b2'), lab.serve(a1, 80, 'a1')]);
    for (const host of [a1, b1]) lab.hold(host, '10.0.0.2', 80, 1000);
    const held = (): string[] => lab.connections().filter((line) => line.includes('sport=1000,'));
    await until('both connections', () => held().filter((line) => line.includes('ESTABLISHED')).length === 2);
    expect(
      held()
        .map((line) => /zone=(\d+)/.exec(line)?.[1])
        .sort(),
    ).toEqual(['10', '20']);
    expect(lab.fetch(a1, '10.0.0.2/')).toBe('a2 10.0.0.1');
    expect(lab.fetch(b1, '10.0.0.2/')).toBe('b2 10.0.0.1');
    expect(lab.fetch(a2, '10.0.0.1/')).toBe(NOTHING);
    expect(lab.ping(b2, '10.0.0.1')).toContain(LOST);
  });

  test('cluster service: a pod reaches others and itself', async () => {
    const pods = ['2', '3', '4'].map((n) =>
      lab.host({ mac: `0${n}`, addresses: [`10.244.0.${n}/24`], via: '10.244.0.1' }),
    );
    await lab.start('kubernetes-service', { br0: pods.map(({ port }) => port) });
    await Promise.all([lab.serve(pods[0], 8080, 'first'), lab.serve(pods[1], 8080, 'second')]);
    const answers = Array.from({ length: 20 }, () => lab.fetch(pods[2], '10.96.0.10/'));
    expect(new Set(answers)).toEqual(new Set(['first 10.244.0.4', 'second 10.244.0.4']));
    const own = Array.from({ length: 20 }, () => lab.fetch(pods[0], '10.96.0.10/'));
    expect(new Set(own)).toEqual(new Set(['first 10.244.0.1', 'second 10.244.0.2']));
    expect(lab.fetch(pods[2], '10.96.0.10:81/')).toBe(NOTHING);
    expect(lab.ask(pods[2], '10.244.0.2', 9)).toBe('refused');
  });

  test('load balancer: all servers serve, one drains', async () => {
    const client = lab.host({ mac: '01', addresses: ['203.0.113.1/24'] });
    const servers = ['1', '2', '3'].map((n) => lab.host({ mac: `1${n}`, addresses: [`10.0.0.${n}/24`] }));
    await lab.start('load-balancer', { br0: [client, ...servers].map(({ port }) => port) });
    await Promise.all(servers.map((server, i) => lab.serve(server, 8080, `server${i + 1}`)));
    const answers = (): string[] => Array.from({ length: 30 }, () => lab.fetch(client, '203.0.113.10/'));
    expect(new Set(answers())).toEqual(new Set([1, 2, 3].map((n) => `server${n} 10.0.0.254`)));
    expect(lab.fetch(client, '203.0.113.10:8080/')).toBe(NOTHING);
    for (let port = 1000; port < 1010; port++) lab.hold(client, '203.0.113.10', 80, port);
    const held = (state: string): string[] =>
      lab
        .connections()
        .filter(
          (line) => /zone=1,.*ESTABLISHED/.test(line) && /sport=100\d,.*reply/.test(line) && line.includes(state),
        );
    await until('ten connections', () => held('').length === 10);
    const before = held('src=10.0.0.1,').length;
    lab.ofctl('remove-buckets', 'group_id=1,command_bucket_id=1');
    expect(new Set(answers())).toEqual(new Set([2, 3].map((n) => `server${n} 10.0.0.254`)));
    expect(held('src=10.0.0.1,').length).toBe(before);
  });

  test('security groups: rules by network, by group, by host; false addresses', async () => {
    const guests = ['11', '12', '13'].map((n) => lab.host({ mac: n, addresses: [`10.0.0.${n}/24`], via: '10.0.0.4' }));
    const [web, db, admin] = guests as [Host, Host, Host];
    const network = lab.host({ mac: '04', addresses: ['10.0.0.4/24', '192.0.2.7/32', '203.0.113.7/32'] });
    await lab.start('security-group', { br0: [...guests, network].map(({ port }) => port) });
    await Promise.all([lab.serve(web, 80, 'web'), lab.serve(db, 5432, 'db'), lab.serve(network, 80, 'network')]);
    const from = (source: string, url: string): string =>
      lab.hosts.tryExec(network, ['curl', '-s', '--max-time', '3', '--interface', source, `http://${url}`]).out ||
      NOTHING;
    expect(from('192.0.2.7', '10.0.0.11/')).toBe('web 192.0.2.7');
    expect(from('203.0.113.7', '10.0.0.11/')).toBe(NOTHING);
    expect(from('192.0.2.7', '10.0.0.12:5432/')).toBe(NOTHING);
    expect(lab.fetch(web, '10.0.0.12:5432/')).toBe('db 10.0.0.11');
    expect(lab.fetch(admin, '10.0.0.12:5432/')).toBe(NOTHING);
    expect(lab.ping(admin, '10.0.0.11')).toContain(ALL);
    expect(lab.ping(web, '10.0.0.13')).toContain(LOST);
    expect(lab.fetch(db, '10.0.0.4/')).toBe('network 10.0.0.12');
    lab.hosts.exec(db, ['ip', 'address', 'add', '10.0.0.99/24', 'dev', db.inner]);
    expect(lab.ping(db, '10.0.0.4', '-I', '10.0.0.99')).toContain(LOST);
  });
});
