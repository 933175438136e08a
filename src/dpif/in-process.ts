/** The datapath in this process: a call is a call, an answer comes at once. */
import { logger } from '../../datapath/base/log.js';
import type { Datapath } from '../../datapath/dp/datapath.js';
import type { DpFlow } from '../../datapath/dp/dp-flow.js';
import type { DatapathObserver } from '../../datapath/dp/observer.js';
import type { Pauses } from '../../datapath/dp/pauses.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { copyFrame } from '../../datapath/packet/offload.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { DummyPort } from '../../datapath/ports/dummy.js';
import { openPort } from '../../datapath/ports/open.js';
import type { Port, PortState, PortStats } from '../../datapath/ports/port.js';
import type { DatapathType, PortDescription } from '../../datapath/ports/port-types.js';
import type {
  Decision,
  Dpif,
  DpifClient,
  DpPort,
  FlowEntry,
  FlowPut,
  FlowStats,
  LookupStats,
  UserspacePacket,
} from './dpif.js';
import { InProcessConntrack } from './in-process-conntrack.js';

const log = logger('dpif');

export class InProcessDpif implements Dpif {
  readonly conntrack: InProcessConntrack;

  constructor(
    private readonly datapath: Datapath,
    /** Simulations bring ports of their own. */
    private readonly open: typeof openPort = openPort,
  ) {
    this.conntrack = new InProcessConntrack(datapath.conntrack);
  }

  get name(): string {
    return this.datapath.name;
  }

  get type(): DatapathType {
    return this.datapath.type;
  }

  setClient(client: DpifClient): void {
    const { datapath } = this;
    datapath.setUpcall((packet, keys, at, now) => client.missed(keys, at, packet.size, packet.id, now));
    datapath.setRefresh((flow, now) => client.outdated(flow.id, now));
    datapath.setUserspace((packet, words, now) => client.toUserspace(userspacePacket(packet), words, now));
  }

  get epoch(): number {
    return this.datapath.epoch;
  }

  set epoch(epoch: number) {
    this.datapath.epoch = epoch;
  }

  get flowCount(): number {
    return this.datapath.flowCount;
  }

  get flowLimit(): number {
    return this.datapath.flowLimit;
  }

  set flowLimit(limit: number) {
    this.datapath.flowLimit = limit;
  }

  get observer(): DatapathObserver | null {
    return this.datapath.observer;
  }

  set observer(observer: DatapathObserver | null) {
    this.datapath.observer = observer;
  }

  get pauses(): Pauses {
    return this.datapath.pauses;
  }

  get lookups(): LookupStats {
    const { hits, misses, lost } = this.datapath.stats;
    return { hits, misses, lost };
  }

  putFlow(put: FlowPut, now: number): number {
    const flow = this.datapath.installFlow(put, now);
    if (flow === null) return 0;
    flow.epoch = put.epoch;
    return flow.id;
  }

  setFlow(id: number, decision: Decision | null, epoch: number): void {
    const flow = this.datapath.flow(id);
    if (flow === null) return;
    if (decision !== null) {
      flow.program = decision.program;
      flow.origin = decision.origin;
    }
    flow.epoch = epoch;
  }

  removeFlow(id: number, stats: FlowStats): boolean {
    const flow = this.datapath.flow(id);
    if (flow === null) return false;
    fill(stats, flow);
    this.datapath.removeFlow(flow);
    return true;
  }

  flowStats(id: number, stats: FlowStats): boolean {
    const flow = this.datapath.flow(id);
    if (flow === null) return false;
    fill(stats, flow);
    return true;
  }

  flowKey(id: number): Int32Array | null {
    return this.datapath.flow(id)?.key ?? null;
  }

  flowMask(id: number): Int32Array | null {
    return this.datapath.flow(id)?.mask ?? null;
  }

  flowIds(): number[] {
    return Array.from(this.datapath.flows(), (flow) => flow.id);
  }

  flow(id: number): FlowEntry | null {
    const flow = this.datapath.flow(id);
    if (flow === null) return null;
    const { ufid, key, mask, program, packets, bytes, usedMs, tcpFlags } = flow;
    return { id, ufid, key, mask, program, packets, bytes, usedMs, tcpFlags };
  }

  execute(frame: Uint8Array, inPort: number, decision: Decision, now: number): boolean {
    const packet = this.datapath.pool.allocate(frame.length);
    if (packet === null) return false;
    packet.bytes.set(frame, packet.start);
    packet.inPort = inPort;
    // For the offsets of its headers, which programs rely on.
    extract(packet, new Int32Array(DP_WORDS), 0);
    this.datapath.execute(packet, decision, now);
    return true;
  }

  addPort(description: PortDescription, wanted?: number): number {
    const { name } = description;
    let port: Port | null = null;
    try {
      port = this.open(description, this.type);
      const number = this.datapath.addPort(port, wanted);
      log.dbg(() => `${this.name}: added ${name} as port ${number}`);
      return number;
    } catch (error) {
      // Who asked for the port says why it is not there.
      log.dbg(() => `${this.name}: failed to add ${name} as port: ${(error as Error).message}`);
      port?.close();
      throw error;
    }
  }

  removePort(number: number): void {
    log.dbg(() => `${this.name}: port_del(${number})`);
    this.datapath.removePort(number)?.close();
  }

  setPortAdminUp(number: number, up: boolean): void {
    this.datapath.port(number)?.setAdminUp(up);
  }

  setPortMtu(number: number, mtu: number): void {
    this.datapath.port(number)?.setMtu(mtu);
  }

  injectFrame(number: number, frame: Uint8Array): boolean {
    const port = this.datapath.port(number);
    if (!(port instanceof DummyPort)) return false;
    port.inject(frame);
    return true;
  }

  ports(): readonly DpPort[] {
    return this.datapath.ports().map(({ number, port }) => describePort(number, port));
  }

  port(number: number): DpPort | null {
    const port = this.datapath.port(number);
    return port === null ? null : describePort(number, port);
  }

  portState(number: number): PortState | null {
    return this.datapath.port(number)?.state() ?? null;
  }

  portStats(number: number): PortStats | null {
    return this.datapath.port(number)?.stats() ?? null;
  }
}

const describePort = (number: number, { name, type }: Port): DpPort => ({ number, name, type });

function fill(stats: FlowStats, { packets, bytes, usedMs, tcpFlags }: DpFlow): void {
  stats.packets = packets;
  stats.bytes = bytes;
  stats.usedMs = usedMs;
  stats.tcpFlags = tcpFlags;
}

function userspacePacket(packet: Packet): UserspacePacket {
  const key = new Int32Array(DP_WORDS);
  extract(packet, key, 0);
  const { size, ctProto, ctFamily } = packet;
  return { frame: copyFrame(packet), size, key, ctProto, ctFamily };
}
