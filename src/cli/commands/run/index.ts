/** `ctswitch run`: the daemon's words. */
import { DATAPATH_TYPES, type DatapathType, portWords } from '../../../../datapath/ports/port-types.js';
import type { LogFormat } from '../../../switch/line-printers.js';
import type { CliCommand } from '../../command.js';
import { defaultLogdir, defaultRundir, rundirOption } from '../../options.js';

interface RunWords {
  config?: string | undefined;
  rundir?: string | undefined;
  bridge: string[];
  groups: string[];
  flows: string[];
  listen: string[];
  controller: string[];
  'fail-mode': string[];
  datapath: DatapathType;
  ct: string[];
  'log-format': LogFormat;
  'log-file'?: string | undefined;
  pidfile?: string | undefined;
  'overwrite-pidfile': boolean;
  detach: boolean;
  chdir: boolean;
  unixctl?: string | undefined;
  verbose: string[];
}

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
    rundir: rundirOption,
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
    'log-format': {
      type: 'string',
      choices: ['vlog', 'json'],
      default: 'vlog',
      describe: "lines as Open vSwitch's, or JSON",
    },
    'log-file': { type: 'string', describe: 'log to that file; empty: ovs-vswitchd.log in $OVS_LOGDIR' },
    pidfile: { type: 'string', describe: 'pidfile; by default ovs-vswitchd.pid in the run directory' },
    'overwrite-pidfile': {
      type: 'boolean',
      default: false,
      describe: 'start even if another daemon holds the pidfile',
    },
    detach: { type: 'boolean', default: false, describe: 'go to the background once everything works' },
    chdir: { type: 'boolean', default: true, describe: 'with --detach: leave the working directory' },
    unixctl: { type: 'string', describe: 'path of the control socket' },
    verbose: {
      ...words,
      alias: 'v',
      describe: 'log levels: [MODULE]:[console|file|syslog]:[off|emer|err|warn|info|dbg]',
    },
  },
  epilogue: 'Prints one line when ready; SIGINT, SIGTERM or `ctswitch appctl exit` end it and leave nothing behind.',
  run: async (args) => {
    const { runDaemon } = await import('./handler.js');
    await runDaemon({
      config: args.config,
      rundir: args.rundir ?? defaultRundir(),
      logdir: defaultLogdir(args.rundir),
      bridge: args.bridge,
      groups: args.groups,
      flows: args.flows,
      listen: args.listen,
      controller: args.controller,
      failMode: args['fail-mode'],
      datapath: args.datapath,
      ct: args.ct,
      logFormat: args['log-format'],
      logFile: args['log-file'],
      pidfile: args.pidfile,
      overwritePidfile: args['overwrite-pidfile'],
      detach: args.detach,
      chdir: args.chdir,
      unixctl: args.unixctl,
      verbose: args.verbose,
    });
    return undefined;
  },
};
