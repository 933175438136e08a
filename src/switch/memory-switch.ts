/**
 * A whole switch within a program: one bridge over ports in memory, without a loop, sockets or interfaces. Frames go in and come out, flows
 * are in ovs-ofctl's words, and time stands still until it is moved: each run gives the same.
 */
import { ManualClock } from '../../datapath/base/clock.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import type { DummyPort } from '../../datapath/ports/dummy.js';
import { Backer } from '../bridge/backer.js';
import { Bridge } from '../bridge/bridge.js';
import type { Dpif } from '../dpif/dpif.js';
import { InProcessDpif } from '../dpif/in-process.js';
import { Ofproto } from '../ofproto/ofproto.js';
import { formatConnection } from '../text/conntrack.js';
import { formatFlowStats } from '../text/flow.js';
import { formatDpFlow } from '../text/odp-flow.js';
import { loadFlowFile } from './flow-file.js';

/** What the switch begins with. */
export interface MemorySwitchOptions {
  /** Names of the ports; the first has the OpenFlow number 1, the next 2, and so on. */
  ports: readonly string[];
  /** Flows, one a line, as `ovs-ofctl add-flows` reads them from a file. */
  flows?: string;
}

/** See above. Nothing is forwarded and no time passes but within the calls below. */
export class MemorySwitch {
  readonly clock = new ManualClock();
  readonly datapath = new Datapath({ name: 'dummy@ovs-dummy', type: 'dummy', seed: 1 });
  readonly backer: Backer;
  readonly bridge: Bridge;
  private readonly ports = new Map<string, DummyPort>();

  /**
   * Throws a ConfigError that names the line if a flow cannot be read or is refused. `boundary` makes what stands between the datapath and
   * its user.
   */
  constructor(
    { ports, flows = '' }: MemorySwitchOptions,
    boundary: (datapath: Datapath) => Dpif = (datapath) => new InProcessDpif(datapath),
  ) {
    this.backer = new Backer(boundary(this.datapath));
    this.bridge = new Bridge('br0', this.backer, new Ofproto({ name: 'br0', datapathId: 1n }));
    for (const name of ports) {
      this.bridge.addPort({ name, type: 'dummy', options: {} }, {}, this.now);
      this.ports.set(name, this.datapath.findPort(name)!.port as DummyPort);
    }
    this.addFlows(flows);
  }

  /** Monotonic milliseconds, by a clock that only `advance` moves. */
  get now(): number {
    return this.clock.now();
  }

  /** Adds, changes and deletes flows as `ovs-ofctl add-flows` does: all of them, or none and a ConfigError. */
  addFlows(text: string): void {
    loadFlowFile(this.bridge, text, 'flows', this.now);
    this.backer.flowSetup.noticeChanges();
  }

  /** Throws if there is no port of that name. */
  port(name: string): DummyPort {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no port ${name}: there are ${[...this.ports.keys()].join(', ')}`);
    return port;
  }

  /** Gives frames to a port and lets the switch forward them. */
  send(port: string, ...frames: Uint8Array[]): void {
    for (const frame of frames) this.port(port).inject(frame);
    this.settle();
  }

  /** Forwards all that waits. */
  settle(): void {
    this.backer.flowSetup.noticeChanges();
    while (this.datapath.poll(this.now) > 0);
    this.backer.tick(this.now);
  }

  /** The frames that have left each port since the last call, by port name; only ports that sent anything. */
  takeSent(): Record<string, Uint8Array[]> {
    const sent: Record<string, Uint8Array[]> = {};
    for (const [name, port] of this.ports) {
      const frames = port.takeSent();
      if (frames.length > 0) sent[name] = frames;
    }
    return sent;
  }

  /** Time passes: flows, connections and learned stations grow old. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.datapath.conntrack.sweep(this.now);
    for (let i = 0; i < 100; i++) if (this.backer.tick(this.now) > 0) break;
  }

  /** The flows as `ovs-ofctl dump-flows` prints them, with exact counters. */
  dumpFlows(): string[] {
    this.bridge.pushStats();
    return this.bridge.ofproto.tables.flatMap((table) =>
      [...table].map((rule) => formatFlowStats(rule.stats(this.now)).trim()),
    );
  }

  /** The connections as `ovs-appctl dpctl/dump-conntrack` prints them. */
  dumpConnections(): string[] {
    return [...this.datapath.conntrack.dump({}, this.now)].map((conn) => formatConnection(conn));
  }

  /** The cached flows as `ovs-appctl dpctl/dump-flows` prints them. */
  dumpDatapath(): string[] {
    const options = { now: this.now, verbose: false, portName: () => null };
    return [...this.datapath.flows()].map((flow) => formatDpFlow(flow, options));
  }
}
