/** `ctswitch run`: the daemon's words. */
import { DATAPATH_TYPES, type DatapathType, portWords } from '../../../../datapath/ports/port-types.js';
import type { CliCommand } from '../../command.js';
import { type DaemonWords, daemonOptions, readDaemonWords } from '../../daemon/options.js';

interface RunWords extends DaemonWords {
  config?: string | undefined;
  bridge: string[];
  groups: string[];
  flows: string[];
  listen: string[];
  controller: string[];
  'fail-mode': string[];
  datapath: DatapathType;
  ct: string[];
}

const { rundir, ...processOptions } = daemonOptions;

const words = { type: 'string', array: true, nargs: 1, default: [] as string[] } as const;

export const run: CliCommand<RunWords> = {
  command: 'run [config]',
  describe: 'run the switch: bridges, their ports and flows, the sockets of ovs-ofctl and ovs-appctl',
  examples: [
    ['ctswitch run --bridge br0=veth0,veth1', 'a learning switch between two interfaces'],
    ['ctswitch run --bridge br0=veth0,veth1 --fail-mode br0=secure --flows br0=my.flows', 'only what the flows say'],
    ['ctswitch run --bridge br0=veth0,veth1 --ct refused=drop', 'drop what the tracker cannot take'],
    ['ctswitch run --rundir /tmp/sw --detach --log-file= lab.yaml', 'a daemon from a file, with a log'],
  ],
  positionals: [{ name: 'config', describe: 'YAML file with bridges, instead of --bridge and its kin' }],
  options: {
    config: { type: 'string', hidden: true },
    rundir,
    bridge: {
      ...words,
      describe: `NAME=PORT,PORT...; ${portWords()} are ports of those kinds`,
    },
    groups: { ...words, describe: 'NAME=FILE: groups in the syntax of ovs-ofctl add-groups, there before the flows' },
    flows: { ...words, describe: 'NAME=FILE: flows in the syntax of ovs-ofctl add-flows' },
    listen: {
      ...words,
      describe: 'NAME=ptcp:PORT[:HOST]: wait for OpenFlow connections there (HOST: this machine only unless told)',
    },
    controller: { ...words, describe: 'NAME=tcp:HOST[:PORT]: connect to that OpenFlow controller' },
    'fail-mode': { ...words, describe: 'NAME=standalone|secure: without flows, be a learning switch or drop' },
    datapath: {
      type: 'string',
      choices: DATAPATH_TYPES,
      default: 'netdev',
      describe: 'real ports, or only ports in memory',
    },
    ct: {
      ...words,
      describe: 'NAME=VALUE: a setting of the connection tracker; ctswitch ct settings lists them',
    },
    ...processOptions,
  },
  epilogue: 'Prints one line when ready; SIGINT, SIGTERM or `ctswitch appctl exit` end it and leave nothing behind.',
  run: async (args) => {
    const { runDaemon } = await import('./handler.js');
    const { config, bridge, groups, flows, listen, controller, datapath, ct } = args;
    const failMode = args['fail-mode'];
    await runDaemon(
      { config, bridge, groups, flows, listen, controller, failMode, datapath, ct },
      readDaemonWords(args),
    );
    return undefined;
  },
};
