/** `ctswitch apply CONFIG`: leads a running switch to a configuration. */
import type { CliCommand } from '../../command.js';
import { type ChangeCommandArgs, changeOptions } from '../change/options.js';

export interface ApplyArgs extends ChangeCommandArgs {
  config?: string | undefined;
  'dry-run': boolean;
}

export const apply: CliCommand<ApplyArgs> = {
  command: 'apply [config]',
  describe: 'lead a running switch to what a configuration file says',
  examples: [
    ['ctswitch apply lab.yaml', 'only what is different is touched'],
    ['ctswitch apply --dry-run lab.yaml', 'the steps, and nothing is done'],
    ['ctswitch apply --json lab.yaml', 'each step with its status'],
  ],
  positionals: [{ name: 'config', describe: 'YAML file, as for ctswitch run' }],
  options: {
    config: { type: 'string', hidden: true },
    'dry-run': { type: 'boolean', default: false, describe: 'say the steps, and do nothing' },
    ...changeOptions,
  },
  epilogue:
    'What is the same stays as it is: flows, connections, counters, controllers, listeners. A file of flows that has changed is loaded again;\n' +
    'flows that came from a file stay until they are deleted. A step that fails is reported, and the others are done.\n' +
    'Exit code: 0 if the switch is what the file says, 1 if nothing could be done, 2 if some steps failed.',
  run: async (args) => (await import('./handler.js')).run(args),
};
