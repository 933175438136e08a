/** Two namespaces, each with a veth whose other end is in the hands of the switch under test. */
import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export class Lab {
  private readonly tag = `b${process.pid % 10_000}`;
  readonly left = `${this.tag}-left`;
  readonly right = `${this.tag}-right`;
  /** The switch's ends, and the hosts'. */
  readonly ports = [`${this.tag}l0`, `${this.tag}r0`] as const;
  readonly hosts = [`${this.tag}l1`, `${this.tag}r1`] as const;
  readonly addresses = ['10.77.0.1', '10.77.0.2'] as const;

  up(): void {
    for (const [i, ns] of [this.left, this.right].entries()) {
      ip('netns', 'add', ns);
      ip('link', 'add', this.ports[i], 'type', 'veth', 'peer', 'name', this.hosts[i], 'netns', ns);
      ip('link', 'set', this.ports[i], 'up');
      // No IPv6: its own chatter would be measured, too.
      this.exec(ns, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
      this.exec(ns, 'ip', 'addr', 'add', `${this.addresses[i]}/24`, 'dev', this.hosts[i]);
      this.exec(ns, 'ip', 'link', 'set', this.hosts[i], 'up');
    }
  }

  down(): void {
    for (const ns of [this.left, this.right]) spawnSync('ip', ['netns', 'del', ns]);
    for (const port of this.ports) spawnSync('ip', ['link', 'del', port]);
  }

  exec(ns: string, ...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', ns, ...command], { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  spawn(ns: string, command: string[], options: SpawnOptions = {}): ReturnType<typeof spawn> {
    return spawn('ip', ['netns', 'exec', ns, ...command], { stdio: 'ignore', ...options });
  }

  /** Frames that the switch has sent towards the right host. */
  delivered(): number {
    // Eight columns of what was received, then packets second; unlike /sys, this is always of our own network namespace.
    const line = readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .find((text) => text.trim().startsWith(`${this.ports[1]}:`));
    return Number(line?.split(':')[1].trim().split(/\s+/)[9]);
  }
}

const ip = (...words: string[]): void => void execFileSync('ip', words);
