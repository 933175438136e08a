/** `ctswitch port VERB`: ports of a running switch. */
import type { CliCommand } from '../../command.js';
import { type PortCommandArgs, portOptions } from '../change/options.js';

export const port: CliCommand<PortCommandArgs> = {
  command: 'port',
  describe: 'ports of a running switch: add, del, set, list',
  examples: [
    ['ctswitch port add br0 veth0 tap:t0', 'an interface of the machine, and a tap that is made'],
    ['ctswitch port add --may-exist --ofport 7 br0 veth1', 'under a number of its own; nothing to do if it is there'],
    ['ctswitch port list br0', 'with numbers, links and traffic'],
    ['ctswitch port set veth0 state=down', 'as ovs-ofctl mod-port'],
    ['ctswitch port set veth0 mtu=9000 flood=off', 'several settings'],
    ['ctswitch port del veth0', 'the interface is given back as it was'],
  ],
  options: portOptions,
  epilogue: async () => (await import('./handler.js')).epilogue(),
  verbs: async () => (await import('./handler.js')).VERBS,
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
