/** `ctswitch tutorial`: what `npm start` shows - the connection-tracking tutorial, walked through on real interfaces. */
import type { CliCommand } from '../../command.js';

export interface TutorialArgs {
  'in-process': boolean;
}

export const tutorial: CliCommand<TutorialArgs> = {
  command: 'tutorial',
  describe: 'walk one TCP connection through the switch and show what happens to each segment',
  examples: [['ctswitch tutorial', 'on network namespaces and veths, all removed afterwards']],
  options: {
    'in-process': { type: 'boolean', default: false, describe: 'hosts in this process instead of network namespaces' },
  },
  epilogue: 'Exit code 2: a segment was not treated as the tutorial says.',
  run: async (args) => (await import('./handler.js')).run(args),
};
