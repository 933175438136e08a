/**
 * The laboratories of the programs in flows/: hosts whose addresses, MAC addresses and routes are those that the program
 * knows, in the order of its ports. `ctswitch lab up NAME` makes them for people, test/helpers/program-lab.ts for the tests.
 */
import type { LabBridge, LabHost, Route, Topology } from './topology.js';

interface Options {
  /** Default gateways. */
  via?: readonly string[];
  routes?: readonly Route[];
  forwards?: boolean;
}

/** `mac` is the last byte of 02:00:00:00:00:xx. */
function host(name: string, mac: string, addresses: readonly string[], options: Options = {}): LabHost {
  const gateways = (options.via ?? []).map((via) => ({ to: 'default', via }));
  return {
    name,
    port: `${name}-port`,
    inner: 'eth0',
    mac: `02:00:00:00:00:${mac}`,
    addresses,
    neighbours: [],
    routes: [...gateways, ...(options.routes ?? [])],
    forwards: options.forwards ?? false,
  };
}

const portsOf = (hosts: readonly LabHost[]): string[] => hosts.map(({ port }) => port);

/** Every host has a port of its own on br0. */
const simple = (program: string, ...hosts: readonly LabHost[]): Topology => ({
  hosts,
  links: [],
  bridges: [{ name: 'br0', ports: portsOf(hosts), program }],
});

function withGroups(program: string, ...hosts: readonly LabHost[]): Topology {
  const topology = simple(program, ...hosts);
  return { ...topology, bridges: topology.bridges.map((bridge) => ({ ...bridge, hasGroups: true })) };
}

/** Port 1 of br0 leads to a learning switch with the hosts of a network behind it. */
function behindOnePort(program: string, network: readonly LabHost[], ...others: readonly LabHost[]): Topology {
  const inside: LabBridge = { name: 'inside', ports: [...portsOf(network), 'inside-up'], program: null };
  return {
    hosts: [...network, ...others],
    links: [['inside-up', 'inside-down']],
    bridges: [inside, { name: 'br0', ports: ['inside-down', ...portsOf(others)], program }],
  };
}

const threeHosts = [1, 2, 3].map((n) => host(`h${n}`, `0${n}`, [`10.0.0.${n}/24`, `fd00::${n}/64`]));

/** The next hop outside, which is also the host 198.51.100.1, 2001:db8:1::1, and the router to what lies beside that. */
const outside = host('outside', '02', ['203.0.113.2/24', '198.51.100.1/32', '2001:db8::2/64', '2001:db8:1::1/128'], {
  forwards: true,
  routes: [
    { to: '198.51.100.0/24', via: '203.0.113.3' },
    { to: '2001:db8:1::/64', via: '2001:db8::3' },
  ],
});

/** 10.0.0.n is also fd00:10::n. */
const privateHost = (name: string, mac: string, n: number): LabHost =>
  host(name, mac, [`10.0.0.${n}/8`, `fd00:10::${n}/64`], { via: ['10.0.0.254', 'fd00:10::fe'] });

const vlanTrunk: Topology = {
  hosts: [
    host('a1', '01', ['10.0.0.1/24']),
    host('a2', '02', ['10.0.0.2/24', 'fd00::2/64']),
    host('b1', '01', ['10.0.0.1/24']),
    host('a3', '03', ['10.0.0.3/24']),
    host('a4', '04', ['10.0.0.4/24']),
    host('b2', '03', ['10.0.0.3/24']),
  ],
  links: [['trunk0', 'trunk1']],
  bridges: [
    { name: 'br0', ports: ['a1-port', 'a2-port', 'b1-port', 'trunk0'], program: 'vlan-trunk' },
    { name: 'br1', ports: ['a3-port', 'a4-port', 'b2-port', 'trunk1'], program: 'vlan-trunk' },
  ],
};

/** The two networks, with the same addresses in both, and a learning switch each. */
const overlapping = ['a', 'b'].map((side) =>
  [5, 9].map((n) =>
    host(`${side}${n}`, `0${n}`, [`10.0.0.${n}/24`, `fd00::${n}/64`], { via: ['10.0.0.254', 'fd00::fe'] }),
  ),
);

const overlappingNetworks: Topology = {
  hosts: overlapping.flat(),
  links: [
    ['a-up', 'a-down'],
    ['b-up', 'b-down'],
  ],
  bridges: [
    { name: 'neta', ports: [...portsOf(overlapping[0]), 'a-up'], program: null },
    { name: 'netb', ports: [...portsOf(overlapping[1]), 'b-up'], program: null },
    { name: 'br0', ports: ['a-down', 'b-down'], program: 'overlapping-networks' },
  ],
};

export const PROGRAM_LABS = {
  hub: simple('hub', ...threeHosts),
  'l2-learning': simple('l2-learning', ...threeHosts),
  'arp-responder': simple('arp-responder', ...threeHosts),
  'stateless-acl': simple(
    'stateless-acl',
    host('clients', '01', ['10.0.2.1/8', '10.0.1.1/8', '192.0.2.7/32']),
    host('server', '50', ['10.0.0.80/8'], { routes: [{ to: '192.0.2.0/24', via: '10.0.2.1' }] }),
  ),
  'vlan-trunk': vlanTrunk,
  'stateful-firewall': simple(
    'stateful-firewall',
    host('inside', '01', ['10.0.0.1/24', 'fd00::1/64'], { via: ['10.0.0.2', 'fd00::2'] }),
    host('outside', '02', ['10.0.0.2/24', 'fd00::2/64'], {
      forwards: true,
      routes: [
        { to: '198.51.100.0/24', via: '10.0.0.3' },
        { to: '2001:db8:1::/64', via: 'fd00::3' },
      ],
    }),
  ),
  'nat-gateway': behindOnePort('nat-gateway', [privateHost('a', '0a', 10), privateHost('b', '0b', 11)], outside),
  'port-forwarding': behindOnePort(
    'port-forwarding',
    [privateHost('server', '10', 10), privateHost('client', '0b', 11)],
    outside,
  ),
  'two-tenants': simple(
    'two-tenants',
    ...['a1', 'a2', 'b1', 'b2'].map((name) =>
      host(name, `0${name[1]}`, [`10.0.0.${name[1]}/24`, `fd00::${name[1]}/64`]),
    ),
  ),
  'overlapping-networks': overlappingNetworks,
  'kubernetes-service': simple(
    'kubernetes-service',
    ...[1, 2, 3].map((n) =>
      host(`pod${n}`, `0${n + 1}`, [`10.244.0.${n + 1}/24`, `fd00:244::${n + 1}/64`], {
        via: ['10.244.0.1', 'fd00:244::1'],
      }),
    ),
  ),
  'load-balancer': withGroups(
    'load-balancer',
    host('client', '01', ['203.0.113.1/24', '2001:db8::1/64']),
    ...[1, 2, 3].map((n) => host(`server${n}`, `1${n}`, [`10.0.0.${n}/24`, `fd00::${n}/64`])),
  ),
  'security-group': simple(
    'security-group',
    ...['web', 'db', 'admin'].map((name, i) =>
      host(name, `1${i + 1}`, [`10.0.0.1${i + 1}/24`, `fd00::1${i + 1}/64`], { via: ['10.0.0.4', 'fd00::4'] }),
    ),
    host('net', '04', [
      ...['10.0.0.4/24', '192.0.2.7/32', '203.0.113.7/32'],
      ...['fd00::4/64', '2001:db8:1::7/128', '2001:db8:9::7/128'],
    ]),
  ),
  'ftp-tftp-nat': simple('ftp-tftp-nat', privateHost('inside', '10', 10), outside),
} satisfies Record<string, Topology>;

export type ProgramName = keyof typeof PROGRAM_LABS;
