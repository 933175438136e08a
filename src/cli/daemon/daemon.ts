/**
 * The daemon: takes its place (pidfile), opens its log, begins its work, says that it is ready, and lives until it is told to end. Whatever
 * fails on the way leaves nothing behind. Its work is what gives the switch its configuration: words and files, or a database.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../datapath/base/clock.js';
import { guardAsync } from '../../../datapath/base/guard.js';
import { logger } from '../../../datapath/base/log.js';
import { inlineMore } from '../../../datapath/ports/sys/compiler.js';
import { Switch } from '../../daemon/switch.js';
import { CrashHandler } from '../../switch/crash-handler.js';
import { isDetached, sayReady } from '../../switch/daemonize.js';
import { Heartbeat } from '../../switch/heartbeat.js';
import { setLevel } from '../../switch/log-spec.js';
import type { Logging } from '../../switch/logging.js';
import { Pidfile } from '../../switch/pidfile.js';
import { prepareRunDirectory, removeStaleSockets } from '../../switch/run-directory.js';
import { ServiceManager } from '../../switch/service-manager.js';
import { DEFAULT_LOGDIR } from '../options.js';
import { UserError } from '../user-error.js';
import type { DaemonOptions } from './options.js';

const DAEMON = 'ovs-vswitchd';
const log = logger('vswitchd');

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long an end waits for the step of the configuration that is being taken: sockets that it makes can only be removed then. */
const STEP_MS = 2000;

export interface Work {
  /**
   * Gives the switch its first configuration; resolves when that is in force. What it says is for people: a line for the terminal, null for
   * none, and a few words for the service manager.
   */
  begin(running: Switch, control: string): Promise<{ line: string | null; status: string }>;
  /** Gives no further ones. May be called before `begin` has come to its end, or without it. */
  end(): void;
}

export class Daemon {
  readonly ended: Promise<void>;
  private end: () => void = () => {};
  private pidfile: Pidfile | null = null;
  private running: Switch | null = null;
  private heartbeat: Heartbeat | null = null;
  private isReady = false;
  /** Resolves when the work has begun, or could not. */
  private begun: Promise<unknown> = Promise.resolve();
  private readonly manager = new ServiceManager({ env: process.env, pid: process.pid });

  constructor(
    private readonly args: DaemonOptions,
    private readonly work: Work,
    private readonly logging: Logging,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Rejects if it cannot be, or is told to end before it is ready. */
  async start(): Promise<void> {
    const { args } = this;
    const told = this.listenToSignals();
    inlineMore();
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
    await Promise.race([this.running.listen(control), told]);
    const work = this.work.begin(this.running, control);
    this.begun = work.catch(() => {});
    const { line, status } = await Promise.race([work, told]);
    this.isReady = true;
    if (isDetached()) await sayReady({ changeDirectory: args.chdir });
    else if (line !== null) process.stdout.write(`${line}\n`);
    this.manager.ready(status);
  }

  /** The first of each signal ends the daemon in order. Rejects with the sentence for one that comes before it is ready. */
  private listenToSignals(): Promise<never> {
    const told = new Promise<never>((_, reject) => {
      for (const signal of ENDING)
        process.once(signal, () => {
          if (this.isReady) this.stopLater();
          else reject(new UserError(`ended by ${signal} before it was ready`));
        });
    });
    told.catch(() => {});
    return told;
  }

  /** May be called at any time, any number of times. */
  async stop(): Promise<void> {
    const { running, pidfile } = this;
    this.running = this.pidfile = null;
    this.heartbeat?.stop();
    this.work.end();
    running?.abandon();
    await Promise.race([this.begun, new Promise((resolve) => setTimeout(resolve, STEP_MS).unref())]);
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
}
