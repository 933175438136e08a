/** The two switches, started the same way with the same two ports, programmed through the same real ovs-ofctl. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealOvs } from '../../test/helpers/real-ovs.js';
import type { Lab } from './lab.js';

export const BRIDGE = 'br-bench';

export interface Contender {
  start(): Promise<void>;
  /** Ports are 1 (left) and 2 (right). */
  ofctl(args: readonly string[], input?: string): string;
  appctl(args: readonly string[]): string;
  /** Of the process that forwards. */
  readonly pid: number;
  /** Ends it by SIGKILL, as a crash would. */
  crash(): Promise<void>;
  /** After a crash: with the same ports, as a switch that learns, since flows have gone with the old one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export class OpenVSwitch implements Contender {
  private ovs: RealOvs | null = null;

  constructor(private readonly lab: Lab) {}

  async start(): Promise<void> {
    this.ovs = new RealOvs('netdev');
    this.ovs.addBridge(BRIDGE, this.lab.ports);
  }

  ofctl(args: readonly string[], input?: string): string {
    return this.ovs!.ofctl(args, input);
  }

  appctl(args: readonly string[]): string {
    return this.ovs!.appctl(args);
  }

  get pid(): number {
    return this.ovs!.pid;
  }

  async crash(): Promise<void> {
    this.ovs!.vsctl(['set-fail-mode', BRIDGE, 'standalone']);
    const { pid } = this;
    process.kill(pid, 'SIGKILL');
    // Its process may stay as a zombie, which has no program any more.
    while (existsSync(`/proc/${pid}/exe`)) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async restart(): Promise<void> {
    this.ovs!.startSwitch();
  }

  async stop(): Promise<void> {
    this.ovs?.stop();
  }
}

const MAIN = new URL('../../bin/ctswitch.cjs', import.meta.url).pathname;
const READY_TIMEOUT_MS = 10_000;

export class CtSwitch implements Contender {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ctswitch-bench-'));
  private child: ChildProcess | null = null;

  constructor(private readonly lab: Lab) {}

  start(): Promise<void> {
    return this.startAs('secure');
  }

  restart(): Promise<void> {
    return this.startAs('standalone');
  }

  async crash(): Promise<void> {
    const { child } = this;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await gone;
  }

  private async startAs(failMode: string): Promise<void> {
    const words = [
      'run',
      '--rundir',
      this.folder,
      '--bridge',
      `${BRIDGE}=${this.lab.ports.join()}`,
      '--fail-mode',
      `${BRIDGE}=${failMode}`,
    ];
    this.child = spawn(process.execPath, ['--no-warnings', MAIN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the switch did not become ready')), READY_TIMEOUT_MS);
      this.child?.once('exit', (code) => reject(new Error(`the switch ended with ${code}`)));
      this.child?.stdout?.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  ofctl(args: readonly string[], input?: string): string {
    return this.run('ovs-ofctl', args, input);
  }

  appctl(args: readonly string[]): string {
    return this.run('ovs-appctl', args);
  }

  get pid(): number {
    return this.child!.pid!;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child !== null && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(command: string, args: readonly string[], input?: string): string {
    const env = { ...process.env, OVS_RUNDIR: this.folder };
    return execFileSync(command, args, {
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      ...(input === undefined ? {} : { input }),
    });
  }
}
