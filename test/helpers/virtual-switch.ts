/** A whole switch in this process: one bridge over dummy ports, a clock that moves only when told, flows in ovs-ofctl's words. */
import { ManualClock } from '../../datapath/base/clock.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import { compose } from '../../datapath/keys/compose.js';
import type { DummyPort } from '../../datapath/ports/dummy.js';
import { Backer } from '../../src/bridge/backer.js';
import { Bridge } from '../../src/bridge/bridge.js';
import type { Dpif } from '../../src/dpif/dpif.js';
import { InProcessDpif } from '../../src/dpif/in-process.js';
import { Ofproto } from '../../src/ofproto/ofproto.js';
import { loadFlowFile } from '../../src/switch/flow-file.js';
import { formatFlowStats } from '../../src/text/flow.js';
import { parseMatch } from '../../src/text/match.js';
import { formatDpFlow } from '../../src/text/odp-flow.js';

export class VirtualSwitch {
  readonly clock = new ManualClock();
  readonly datapath = new Datapath({ name: 'dummy@ovs-dummy', type: 'dummy', seed: 1 });
  readonly backer: Backer;
  readonly bridge: Bridge;
  private readonly ports = new Map<string, DummyPort>();

  /** Ports p1, p2, ... have the OpenFlow numbers 1, 2, ... and, in the datapath, the same. `boundary` makes what stands between the datapath and its user. */
  constructor(
    portCount: number,
    flows = '',
    boundary: (datapath: Datapath) => Dpif = (datapath) => new InProcessDpif(datapath),
  ) {
    this.backer = new Backer(boundary(this.datapath));
    this.bridge = new Bridge('br0', this.backer, new Ofproto({ name: 'br0', datapathId: 1n }));
    for (let i = 1; i <= portCount; i++) {
      const name = `p${i}`;
      this.bridge.addPort({ name, type: 'dummy', options: {} }, {}, this.now);
      this.ports.set(name, this.datapath.findPort(name)!.port as DummyPort);
    }
    this.addFlows(flows);
  }

  get now(): number {
    return this.clock.now();
  }

  addFlows(text: string): void {
    loadFlowFile(this.bridge, text, 'flows', this.now);
    this.backer.noticeChanges();
  }

  port(name: string): DummyPort {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no port ${name}`);
    return port;
  }

  /** Gives frames to a port and lets the switch forward them. */
  send(port: string, ...frames: Uint8Array[]): void {
    for (const frame of frames) this.port(port).inject(frame);
    this.settle();
  }

  /** Forwards all that waits. */
  settle(): void {
    this.backer.noticeChanges();
    while (this.datapath.poll(this.now) > 0);
    this.backer.tick(this.now);
  }

  /** What has left each port since the last call, only ports that sent anything. */
  takeSent(): Record<string, Uint8Array[]> {
    const sent: Record<string, Uint8Array[]> = {};
    for (const [name, port] of this.ports) {
      const frames = port.takeSent();
      if (frames.length > 0) sent[name] = frames;
    }
    return sent;
  }

  /** Names of the ports a frame leaves by, in the order of their names. */
  route(port: string, frame: Uint8Array): string[] {
    this.send(port, frame);
    return Object.entries(this.takeSent()).flatMap(([name, frames]) => frames.map(() => name));
  }

  /** Time passes; housekeeping is done. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.datapath.conntrack.sweep(this.now);
    for (let i = 0; i < 100; i++) if (this.backer.tick(this.now) > 0) break;
  }

  /** Rules as dump-flows shows them, with exact counters. */
  dumpFlows(): string[] {
    this.bridge.pushStats();
    return this.bridge.ofproto.tables.flatMap((table) =>
      [...table].map((rule) => formatFlowStats(rule.stats(this.now)).trim()),
    );
  }

  /** Packets that have hit the rule with that cookie. */
  hits(cookie: bigint): number {
    this.bridge.pushStats();
    for (const table of this.bridge.ofproto.tables)
      for (const rule of table) if (rule.cookie === cookie) return rule.packets;
    throw new Error(`no rule with cookie ${cookie}`);
  }

  dumpDatapath(): string[] {
    const options = { now: this.now, verbose: false, portName: () => null };
    return [...this.datapath.flows()].map((flow) => formatDpFlow(flow, options));
  }
}

/** A frame from flow text: `tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2,tcp_flags=syn`. */
export function frame(text: string, payload?: Uint8Array): Uint8Array {
  const { key } = parseMatch(`dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,${text}`);
  if (/^(tcp|udp|icmp|ip)/.test(text) && !text.includes('nw_ttl')) setTtl(key);
  return compose(key, 0, payload === undefined ? {} : { payload });
}

/** Like a host's: 64. */
function setTtl(key: Int32Array): void {
  key[10] |= 64 << 16;
}
