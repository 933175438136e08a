/** What every daemon is told about its process, however it is configured. */
import { resolve } from 'node:path';
import type { Options } from 'yargs';
import type { LogFormat } from '../../switch/line-printers.js';
import { defaultLogdir, defaultRundir, rundirOption } from '../options.js';

export interface DaemonOptions {
  readonly rundir: string;
  readonly logdir: string;
  readonly logFormat: LogFormat;
  /** Empty: the usual name in the log directory. */
  readonly logFile?: string | undefined;
  /** Empty or absent: the usual name in the run directory. */
  readonly pidfile?: string | undefined;
  readonly overwritePidfile: boolean;
  readonly detach: boolean;
  readonly chdir: boolean;
  readonly unixctl?: string | undefined;
  readonly verbose: readonly string[];
}

/** The words of a command line that say it. */
export interface DaemonWords {
  rundir?: string | undefined;
  'log-format': LogFormat;
  'log-file'?: string | undefined;
  pidfile?: string | undefined;
  'overwrite-pidfile': boolean;
  detach: boolean;
  chdir: boolean;
  unixctl?: string | undefined;
  verbose: string[];
}

export const daemonOptions = {
  rundir: rundirOption,
  'log-format': {
    type: 'string',
    choices: ['vlog', 'json'],
    default: 'vlog',
    describe: "lines as Open vSwitch's, or JSON",
  },
  'log-file': { type: 'string', describe: 'log to that file; empty: ovs-vswitchd.log in $OVS_LOGDIR' },
  pidfile: { type: 'string', describe: 'pidfile; by default ovs-vswitchd.pid in the run directory' },
  'overwrite-pidfile': { type: 'boolean', default: false, describe: 'start even if another daemon holds the pidfile' },
  detach: { type: 'boolean', default: false, describe: 'go to the background once everything works' },
  chdir: { type: 'boolean', default: true, describe: 'with --detach: leave the working directory' },
  unixctl: { type: 'string', describe: 'path of the control socket' },
  verbose: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    alias: 'v',
    describe: 'log levels: [MODULE]:[console|file|syslog]:[off|emer|err|warn|info|dbg]',
  },
} as const satisfies Record<keyof DaemonWords, Options>;

/** With absolute paths: a daemon leaves its working directory, and must find its files all the same, not least to remove them. */
export const readDaemonWords = (words: DaemonWords): DaemonOptions => ({
  rundir: resolve(words.rundir ?? defaultRundir()),
  logdir: resolve(defaultLogdir(words.rundir)),
  logFormat: words['log-format'],
  logFile: absolute(words['log-file']),
  pidfile: words.pidfile,
  overwritePidfile: words['overwrite-pidfile'],
  detach: words.detach,
  chdir: words.chdir,
  unixctl: absolute(words.unixctl),
  verbose: words.verbose,
});

const absolute = (path: string | undefined): string | undefined =>
  path === undefined || path === '' ? path : resolve(path);
