/** From a topology to the commands that make it, in order, each with what it makes and how that is removed. Nothing is run here. */
import type { LabHost, Topology } from './topology.js';

/** Something that stays until it is removed. */
export interface Made {
  readonly kind: 'link' | 'namespace';
  readonly name: string;
}

export interface Step {
  /** For people: "making the host left". */
  doing: string;
  command: readonly string[];
  /** Null if it goes with what an earlier step has made. */
  makes: Made | null;
}

export const planOf = ({ hosts, links }: Topology): Step[] => [...links.flatMap(planLink), ...hosts.flatMap(planHost)];

/** A cable between two bridges. */
function planLink([one, other]: readonly [string, string]): Step[] {
  const doing = `laying the cable from ${one} to ${other}`;
  return [
    {
      doing,
      command: words(`ip link add ${one} type veth peer name ${other}`),
      makes: { kind: 'link', name: one },
    },
    ...[one, other].flatMap((end) => plugIn(doing, end)),
  ];
}

/** The switch's end belongs to the switch: the machine itself must not speak there, as it would in IPv6. */
const plugIn = (doing: string, port: string): Step[] => [
  { doing, command: words(`ip link set dev ${port} addrgenmode none`), makes: null },
  { doing, command: words(`ip link set ${port} up`), makes: null },
];

function planHost(host: LabHost): Step[] {
  const cable = `laying the cable from ${host.name} to ${host.port}`;
  const setUp = `setting up ${host.name}`;
  const inside = (...words: string[]): Step => ({
    doing: setUp,
    command: ['ip', '-n', host.name, ...words],
    makes: null,
  });
  const onHost = (...command: string[]): Step => ({
    doing: setUp,
    command: ['ip', 'netns', 'exec', host.name, ...command],
    makes: null,
  });
  return [
    {
      doing: `making the host ${host.name}`,
      command: ['ip', 'netns', 'add', host.name],
      makes: { kind: 'namespace', name: host.name },
    },
    {
      doing: cable,
      command: [
        ...words(`ip link add ${host.port} type veth peer name ${host.inner} address ${host.mac} netns`),
        host.name,
      ],
      // The other end goes with it, even while a process still keeps the namespace.
      makes: { kind: 'link', name: host.port },
    },
    ...plugIn(cable, host.port),
    ...(host.addresses.length === 0 ? [inside(...words(`link set dev ${host.inner} addrgenmode none`))] : []),
    // Nobody else can have the host's IPv6 addresses, so it need not wait to find out.
    ...(host.addresses.some((address) => address.includes(':'))
      ? [onHost('sysctl', '-qw', `net.ipv6.conf.${host.inner}.accept_dad=0`)]
      : []),
    inside('link', 'set', 'lo', 'up'),
    inside('link', 'set', host.inner, 'up'),
    ...host.addresses.map((address) => inside('addr', 'add', address, 'dev', host.inner)),
    // Without an address there is no network behind the interface; a raw socket still needs a route to send by.
    ...(host.addresses.length === 0 ? [inside(...words(`route add default dev ${host.inner}`))] : []),
    ...host.neighbours.map(({ address, mac }) =>
      inside(...words(`neigh add ${address} lladdr ${mac} dev ${host.inner} nud permanent`)),
    ),
    ...(host.routes ?? []).map(({ to, via }) => inside(...family(via), 'route', 'add', to, 'via', via)),
    ...(host.forwards === true ? FORWARDING.map((setting) => onHost('sysctl', '-qw', setting)) : []),
  ];
}

const FORWARDING = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];

const family = (address: string): string[] => (address.includes(':') ? ['-6'] : []);

const words = (text: string): string[] => text.split(' ');

/** What these steps have made, last made first. */
export const madeBy = (done: readonly Step[]): Made[] =>
  done
    .map(({ makes }) => makes)
    .filter((made) => made !== null)
    .reverse();

export const removalOf = ({ kind, name }: Made): string[] => ['ip', kind === 'link' ? 'link' : 'netns', 'del', name];

/** The commands that undo these steps, in order. */
export const undoOf = (done: readonly Step[]): string[][] => madeBy(done).map(removalOf);
