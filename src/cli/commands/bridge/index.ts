/** `ctswitch bridge VERB`: bridges of a running switch. */
import type { CliCommand } from '../../command.js';
import { type BridgeCommandArgs, bridgeOptions } from '../change/options.js';

export const bridge: CliCommand<BridgeCommandArgs> = {
  command: 'bridge',
  describe: 'bridges of a running switch: add, del, set, list',
  examples: [
    ['ctswitch bridge add br1', 'a learning switch without ports yet'],
    ['ctswitch bridge add br1 ports=veth0,tap:t0 fail_mode=secure flows=my.flows', 'all at once'],
    ['ctswitch bridge set br1 fail_mode=standalone', 'flows, ports and connections stay'],
    ['ctswitch bridge set br1 controllers=tcp:127.0.0.1:6653 listen=', 'another controller; listen no more'],
    ['ctswitch bridge list', 'what there is'],
    ['ctswitch bridge del br1', 'with its ports and flows'],
  ],
  options: bridgeOptions,
  epilogue: async () => (await import('./handler.js')).epilogue(),
  verbs: async () => (await import('./handler.js')).VERBS,
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
