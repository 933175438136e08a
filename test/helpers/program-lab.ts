/**
 * A flow program between real hosts: the program's laboratory as `ctswitch lab` makes it, under names of this process, and our
 * daemon or a real Open vSwitch (userspace datapath) in the middle.
 */
import { join } from 'node:path';
import { planOf } from '../../src/lab/plan.js';
import { PROGRAM_LABS, type ProgramName } from '../../src/lab/program-labs.js';
import { Lab } from '../../src/lab/runner.js';
import type { LabBridge, Topology } from '../../src/lab/topology.js';
import { Daemon } from './daemon.js';
import { FLOWS } from './flow-program.js';
import { ASK, HOLD, type Running, SERVER } from './host-programs.js';
import { type Host, Namespaces } from './namespaces.js';
import { RealOvs } from './real-ovs.js';
import { until } from './tool.js';

interface RunningSwitch {
  ofctl(args: readonly string[], input?: string): string;
  appctl(args: readonly string[]): string;
  stop(): void | Promise<void>;
}

export type SwitchKind = 'ctswitch' | 'Open vSwitch';
export const KINDS = ['ctswitch', 'Open vSwitch'] as const satisfies readonly SwitchKind[];

let labs = 0;

/** The same topology under names that nobody else has: they are interfaces and namespaces of the machine. */
function renamed({ hosts, links, bridges }: Topology): Topology {
  const tag = `${process.pid}x${labs++}`;
  const ports = [...hosts.map(({ port }) => port), ...links.flat()];
  const port = (name: string): string => `p${tag}x${ports.indexOf(name)}`;
  return {
    hosts: hosts.map((host) => ({ ...host, name: `${host.name}-${tag}`, port: port(host.port) })),
    links: links.map(([one, other]) => [port(one), port(other)] as const),
    bridges: bridges.map((bridge, i) => ({ ...bridge, name: `b${tag}x${i}`, ports: bridge.ports.map(port) })),
  };
}

export class ProgramLab {
  readonly hosts = new Namespaces();
  private readonly byName = new Map<string, Host>();
  private lab: Lab | null = null;
  private running: RunningSwitch | null = null;
  /** The name of the bridge br0. */
  private bridge = '';

  private constructor(private readonly kind: SwitchKind) {}

  /** Makes the program's hosts and starts a switch with the program between them. */
  static async start(kind: SwitchKind, program: ProgramName): Promise<ProgramLab> {
    const lab = new ProgramLab(kind);
    try {
      await lab.begin(PROGRAM_LABS[program]);
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  private async begin(wanted: Topology): Promise<void> {
    const topology = renamed(wanted);
    this.lab = Lab.up(planOf(topology));
    topology.hosts.forEach((host, i) => {
      this.byName.set(wanted.hosts[i].name, this.hosts.adopt(host));
      // Without these offloads packets have their checksums on the way, which Open vSwitch needs.
      if (this.kind === 'Open vSwitch')
        this.hosts.exec(host, ['ethtool', '-K', host.inner, 'tx', 'off', 'tso', 'off', 'gso', 'off']);
    });
    this.bridge = topology.bridges[wanted.bridges.findIndex(({ name }) => name === 'br0')].name;
    this.running = this.kind === 'ctswitch' ? await startOurs(topology.bridges) : startReal(topology.bridges);
    for (const bridge of topology.bridges) load(this.running, bridge);
  }

  /** The host of that name in the program's laboratory. */
  host(name: string): Host {
    const host = this.byName.get(name);
    if (host === undefined) throw new Error(`there is no host ${name} in this laboratory`);
    return host;
  }

  /** `ovs-ofctl COMMAND br0 WORDS`. */
  ofctl(command: string, ...words: string[]): string {
    return this.running?.ofctl(['-O', 'OpenFlow15', command, this.bridge, ...words]) ?? '';
  }

  connections(): string[] {
    return (this.running?.appctl(['dpctl/dump-conntrack']) ?? '').split('\n').filter((line) => line !== '');
  }

  /** Output of a command on the host, whatever becomes of it. */
  run(host: string, ...command: string[]): string {
    return this.hosts.tryExec(this.host(host), command).out;
  }

  /** Starts a command on the host whose output is collected. */
  start(host: string, ...command: string[]): Running {
    return this.hosts.collect(this.host(host), command);
  }

  /** A web server that answers "NAME CLIENT", at `/slow` in five lines over two seconds. */
  async serve(host: string, port: number, name: string): Promise<void> {
    this.hosts.spawn(this.host(host), ['python3', '-c', SERVER, String(port), name]);
    await until('the server', () => this.run(host, 'ss', '-ltn').includes(`:${port} `));
  }

  /** The answer of a web server, or "nothing". */
  fetch(host: string, url: string, ...options: string[]): string {
    return this.run(host, 'curl', '-s', '-g', '--max-time', '3', ...options, `http://${url}`) || 'nothing';
  }

  /** True if nothing comes back, not even for somebody who asks twice. */
  isBlocked(host: string, url: string, ...options: string[]): boolean {
    return this.fetch(host, url, '--max-time', '1.5', ...options) === 'nothing';
  }

  /** Sends megabytes as fast as they go; gives how many have arrived when the sender has let go of the last. */
  async pour(host: string, server: string, address: string, megabytes: number): Promise<number> {
    this.hosts.spawn(this.host(server), ['iperf3', '-s', '-1']);
    await until('iperf3', () => this.run(server, 'ss', '-ltn').includes(':5201 '));
    const report = this.run(host, 'iperf3', '-c', address, '-n', `${megabytes}M`, '-J');
    return (JSON.parse(report) as { end: { sum_received: { bytes: number } } }).end.sum_received.bytes / (1 << 20);
  }

  /** Opens a connection from that port and holds it. */
  hold(host: string, address: string, port: number, sourcePort: number): void {
    this.hosts.spawn(this.host(host), ['python3', '-c', HOLD, address, String(port), String(sourcePort)]);
  }

  /** "refused" if the error of a closed UDP port comes back. */
  ask(host: string, address: string, port: number): string {
    return this.run(host, 'python3', '-c', ASK, address, String(port)).trim();
  }

  ping(host: string, address: string, ...options: string[]): string {
    return this.run(host, 'ping', '-c', '2', '-i', '0.2', '-W', '1', ...options, address);
  }

  async stop(): Promise<void> {
    try {
      await this.running?.stop();
    } finally {
      this.running = null;
      this.hosts.removeAll();
      this.lab?.down();
      this.lab = null;
    }
  }
}

async function startOurs(bridges: readonly LabBridge[]): Promise<RunningSwitch> {
  const daemon = await Daemon.start(
    ...bridges.flatMap(({ name, ports, program }) => [
      ...['--bridge', `${name}=${ports.join(',')}`],
      ...(program === null ? [] : ['--fail-mode', `${name}=secure`]),
    ]),
  );
  return {
    ofctl: (args, input) => daemon.ofctl(args, input),
    appctl: (args) => daemon.appctl(...args),
    stop: () => daemon.stop(),
  };
}

function startReal(bridges: readonly LabBridge[]): RunningSwitch {
  const ovs = new RealOvs('netdev');
  for (const { name, ports, program } of bridges)
    ovs.addBridge(name, ports, program === null ? 'standalone' : 'secure');
  return ovs;
}

/** With the tools of Open vSwitch, groups first. */
function load(running: RunningSwitch, { name, program, hasGroups }: LabBridge): void {
  const fill = (command: string, file: string): string =>
    running.ofctl(['-O', 'OpenFlow15', command, name, join(FLOWS, file)]);
  if (hasGroups === true) fill('add-groups', `${program}.groups`);
  if (program !== null) fill('add-flows', `${program}.flows`);
}
