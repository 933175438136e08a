/**
 * Hosts in network namespaces, each on a veth pair whose other end is for the switch. Names carry this process's number, so that
 * nothing that was there before is touched and two runs can live side by side.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Running } from './host-programs.js';
import { mustRun, type ToolResult, tool } from './tool.js';

export interface Host {
  /** Name of the namespace. */
  readonly name: string;
  /** The end of the pair that the switch gets. */
  readonly port: string;
  /** The end inside the namespace. */
  readonly inner: string;
}

let hosts = 0;

export class Namespaces {
  private readonly made: Host[] = [];
  private readonly running: ChildProcess[] = [];

  /**
   * A host with these addresses (with prefix lengths); its interface is up. Without an IPv6 address it speaks no IPv6: what a kernel says
   * by itself - who is there, who routes, may I have this address - would be among the frames of the test.
   */
  add(...addresses: string[]): Host {
    const tag = `${process.pid}n${hosts++}`;
    const host: Host = { name: `cts${tag}`, port: `v${tag}`, inner: 'eth0' };
    mustRun('ip', ['netns', 'add', host.name]);
    this.made.push(host);
    const pair = ['link', 'add', host.port, 'type', 'veth', 'peer', 'name', host.inner, 'netns', host.name];
    const isQuiet = !addresses.some((address) => address.includes(':'));
    if (isQuiet) this.exec(host, ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
    mustRun('ip', pair);
    // Addresses work at once: nobody else can have them, so there is no duplicate to wait for.
    this.exec(host, ['sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0']);
    this.exec(host, ['sysctl', '-qw', `net.ipv6.conf.${host.inner}.accept_dad=0`]);
    for (const address of addresses) this.exec(host, ['ip', 'address', 'add', address, 'dev', host.inner]);
    this.exec(host, ['ip', 'link', 'set', 'lo', 'up']);
    this.exec(host, ['ip', 'link', 'set', host.inner, 'up']);
    mustRun('ip', ['link', 'set', host.port, 'up']);
    return host;
  }

  /** A host that somebody else has made, and takes away. */
  adopt(host: Host): Host {
    this.made.push(host);
    return host;
  }

  /** Output of a command on the host, which has to succeed. */
  exec(host: Host, command: readonly string[], timeoutMs?: number): string {
    const args = ['netns', 'exec', host.name, ...command];
    return mustRun('ip', args, timeoutMs === undefined ? {} : { timeoutMs });
  }

  tryExec(host: Host, command: readonly string[]): ToolResult {
    return tool('ip', ['netns', 'exec', host.name, ...command]);
  }

  /** Starts a command on the host that runs until the end. */
  spawn(host: Host, command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', host.name, ...command], { stdio: 'ignore' });
    this.running.push(child);
    return child;
  }

  /** The same, keeping what it says. */
  collect(host: Host, command: readonly string[]): Running {
    const child = spawn('ip', ['netns', 'exec', host.name, ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.running.push(child);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<string>((resolve) => child.once('close', () => resolve(said)));
    return { text: () => said, ended: () => ended };
  }

  setMtu(host: Host, mtu: number): void {
    mustRun('ip', ['link', 'set', host.port, 'mtu', String(mtu)]);
    this.exec(host, ['ip', 'link', 'set', host.inner, 'mtu', String(mtu)]);
  }

  /** Ends what runs and removes all that was made. */
  removeAll(): void {
    for (const child of this.running) child.kill('SIGKILL');
    for (const host of this.made) {
      // The far end goes with the pair's near end even while a process keeps the namespace alive.
      tool('ip', ['link', 'del', host.port]);
      tool('ip', ['netns', 'del', host.name]);
    }
    this.running.length = this.made.length = 0;
  }
}
