/** The switch in the place of ovs-vswitchd: a real ovsdb-server in a run directory of its own, our daemon that follows it, real tools. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from './daemon.js';
import { mustRun, type ToolResult, tool, until } from './tool.js';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

export class FollowedDatabase {
  readonly folder = mkdtempSync(join(tmpdir(), 'ctswitch-db-'));
  readonly env = { OVS_RUNDIR: this.folder, OVS_LOGDIR: this.folder, OVS_DBDIR: this.folder };

  private readonly children: ChildProcess[] = [];

  constructor() {
    mustRun('ovsdb-tool', ['create', join(this.folder, 'conf.db'), SCHEMA], { env: this.env });
    this.startServer();
    this.vsctl('--no-wait', 'init');
  }

  startServer(): void {
    const words = ['--detach', '--no-chdir', '--pidfile', '--log-file', '-vconsole:off'];
    mustRun('ovsdb-server', [...words, `--remote=punix:${this.folder}/db.sock`, join(this.folder, 'conf.db')], {
      env: this.env,
    });
  }

  async stopServer(): Promise<void> {
    const pid = this.pidOf('ovsdb-server');
    tool('ovs-appctl', ['-t', 'ovsdb-server', 'exit'], { env: this.env });
    await until('the database server to end', () => pid === null || !existsSync(`/proc/${pid}`));
  }

  /** Returns when it is ready, as --detach does. */
  startSwitch(...words: string[]): ToolResult {
    const args = [...PROGRAM, 'vswitchd', '--detach', '--pidfile', '--log-file', ...words];
    return tool(process.execPath, args, { env: this.env });
  }

  /** In the foreground. */
  spawnSwitch(...words: string[]): ChildProcess {
    const child = spawn(process.execPath, [...PROGRAM, 'vswitchd', ...words], {
      stdio: 'ignore',
      env: { ...process.env, ...this.env },
    });
    this.children.push(child);
    return child;
  }

  async stopSwitch(): Promise<void> {
    const pid = this.pidOf('ovs-vswitchd');
    this.appctl('exit');
    await until('the switch to end', () => pid === null || !existsSync(`/proc/${pid}`));
  }

  vsctl(...args: string[]): string {
    return mustRun('ovs-vsctl', args, { env: this.env });
  }

  tryVsctl(...args: string[]): ToolResult {
    return tool('ovs-vsctl', args, { env: this.env });
  }

  ofctl(...args: string[]): string {
    return mustRun('ovs-ofctl', args, { env: this.env });
  }

  appctl(...args: string[]): string {
    return mustRun('ovs-appctl', args, { env: this.env });
  }

  /** One column of one row, without quotes. */
  get(table: string, record: string, column: string): string {
    return this.vsctl('get', table, record, column).trim().replaceAll('"', '');
  }

  log(): string {
    return readFileSync(join(this.folder, 'ovs-vswitchd.log'), 'utf8');
  }

  pidOf(daemon: string): number | null {
    const path = join(this.folder, `${daemon}.pid`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : null;
  }

  /** Whatever became of the two: nothing of them stays. */
  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const daemon of ['ovs-vswitchd', 'ovsdb-server']) {
      const pid = this.pidOf(daemon);
      if (pid !== null) spawnSync('kill', ['-KILL', String(pid)]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
