/**
 * `ctswitch run`: the daemon. Takes its place (pidfile), opens its log, applies the configuration, says that it is ready, and
 * lives until it is told to end. Whatever fails on the way is one sentence and leaves nothing behind.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../../datapath/base/clock.js';
import { logger } from '../../../../datapath/base/log.js';
import { surviveLater } from '../../../../datapath/base/survive.js';
import { inlineMore } from '../../../../datapath/ports/sys/compiler.js';
import { setLevel } from '../../../appctl/daemon.js';
import { errnoOf, strerror } from '../../../net/errno.js';
import { ConfigError, type DatapathType, type SwitchConfig } from '../../../switch/config.js';
import { configFromWords, configFromYaml } from '../../../switch/config-sources.js';
import { withSettings } from '../../../switch/conntrack-config.js';
import { detach, isDetached, sayFailed, sayReady } from '../../../switch/daemonize.js';
import { Heartbeat } from '../../../switch/heartbeat.js';
import { LastWords } from '../../../switch/last-words.js';
import { type LogFormat, Logging } from '../../../switch/logging.js';
import { Pidfile } from '../../../switch/pidfile.js';
import { prepareRunDirectory, removeDeadSockets } from '../../../switch/run-directory.js';
import { ServiceManager } from '../../../switch/service-manager.js';
import { Switch } from '../../../switch/switch.js';
import { DEFAULT_LOGDIR } from '../../options.js';
import { goOnWithoutReader, printError } from '../../output.js';
import { UserError } from '../../user-error.js';

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

const DAEMON = 'ovs-vswitchd';
const log = logger('vswitchd');

export async function runDaemon(given: RunArgs): Promise<void> {
  const args = withAbsolutePaths(given);
  // Mistakes in the words are said at once, in the process the user sees.
  const config = readConfigOrRefuse(args);
  const hint = hintFor(config);
  if (args.detach && !isDetached()) {
    await detachAndReport();
    return printError(hint);
  }
  goOnWithoutReader();
  inlineMore();
  const daemon = new Daemon(args, config);
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

function readConfigOrRefuse(args: RunArgs): SwitchConfig {
  try {
    return readConfig(args);
  } catch (error) {
    throw toUserError(error);
  }
}

function readConfig(args: RunArgs): SwitchConfig {
  if (args.config === undefined) return configFromWords(args);
  if (args.bridge.length > 0) throw new UserError('either a configuration file or --bridge, not both');
  const config = configFromYaml(readUserFile(args.config), args.config);
  return { ...config, conntrack: withSettings(config.conntrack, args.ct) };
}

function readUserFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path}: ${strerror(errnoOf(error))}`);
  }
}

class Daemon {
  readonly ended: Promise<void>;
  private end: () => void = () => {};
  private readonly logging: Logging;
  private pidfile: Pidfile | null = null;
  private running: Switch | null = null;
  private heartbeat: Heartbeat | null = null;
  private readonly manager = new ServiceManager({ env: process.env, pid: process.pid });

  constructor(
    private readonly args: RunArgs,
    private readonly config: SwitchConfig,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.logging = new Logging(args.logFormat);
  }

  async start(): Promise<void> {
    const { args } = this;
    checkFiles(this.config);
    this.heartbeat = new Heartbeat(systemClock);
    new LastWords({
      now: () => systemClock.now(),
      tidy: () => this.stop(),
      exit: (code) => process.exit(code),
    }).attach();
    prepareRunDirectory(args.rundir);
    this.startLog();
    this.pidfile = Pidfile.create(this.pidfilePath(), { overwrite: args.overwritePidfile });
    // Only who holds the pidfile may judge whether others are gone.
    await removeDeadSockets(args.rundir);
    const control = args.unixctl ?? join(args.rundir, `${DAEMON}.${process.pid}.ctl`);
    this.running = new Switch({
      runDirectory: args.rundir,
      clock: systemClock,
      onExit: () => this.stopLater(),
      reopenLog: () => this.logging.reopen(),
      closeLog: () => this.logging.closeFile(),
    });
    await this.running.listen(control);
    await this.running.apply(this.config);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => this.stopLater());
    if (isDetached()) await sayReady({ changeDirectory: args.chdir });
    else process.stdout.write(`${this.readyLine(control)}\n`);
    this.manager.ready(`bridges at work: ${this.config.bridges.length}`);
  }

  /** May be called at any time, any number of times. */
  async stop(): Promise<void> {
    const { running, pidfile } = this;
    this.running = this.pidfile = null;
    this.heartbeat?.stop();
    if (running !== null) this.manager.stopping();
    try {
      await running?.stop();
    } finally {
      pidfile?.remove();
      if (running !== null) log.info('exiting');
      this.end();
    }
  }

  private stopLater(): void {
    surviveLater('ending', () => this.stop());
  }

  private startLog(): void {
    const { args } = this;
    if (!isDetached()) this.logging.toStderr();
    setLevel('console:warn');
    for (const spec of args.verbose) setLevel(spec);
    if (args.logFile === undefined) return;
    // The usual directory is ours to make; one that was named may be a slip of the pen.
    if (args.logFile === '' && args.logdir === DEFAULT_LOGDIR) mkdirSync(DEFAULT_LOGDIR, { recursive: true });
    this.logging.toFile(args.logFile === '' ? join(args.logdir, `${DAEMON}.log`) : args.logFile);
  }

  private pidfilePath(): string {
    const { pidfile, rundir } = this.args;
    if (pidfile === undefined || pidfile === '') return join(rundir, `${DAEMON}.pid`);
    return resolve(rundir, pidfile);
  }

  private readyLine(control: string): string {
    const bridges = this.config.bridges.map(
      ({ name, ports }) => `${name} (${ports.length} port${ports.length === 1 ? '' : 's'})`,
    );
    const sockets = this.config.bridges.map(({ name }) => join(this.args.rundir, `${name}.mgmt`));
    const openflow = sockets.length === 0 ? '' : `, openflow ${sockets.join(', ')}`;
    return `ready: ${bridges.join(', ') || 'no bridges'}, unixctl ${control}${openflow}`;
  }
}

/** A file that cannot be read is refused before an interface is touched. */
function checkFiles(config: SwitchConfig): void {
  for (const { groupFiles, flowFiles } of config.bridges)
    for (const file of [...groupFiles, ...flowFiles]) readUserFile(file);
}
