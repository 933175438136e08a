/**
 * A real Open vSwitch beside ours: its daemons in a run directory of their own, with the dummy datapath, whose ports take
 * frames as hex and write what leaves them to pcap files. Nothing of the machine's own Open vSwitch is touched.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Commands are local and quick: what takes so long, on a loaded machine too, hangs. */
const TIMEOUT_MS = 60_000;
const TICK_MS = 5;

export class RealOvs {
  readonly folder = mkdtempSync(join(tmpdir(), 'real-ovs-'));
  private readonly env: NodeJS.ProcessEnv;
  /** Bytes of each port's capture that have been read. */
  private readonly readUpTo = new Map<string, number>();

  constructor(private readonly datapathType: 'dummy' | 'netdev' = 'dummy') {
    const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
    this.env = { ...process.env, PATH: path, OVS_RUNDIR: this.folder, OVS_LOGDIR: this.folder, OVS_DBDIR: this.folder };
    const db = join(this.folder, 'conf.db');
    const remote = `punix:${this.folder}/db.sock`;
    this.run('ovsdb-tool', ['create', db, SCHEMA]);
    this.run('ovsdb-server', [
      '--detach',
      '--no-chdir',
      '--pidfile',
      '--log-file',
      '-vconsole:off',
      `--remote=${remote}`,
      db,
    ]);
    this.run('ovs-vsctl', ['--no-wait', 'init']);
    this.startSwitch();
  }

  /** Also after the switch has been killed: the database still has its bridges. */
  startSwitch(): void {
    const dummy = this.datapathType === 'dummy' ? ['--enable-dummy', '--disable-system', '--disable-system-route'] : [];
    const daemon = [...dummy, '--detach', '--no-chdir', '--pidfile', '--log-file', '-vconsole:off'];
    this.run('ovs-vswitchd', [...daemon, `unix:${this.folder}/db.sock`]);
  }

  /** Of the process that forwards. */
  get pid(): number {
    return Number(readFileSync(join(this.folder, 'ovs-vswitchd.pid'), 'utf8'));
  }

  /** Adds a bridge whose ports have the OpenFlow numbers 1, 2, 3 ... in the order given. */
  addBridge(name: string, ports: readonly string[], failMode: 'secure' | 'standalone' = 'secure'): void {
    const protocols = 'protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15';
    const words = [
      '--',
      'add-br',
      name,
      '--',
      'set',
      'bridge',
      name,
      `datapath_type=${this.datapathType}`,
      `fail-mode=${failMode}`,
      protocols,
    ];
    ports.forEach((port, i) => {
      words.push('--', 'add-port', name, port, '--', 'set', 'interface', port, `ofport_request=${i + 1}`);
      if (this.datapathType === 'dummy') words.push('type=dummy', `options:tx_pcap=${this.capture(port)}`);
    });
    this.run('ovs-vsctl', words);
  }

  ofctl(args: readonly string[], input?: string): string {
    return this.run('ovs-ofctl', args, input);
  }

  appctl(args: readonly string[]): string {
    return this.run('ovs-appctl', ['-t', 'ovs-vswitchd', ...args]);
  }

  vsctl(args: readonly string[]): string {
    return this.run('ovs-vsctl', args);
  }

  receive(port: string, frame: Uint8Array): void {
    this.appctl(['netdev-dummy/receive', port, Buffer.from(frame).toString('hex')]);
  }

  /** The frames that have left the port since the last call. */
  sent(port: string): Uint8Array[] {
    const file = this.capture(port);
    if (!existsSync(file)) return [];
    const from = this.readUpTo.get(port) ?? 24; // behind the file's header
    const bytes = readFrom(file, from);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at + 16 <= bytes.length) {
      const size = bytes.readUInt32LE(at + 8);
      if (at + 16 + size > bytes.length) break;
      frames.push(new Uint8Array(bytes.subarray(at + 16, at + 16 + size)));
      at += 16 + size;
    }
    this.readUpTo.set(port, from + at);
    return frames;
  }

  /** Returns when both are gone: exit answers first and gives its interfaces back afterwards. */
  stop(): void {
    for (const target of ['ovs-vswitchd', 'ovsdb-server']) {
      const pid = this.pidOf(target);
      spawnSync('ovs-appctl', ['-t', target, 'exit', ...(target === 'ovs-vswitchd' ? ['--cleanup'] : [])], {
        env: this.env,
        timeout: TIMEOUT_MS,
      });
      if (pid !== undefined) waitForEnd(pid);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private pidOf(target: string): number | undefined {
    const path = join(this.folder, `${target}.pid`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined;
  }

  private capture(port: string): string {
    return join(this.folder, `${port}.pcap`);
  }

  private run(command: string, args: readonly string[], input?: string): string {
    return execFileSync(command, args, {
      env: this.env,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
      maxBuffer: 1 << 28,
      ...(input === undefined ? {} : { input }),
    });
  }
}

/** The part of a growing file that has not been read yet. */
function readFrom(path: string, from: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - from));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

/** Waits for a process that has been told to end; one that does not is left alone after TIMEOUT_MS. */
function waitForEnd(pid: number): void {
  const nobodyTells = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < TIMEOUT_MS && isRunning(pid); waited += TICK_MS)
    Atomics.wait(nobodyTells, 0, 0, TICK_MS);
}

/** A process whose end nobody has asked for (state Z) runs no longer. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
