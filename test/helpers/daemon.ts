/**
 * The daemon as users start it: a child process in a run directory of its own, asked with the real tools, and made to end so
 * that nothing is left of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun, type ToolResult, tool, until } from './tool.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The program as it is installed; test/helpers/bundle.ts has put it together. */
export const PROGRAM = ['--no-warnings', join(ROOT, 'dist', 'bin', 'ctswitch.cjs')];
/** Generous: a loaded machine is slow, not broken. */
const READY_TIMEOUT_MS = 60_000;

export class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), 'ctswitch-daemon-'));
  out = '';
  err = '';
  private readonly child: ChildProcess;
  private status: number | null = null;

  private constructor(words: readonly string[]) {
    const args = [...PROGRAM, 'run', '--rundir', this.folder, ...words];
    this.child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OVS_LOGDIR: this.folder },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.child.on('exit', (code, signal) => {
      this.status = signal === null ? (code ?? 128) : 128;
    });
  }

  /** Resolves when the daemon has said that it is ready. */
  static async start(...words: string[]): Promise<Daemon> {
    const daemon = new Daemon(words);
    try {
      await until('the ready line', () => daemon.out.includes('\n') || daemon.status !== null, {
        timeoutMs: READY_TIMEOUT_MS,
      });
      if (daemon.status !== null) throw new Error(`the daemon ended with ${daemon.status}: ${daemon.err}`);
    } catch (error) {
      await daemon.kill();
      throw error;
    }
    return daemon;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.status === null;
  }

  /** For tools that find the daemon by its run directory. */
  get env(): NodeJS.ProcessEnv {
    return { OVS_RUNDIR: this.folder };
  }

  /** Result of ovs-ofctl, whatever it is. */
  tryOfctl(args: readonly string[], input?: string): ToolResult {
    return tool('ovs-ofctl', args, { env: this.env, ...(input === undefined ? {} : { input }) });
  }

  tryAppctl(args: readonly string[]): ToolResult {
    return tool('ovs-appctl', args, { env: this.env });
  }

  /** Output of ovs-ofctl, which has to succeed. */
  ofctl(args: readonly string[], input?: string): string {
    return mustRun('ovs-ofctl', args, { env: this.env, ...(input === undefined ? {} : { input }) });
  }

  appctl(...args: string[]): string {
    return mustRun('ovs-appctl', args, { env: this.env });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Exit code, when the daemon has ended. */
  async ended(): Promise<number> {
    await until('the daemon to end', () => this.status !== null);
    return this.status ?? 128;
  }

  /** Files that a daemon must not leave behind: sockets and pidfiles. */
  leftovers(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).filter((name) => !name.endsWith('.log')) : [];
  }

  /** Ends the daemon as a user does and checks that it ends well. */
  async stop(): Promise<void> {
    try {
      this.signal('SIGTERM');
      const status = await this.ended();
      if (status !== 0) throw new Error(`the daemon ended with ${status}: ${this.err}`);
      const left = this.leftovers();
      if (left.length > 0) throw new Error(`the daemon has left ${left.join(', ')}`);
    } finally {
      await this.kill();
    }
  }

  /** Whatever became of it: no process and no folder stay. */
  private async kill(): Promise<void> {
    if (this.status === null) {
      this.child.kill('SIGKILL');
      await this.ended();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
