/** `ctswitch vswitchd`: the daemon in the place of ovs-vswitchd, configured by an OVSDB server. */
import type { CliCommand } from '../../command.js';
import { type DaemonWords, daemonOptions, readDaemonWords } from '../../daemon/options.js';

interface VswitchdWords extends DaemonWords {
  database?: string | undefined;
  'enable-dummy': boolean;
  'self-confinement': boolean;
  'disable-system-route': boolean;
}

export const vswitchd: CliCommand<VswitchdWords> = {
  command: 'vswitchd [database]',
  describe: 'run the switch in the place of ovs-vswitchd: what ovs-vsctl writes into its database is what it does',
  examples: [
    ['ctswitch vswitchd --detach --pidfile --log-file', 'a daemon that follows the database of this machine'],
    ['ctswitch vswitchd unix:/tmp/sw/db.sock --rundir /tmp/sw', 'another database, sockets in another place'],
  ],
  positionals: [
    { name: 'database', describe: 'unix:PATH or tcp:HOST:PORT; by default the socket db.sock in the run directory' },
  ],
  options: {
    database: { type: 'string', hidden: true },
    'enable-dummy': { type: 'boolean', default: false, describe: 'bridges and ports in memory may be asked for' },
    'self-confinement': {
      type: 'boolean',
      default: true,
      describe: 'no difference: whether to give up rights that this program does not take',
    },
    'disable-system-route': {
      type: 'boolean',
      default: false,
      describe: 'no difference: routes of the system are for tunnels, which are not there',
    },
    ...daemonOptions,
  },
  optionalValues: ['pidfile', 'log-file'],
  epilogue: 'Prints nothing. Ready, for --detach, is when the first configuration of the database is in force.',
  run: async (args) => {
    const { runVswitchd } = await import('./handler.js');
    await runVswitchd({ database: args.database, hasDummy: args['enable-dummy'] }, readDaemonWords(args));
    return undefined;
  },
};
