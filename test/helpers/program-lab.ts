/**
 * A flow program between real hosts: namespaces whose addresses, MAC addresses and routes are as the program expects them, and
 * our daemon or a real Open vSwitch (userspace datapath) in the middle.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { FLOWS } from './flow-program.js';
import { type Host, Namespaces } from './namespaces.js';
import { RealOvs } from './real-ovs.js';
import { mustRun, tool, until } from './tool.js';

export interface HostSpec {
  /** Last byte of 02:00:00:00:00:xx, in hex. */
  mac: string;
  addresses: readonly string[];
  /** Default gateway. */
  via?: string;
}

interface RunningSwitch {
  ofctl(args: readonly string[], input?: string): string;
  appctl(args: readonly string[]): string;
  stop(): void | Promise<void>;
}

/** Bridges are interfaces of the machine: their names must not be anybody else's. */
const NAMES = { br0: `p${process.pid}`, inside: `q${process.pid}` } as const;
type BridgeName = keyof typeof NAMES;
type Ports = Partial<Record<BridgeName, readonly string[]>>;

export type SwitchKind = 'ctswitch' | 'Open vSwitch';

/** Says who serves and whom: "NAME ADDRESS". */
const SERVER = `
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (sys.argv[2] + ' ' + self.client_address[0]).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(*_): pass
http.server.ThreadingHTTPServer(('', int(sys.argv[1])), Handler).serve_forever()
`;

/** Holds a connection from the port given. */
const HOLD = `
import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5, ('', int(sys.argv[3])))
time.sleep(60)
`;

/** What becomes of a datagram that is sent to a port where nobody listens. */
const ASK = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((sys.argv[1], int(sys.argv[2])))
s.send(b'?')
try: s.recv(100)
except ConnectionRefusedError: print('refused')
except TimeoutError: print('silence')
`;

export class ProgramLab {
  readonly hosts = new Namespaces();
  private running: RunningSwitch | null = null;
  private readonly link = [`k${process.pid}`, `l${process.pid}`] as const;
  private isLinked = false;

  constructor(private readonly kind: SwitchKind) {}

  host(spec: HostSpec): Host {
    const host = this.hosts.add();
    const run = (...words: string[]): string => this.hosts.exec(host, words);
    run('ip', 'link', 'set', host.inner, 'address', `02:00:00:00:00:${spec.mac}`);
    for (const address of spec.addresses) run('ip', 'address', 'add', address, 'dev', host.inner);
    if (spec.via !== undefined) run('ip', 'route', 'add', 'default', 'via', spec.via);
    // Without these offloads packets have their checksums on the way, which Open vSwitch needs.
    if (this.kind === 'Open vSwitch') run('ethtool', '-K', host.inner, 'tx', 'off', 'tso', 'off', 'gso', 'off');
    return host;
  }

  /** A bridge `inside` that joins these hosts; gives the port through which another bridge reaches them. */
  network(): readonly [inner: string, outer: string] {
    mustRun('ip', ['link', 'add', this.link[0], 'type', 'veth', 'peer', 'name', this.link[1]]);
    this.isLinked = true;
    for (const end of this.link) mustRun('ip', ['link', 'set', end, 'up']);
    return this.link;
  }

  /** Starts the switch with the program on br0; `inside`, if there is one, is a learning switch. */
  async start(program: string, ports: Ports): Promise<void> {
    this.running = this.kind === 'ctswitch' ? await startOurs(ports) : startReal(ports);
    const groups = join(FLOWS, `${program}.groups`);
    if (tool('test', ['-e', groups]).status === 0)
      this.running.ofctl(['-O', 'OpenFlow15', 'add-groups', NAMES.br0, groups]);
    this.running.ofctl(
      ['-O', 'OpenFlow15', 'add-flows', NAMES.br0, '-'],
      readFileSync(join(FLOWS, `${program}.flows`), 'utf8'),
    );
  }

  /** `ovs-ofctl COMMAND br0 WORDS`. */
  ofctl(command: string, ...words: string[]): string {
    return this.running?.ofctl(['-O', 'OpenFlow15', command, NAMES.br0, ...words]) ?? '';
  }

  connections(): string[] {
    return (this.running?.appctl(['dpctl/dump-conntrack']) ?? '').split('\n').filter((line) => line !== '');
  }

  /** A web server that answers "NAME CLIENT". */
  async serve(host: Host, port: number, name: string): Promise<void> {
    this.hosts.spawn(host, ['python3', '-c', SERVER, String(port), name]);
    await until('the server', () => this.hosts.exec(host, ['ss', '-ltn']).includes(`:${port} `));
  }

  /** The answer of a web server, or "nothing". */
  fetch(host: Host, url: string): string {
    return this.hosts.tryExec(host, ['curl', '-s', '--max-time', '3', `http://${url}`]).out || 'nothing';
  }

  hold(host: Host, address: string, port: number, sourcePort: number): void {
    this.hosts.spawn(host, ['python3', '-c', HOLD, address, String(port), String(sourcePort)]);
  }

  /** "refused" if the error of a closed UDP port comes back. */
  ask(host: Host, address: string, port: number): string {
    return this.hosts.exec(host, ['python3', '-c', ASK, address, String(port)]).trim();
  }

  ping(host: Host, address: string, ...options: string[]): string {
    return this.hosts.tryExec(host, ['ping', '-c', '2', '-i', '0.2', '-W', '1', ...options, address]).out;
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = null;
    this.hosts.removeAll();
    if (this.isLinked) tool('ip', ['link', 'del', this.link[0]]);
    this.isLinked = false;
  }
}

async function startOurs(ports: Ports): Promise<RunningSwitch> {
  const words = Object.entries(ports).flatMap(([name, list]) => {
    const bridge = NAMES[name as BridgeName];
    const mode = name === 'br0' ? ['--fail-mode', `${bridge}=secure`] : [];
    return ['--bridge', `${bridge}=${list.join(',')}`, ...mode];
  });
  const daemon = await Daemon.start(...words);
  return {
    ofctl: (args, input) => daemon.ofctl(args, input),
    appctl: (args) => daemon.appctl(...args),
    stop: () => daemon.stop(),
  };
}

function startReal(ports: Ports): RunningSwitch {
  const ovs = new RealOvs('netdev');
  for (const [name, list] of Object.entries(ports))
    ovs.addBridge(NAMES[name as BridgeName], list, name === 'br0' ? 'secure' : 'standalone');
  return ovs;
}
