/** From a topology to the commands that make it, in order, each with the command that undoes it. Nothing is run here. */
import type { LabHost, Topology } from './topology.js';

export interface Step {
  /** For people: "making the host left". */
  doing: string;
  command: readonly string[];
  /** Null if undoing an earlier step undoes this one, too. */
  undo: readonly string[] | null;
}

export const planOf = (topology: Topology): Step[] => topology.hosts.flatMap(planHost);

function planHost(host: LabHost): Step[] {
  const cable = `laying the cable from ${host.name} to ${host.port}`;
  const setUp = `setting up ${host.name}`;
  const inside = (...words: string[]): Step => ({
    doing: setUp,
    command: ['ip', '-n', host.name, ...words],
    undo: null,
  });
  return [
    {
      doing: `making the host ${host.name}`,
      command: ['ip', 'netns', 'add', host.name],
      undo: ['ip', 'netns', 'del', host.name],
    },
    {
      doing: cable,
      command: [
        ...words(`ip link add ${host.port} type veth peer name ${host.inner} address ${host.mac} netns`),
        host.name,
      ],
      // The other end goes with it, even while a process still keeps the namespace.
      undo: ['ip', 'link', 'del', host.port],
    },
    // The switch's end belongs to the switch: the machine itself must not speak there, as it would in IPv6.
    { doing: cable, command: words(`ip link set dev ${host.port} addrgenmode none`), undo: null },
    { doing: cable, command: words(`ip link set ${host.port} up`), undo: null },
    ...(host.addresses.length === 0 ? [inside(...words(`link set dev ${host.inner} addrgenmode none`))] : []),
    inside('link', 'set', 'lo', 'up'),
    inside('link', 'set', host.inner, 'up'),
    ...host.addresses.map((address) => inside('addr', 'add', address, 'dev', host.inner)),
    // Without an address there is no network behind the interface; a raw socket still needs a route to send by.
    ...(host.addresses.length === 0 ? [inside(...words(`route add default dev ${host.inner}`))] : []),
    ...host.neighbours.map(({ address, mac }) =>
      inside(...words(`neigh add ${address} lladdr ${mac} dev ${host.inner} nud permanent`)),
    ),
  ];
}

const words = (text: string): string[] => text.split(' ');

/** The commands that undo these steps, last made first. */
export const undoOf = (done: readonly Step[]): (readonly string[])[] =>
  done
    .map((step) => step.undo)
    .filter((undo) => undo !== null)
    .reverse();
