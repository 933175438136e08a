/**
 * The daemon: takes its place (pidfile), opens its log, applies the configuration, says that it is ready, and lives until it is told to end.
 * Whatever fails on the way leaves nothing behind.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../../datapath/base/clock.js';
import { guardAsync } from '../../../../datapath/base/guard.js';
import { logger } from '../../../../datapath/base/log.js';
import { inlineMore } from '../../../../datapath/ports/sys/compiler.js';
import { Switch } from '../../../daemon/switch.js';
import type { SwitchConfig } from '../../../switch/config.js';
import { CrashHandler } from '../../../switch/crash-handler.js';
import { isDetached, sayReady } from '../../../switch/daemonize.js';
import { Heartbeat } from '../../../switch/heartbeat.js';
import { setLevel } from '../../../switch/log-spec.js';
import type { Logging } from '../../../switch/logging.js';
import { Pidfile } from '../../../switch/pidfile.js';
import { prepareRunDirectory, removeStaleSockets } from '../../../switch/run-directory.js';
import { ServiceManager } from '../../../switch/service-manager.js';
import { DEFAULT_LOGDIR } from '../../options.js';
import type { RunArgs } from './handler.js';
import { readUserFile } from './user-file.js';

const DAEMON = 'ovs-vswitchd';
const log = logger('vswitchd');

export class Daemon {
  readonly ended: Promise<void>;
  private end: () => void = () => {};
  private pidfile: Pidfile | null = null;
  private running: Switch | null = null;
  private heartbeat: Heartbeat | null = null;
  private readonly manager = new ServiceManager({ env: process.env, pid: process.pid });

  constructor(
    private readonly args: RunArgs,
    private readonly config: SwitchConfig,
    private readonly logging: Logging,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  async start(): Promise<void> {
    const { args } = this;
    inlineMore();
    checkFiles(this.config);
    this.heartbeat = new Heartbeat(systemClock);
    new CrashHandler({
      now: () => systemClock.now(),
      cleanUp: () => this.stop(),
      exit: (code) => process.exit(code),
    }).attach();
    prepareRunDirectory(args.rundir);
    this.startLog();
    this.pidfile = Pidfile.create(this.pidfilePath(), { overwrite: args.overwritePidfile });
    // Only who holds the pidfile may decide whether others are gone.
    await removeStaleSockets(args.rundir);
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
    guardAsync('ending', () => this.stop());
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
