/**
 * `ovs-ofctl monitor` of a switch, from when it hears to when it has heard all. It opens its control socket once it has told the switch
 * what it wants to hear, and answers `ofctl/barrier` when the switch has answered a barrier: all that came before it is told by then.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, until } from './tool.js';

let monitors = 0;

export class Monitor {
  private text = '';
  private readonly child: ChildProcess;
  private readonly socket: string;
  private hasEnded = false;

  private constructor(rundir: string, words: readonly string[]) {
    this.socket = join(rundir, `monitor${monitors++}.ctl`);
    const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
    this.child = spawn('ovs-ofctl', [`--unixctl=${this.socket}`, ...words], {
      env: { ...process.env, PATH: path, OVS_RUNDIR: rundir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (part: string) => {
        this.text += part;
      });
    this.child.once('close', () => {
      this.hasEnded = true;
    });
  }

  /** Resolves when it hears. */
  static async start(rundir: string, words: readonly string[]): Promise<Monitor> {
    const monitor = new Monitor(rundir, words);
    await until('the monitor to hear', () => existsSync(monitor.socket) || monitor.hasEnded);
    if (monitor.hasEnded) throw new Error(`the monitor has ended: ${monitor.text}`);
    return monitor;
  }

  /** All that has been heard since the start, in lines; the monitor ends. */
  async finish(): Promise<string> {
    for (const command of ['ofctl/barrier', 'exit']) mustRun('ovs-appctl', ['-t', this.socket, command]);
    await until('its end', () => this.hasEnded);
    return this.text.replace(/^OFPT_BARRIER_REPLY.*\n/gm, '');
  }
}
