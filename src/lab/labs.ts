/** All laboratories by name, and the words that start the switch in the middle of one. */
import { PROGRAM_LABS } from './program-labs.js';
import { conntrackTutorial, type LabBridge, type Topology, twoHosts } from './topology.js';

export const LABS = {
  'conntrack-tutorial': conntrackTutorial,
  'two-hosts': twoHosts,
  ...PROGRAM_LABS,
} satisfies Record<string, Topology>;

/** What `ctswitch run` needs to be told for the lab's bridges; the programs are in `folder`. */
export const runWords = ({ bridges }: Topology, folder: string): string[] =>
  bridges.flatMap((bridge) => bridgeWords(bridge, folder));

function bridgeWords({ name, ports, program, hasGroups = false }: LabBridge, folder: string): string[] {
  const bridge = ['--bridge', `${name}=${ports.join(',')}`];
  if (program === null) return bridge;
  return [
    ...bridge,
    ...['--fail-mode', `${name}=secure`],
    ...(hasGroups ? ['--groups', `${name}=${folder}/${program}.groups`] : []),
    ...['--flows', `${name}=${folder}/${program}.flows`],
  ];
}
