/** `ctswitch run`: reads what is wanted, goes to the background if told to, and becomes the daemon. Whatever fails is one sentence. */
import { resolve } from 'node:path';
import type { DatapathType } from '../../../../datapath/ports/port-types.js';
import type { SwitchConfig } from '../../../switch/config.js';
import { configFromWords } from '../../../switch/config-words.js';
import { withSettings } from '../../../switch/conntrack-config.js';
import { detach, isDetached, sayFailed } from '../../../switch/daemonize.js';
import { type LogFormat, linePrinter } from '../../../switch/line-printers.js';
import { ignoreClosedReader, printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { readUserFile } from './user-file.js';

export interface RunArgs {
  config?: string | undefined;
  rundir: string;
  logdir: string;
  bridge: string[];
  groups: string[];
  flows: string[];
  listen: string[];
  controller: string[];
  failMode: string[];
  datapath: DatapathType;
  ct: string[];
  logFormat: LogFormat;
  /** Empty: the usual name in the log directory. */
  logFile?: string | undefined;
  /** Empty: the usual name in the run directory. */
  pidfile?: string | undefined;
  overwritePidfile: boolean;
  detach: boolean;
  chdir: boolean;
  unixctl?: string | undefined;
  verbose: string[];
}

export async function runDaemon(given: RunArgs): Promise<void> {
  const args = withAbsolutePaths(given);
  // Mistakes in the words are said at once, in the process the user sees.
  const config = await readConfigOrRefuse(args);
  const hint = hintFor(config);
  if (args.detach && !isDetached()) {
    await detachAndReport();
    return printError(hint);
  }
  ignoreClosedReader();
  // The process that only waits for its daemon need not load one.
  const [{ Daemon }, { Logging }] = await Promise.all([import('./daemon.js'), import('../../../switch/logging.js')]);
  const daemon = new Daemon(args, config, new Logging(await linePrinter(args.logFormat)));
  try {
    await daemon.start();
  } catch (error) {
    await daemon.stop();
    const refusal = toUserError(error);
    if (isDetached()) await sayFailed(refusal.message);
    throw refusal;
  }
  if (!isDetached()) void printError(hint);
  await daemon.ended;
}

/** A daemon that has nothing to do is no mistake, but rarely what was meant: a line that says so, or nothing. */
function hintFor({ bridges }: SwitchConfig): string {
  if (bridges.length === 0)
    return 'ctswitch run: there is no bridge, so nothing to do: --bridge NAME=PORT,PORT or a configuration file gives one\n';
  const idle = bridges.filter(({ ports }) => ports.length === 0).map(({ name }) => name);
  if (idle.length === 0) return '';
  const [whose, gives] = idle.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return `ctswitch run: ${idle.join(', ')} ${whose} no ports, so nothing to forward: --bridge ${idle[0]}=PORT,PORT gives ${gives} some\n`;
}

/** A daemon leaves its working directory, and must find its files all the same, not least to remove them. */
function withAbsolutePaths(args: RunArgs): RunArgs {
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined || path === '' ? path : resolve(path);
  return {
    ...args,
    rundir: resolve(args.rundir),
    logdir: resolve(args.logdir),
    logFile: absolute(args.logFile),
    unixctl: absolute(args.unixctl),
  };
}

const toUserError = (error: unknown): UserError =>
  error instanceof UserError
    ? error
    : new UserError(error instanceof Error ? error.message : String(error), { cause: error });

async function detachAndReport(): Promise<void> {
  const result = await detach();
  if (!result.ok) throw new UserError(result.message);
}

async function readConfigOrRefuse(args: RunArgs): Promise<SwitchConfig> {
  try {
    return await readConfig(args);
  } catch (error) {
    throw toUserError(error);
  }
}

async function readConfig(args: RunArgs): Promise<SwitchConfig> {
  if (args.config === undefined) return configFromWords(args);
  if (args.bridge.length > 0) throw new UserError('either a configuration file or --bridge, not both');
  const { configFromYaml } = await import('../../../switch/config-yaml.js');
  const config = configFromYaml(readUserFile(args.config), args.config);
  return { ...config, conntrack: withSettings(config.conntrack, args.ct) };
}
