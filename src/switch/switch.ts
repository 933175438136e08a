/**
 * The running switch: applies configurations step by step and owns what they make - datapaths and their loops, bridges, their
 * OpenFlow sockets, the control socket. Stopping takes all of it away again.
 */
import { readFileSync } from 'node:fs';
import { AdjustableClock, type Clock } from '../../datapath/base/clock.js';
import { tick as tickCounters } from '../../datapath/base/counters.js';
import { logger } from '../../datapath/base/log.js';
import { Loop } from '../../datapath/dp/loop.js';
import type { LinkMonitor } from '../../datapath/ports/sys/link-monitor.js';
import { Poller } from '../../datapath/ports/sys/poll.js';
import { allCommands } from '../appctl/all.js';
import type { SwitchView } from '../appctl/view.js';
import type { Backer } from '../bridge/backer.js';
import { Bridge } from '../bridge/bridge.js';
import { watchLinks } from '../bridge/link-events.js';
import { ControllerManager } from '../controller/manager.js';
import { Ofproto } from '../ofproto/ofproto.js';
import { Registry } from '../unixctl/registry.js';
import { serveUnixctl, type UnixctlServer } from '../unixctl/server.js';
import { localPortNumber, makeBacker, makeLocalPort, makePort } from './assembly.js';
import {
  AS_IT_COMES,
  type BridgeConfig,
  type ConntrackConfig,
  checkConfig,
  type DatapathType,
  type PortConfig,
  type SwitchConfig,
} from './config.js';
import { applyConntrack } from './conntrack-config.js';
import { diff, type Step } from './diff.js';
import { loadFlowFile } from './flow-file.js';
import { loadGroupFile } from './group-file.js';
import { addStandaloneFlow } from './standalone.js';
import { VERSION } from './version.js';

const log = logger('bridge');

export interface SwitchOptions {
  runDirectory: string;
  clock: Clock;
  /** The user asked for the process to end (appctl exit). */
  onExit: () => void;
  reopenLog: () => boolean;
  closeLog: () => void;
}

interface RunningDatapath {
  backer: Backer;
  loop: Loop;
  poller: Poller;
  /** Null where the datapath's ports are no interfaces of the system, or nobody tells of changes. */
  links: LinkMonitor | null;
}

interface RunningBridge {
  bridge: Bridge;
  manager: ControllerManager;
  config: BridgeConfig;
}

export class Switch implements SwitchView {
  private readonly datapaths = new Map<DatapathType, RunningDatapath>();
  private readonly bridges = new Map<string, RunningBridge>();
  private readonly registry = new Registry(`ovs-vswitchd (ctswitch) ${VERSION}`);
  private readonly clock: AdjustableClock;
  private unixctl: UnixctlServer | null = null;
  private config: SwitchConfig = { bridges: [], conntrack: AS_IT_COMES };
  /** What datapaths begin with. */
  private conntrack = AS_IT_COMES;

  constructor(private readonly options: SwitchOptions) {
    this.clock = new AdjustableClock(options.clock);
    this.registry.add(...allCommands(this));
  }

  /** Opens the control socket. */
  async listen(controlSocket: string): Promise<void> {
    this.unixctl = await serveUnixctl(controlSocket, this.registry);
  }

  /** Leads the switch to the configuration. On failure what was done so far stays; `stop` takes it away. */
  async apply(config: SwitchConfig): Promise<void> {
    checkConfig(config);
    for (const step of diff(this.config, config)) await this.perform(step);
    this.config = config;
  }

  async stop(): Promise<void> {
    for (const { loop } of this.datapaths.values()) await loop.stop();
    for (const name of [...this.bridges.keys()]) await this.removeBridge(name);
    for (const { poller, links } of this.datapaths.values()) {
      links?.close();
      poller.close();
    }
    await this.unixctl?.close();
  }

  // What commands see.

  backers(): readonly Backer[] {
    return [...this.datapaths.values()]
      .map(({ backer }) => backer)
      .sort((a, b) => (a.datapath.name < b.datapath.name ? -1 : 1));
  }

  bridge(name: string): Bridge | null {
    return this.bridges.get(name)?.bridge ?? null;
  }

  now(): number {
    return this.clock.now();
  }

  wall(): number {
    return this.clock.wall();
  }

  stopTime(): void {
    this.clock.stop();
  }

  warpTime(ms: number): void {
    this.clock.warp(ms);
    this.wake();
  }

  wake(): void {
    for (const { loop } of this.datapaths.values()) loop.wake();
  }

  exit(): void {
    this.options.onExit();
  }

  reopenLog(): boolean {
    return this.options.reopenLog();
  }

  closeLog(): void {
    this.options.closeLog();
  }

  // Steps.

  private async perform(step: Step): Promise<void> {
    switch (step.op) {
      case 'set-conntrack':
        return this.setConntrack(step.from, step.to);
      case 'add-bridge':
        return this.addBridge(step.bridge);
      case 'remove-bridge':
        return this.removeBridge(step.bridge);
      case 'add-port':
        return this.addPort(step.bridge, step.port);
      case 'remove-port':
        return this.removePort(step.bridge, step.port);
      case 'load-groups':
        return this.loadGroups(step.bridge, step.file);
      case 'load-flows':
        return this.loadFlows(step.bridge, step.file);
      case 'set-targets':
        return this.setTargets(step.bridge, step.listen, step.controllers);
    }
  }

  private setConntrack(from: ConntrackConfig, to: ConntrackConfig): void {
    this.conntrack = to;
    for (const { backer } of this.datapaths.values()) applyConntrack(backer, from, to);
  }

  private async addBridge(config: BridgeConfig): Promise<void> {
    const { clock } = this;
    const { runDirectory } = this.options;
    const { backer } = this.datapath(config.datapath);
    const local = makeLocalPort(config.name, config.datapath);
    const datapathId = config.datapathId ?? idFromMac(local.state().mac);
    const ofproto = new Ofproto({ name: config.name, datapathId });
    const bridge = new Bridge(config.name, backer, ofproto);
    const dpPort = localPortNumber(config.name, config.datapath);
    bridge.addPort(local, { isLocal: true, ...(dpPort === undefined ? {} : { dpPort }) }, clock.now());
    log.info(`bridge ${config.name}: added interface ${config.name} on port 65534`);
    // With a controller it is the controller's business what a bridge without flows does.
    if (config.failMode === 'standalone' && config.controllers.length === 0) addStandaloneFlow(ofproto, clock.now());
    const manager = new ControllerManager(ofproto, clock, { isStandalone: config.failMode === 'standalone' });
    this.bridges.set(config.name, { bridge, manager, config });
    await manager.serve(`${runDirectory}/${config.name}.mgmt`);
    await manager.serveSnoop(`${runDirectory}/${config.name}.snoop`);
    log.info(`bridge ${config.name}: using datapath ID ${datapathId.toString(16).padStart(16, '0')}`);
  }

  private async removeBridge(name: string): Promise<void> {
    const { bridge, manager } = this.running(name);
    await manager.close();
    bridge.close();
    this.bridges.delete(name);
  }

  private addPort(bridgeName: string, config: PortConfig): void {
    const { bridge } = this.running(bridgeName);
    // What happened before belongs to nobody's port.
    for (const { links } of this.datapaths.values()) links?.read();
    const ofport = bridge.addPort(makePort(config), {}, this.now());
    log.info(`bridge ${bridgeName}: added interface ${config.name} on port ${ofport}`);
  }

  private removePort(bridgeName: string, name: string): void {
    const { bridge } = this.running(bridgeName);
    const port = bridge.ports().find((known) => known.name === name);
    if (port !== undefined) bridge.removePort(port.ofport);
  }

  private loadGroups(bridgeName: string, file: string): void {
    loadGroupFile(this.running(bridgeName).bridge, readFileSync(file, 'utf8'), file, this.now());
  }

  private loadFlows(bridgeName: string, file: string): void {
    loadFlowFile(this.running(bridgeName).bridge, readFileSync(file, 'utf8'), file, this.now());
  }

  private async setTargets(name: string, listen: readonly string[], controllers: readonly string[]): Promise<void> {
    const { manager } = this.running(name);
    const old = this.config.bridges.find((bridge) => bridge.name === name);
    for (const target of old?.listen ?? []) if (!listen.includes(target)) await manager.unlisten(target);
    for (const target of old?.controllers ?? []) if (!controllers.includes(target)) manager.disconnect(target);
    for (const target of listen) if (old?.listen.includes(target) !== true) await manager.listen(target);
    for (const target of controllers) manager.connect(target);
  }

  private running(name: string): RunningBridge {
    const running = this.bridges.get(name);
    if (running === undefined) throw new Error(`bridge ${name} is not running`);
    return running;
  }

  /** The datapath of that type, started when the first bridge needs it. */
  private datapath(type: DatapathType): RunningDatapath {
    const known = this.datapaths.get(type);
    if (known !== undefined) return known;
    const backer = makeBacker(type);
    applyConntrack(backer, AS_IT_COMES, this.conntrack);
    const poller = new Poller();
    const onTick = (now: number) => {
      tickCounters(now);
      return backer.tick(now);
    };
    const loop = new Loop({
      datapath: backer.datapath,
      clock: this.clock,
      poller,
      onBreath: () => backer.noticeChanges(),
      onTick,
    });
    const made = { backer, loop, poller, links: type === 'netdev' ? watchLinks(backer) : null };
    this.datapaths.set(type, made);
    loop.start();
    return made;
  }
}

/** The MAC address as 64 bits: the datapath id of a bridge that was given none. */
const idFromMac = (mac: Uint8Array): bigint => mac.reduce((id, byte) => (id << 8n) | BigInt(byte), 0n);
