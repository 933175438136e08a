/** `ctswitch lab`: hosts in network namespaces with cables to the switch, and segments sent from inside them. */
import type { CliCommand } from '../../command.js';
import { rundirOption } from '../../options.js';

export interface LabArgs {
  rundir?: string | undefined;
}

export const lab: CliCommand<LabArgs> = {
  command: 'lab [words..]',
  describe: 'make hosts in network namespaces (up, down), run commands in them (exec), send single segments (send)',
  examples: [
    ['ctswitch lab up', "the tutorial's two hosts, left behind veth_l0 and right behind veth_r0"],
    ['ctswitch lab up two-hosts', 'two hosts with addresses, for ping and curl'],
    ['ctswitch lab up nat-gateway', 'the hosts of flows/nat-gateway.flows; says how to start the switch'],
    ['ctswitch lab send left S 100', 'a TCP segment: flags, sequence number'],
    ['ctswitch lab send right SA 200,101', 'flags, sequence and acknowledgement number'],
    ['ctswitch lab exec left ip addr', 'a command inside a host'],
    ['ctswitch lab down', 'remove what up made'],
  ],
  options: { rundir: rundirOption },
  stopsAtFirstWord: true,
  verbs: async () => (await import('./handler.js')).VERBS,
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
