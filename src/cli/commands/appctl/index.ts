/** `ctswitch appctl COMMAND ...`: one command to a running daemon, as ovs-appctl sends it. */
import type { CliCommand } from '../../command.js';
import { rundirOption, timeoutOption } from '../../options.js';

export interface AppctlArgs {
  target: string;
  format: string;
  rundir?: string | undefined;
  timeout?: string | undefined;
}

const DEFAULT_TARGET = 'ovs-vswitchd';

export const appctl: CliCommand<AppctlArgs> = {
  command: 'appctl',
  describe: 'ask or tell a running daemon something: the client of ovs-appctl',
  examples: [
    ['ctswitch appctl list-commands', 'what the daemon understands'],
    ['ctswitch appctl dpctl/dump-conntrack -s', 'the connection table with timeouts'],
    ['ctswitch appctl -t /run/ctswitch/ovs-vswitchd.42.ctl version', 'a daemon by its socket'],
  ],
  options: {
    target: {
      alias: 't',
      type: 'string',
      default: DEFAULT_TARGET,
      describe: 'daemon by the name of its pidfile, or path of its socket',
    },
    format: { alias: 'f', type: 'string', default: 'text', describe: 'text or json' },
    rundir: rundirOption,
    timeout: timeoutOption,
  },
  stopsAtFirstWord: true,
  verbs: async (place) => (await import('./commands.js')).commandsOf(place),
  run: async (args, words) => (await import('./handler.js')).run(args, words),
};
