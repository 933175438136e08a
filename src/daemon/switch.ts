/**
 * The running switch: applies configurations step by step and owns what they make - datapaths and their loops, bridges, their
 * OpenFlow sockets, the control socket. Stopping takes all of it away again.
 */
import { AdjustableClock, type Clock, type Stops } from '../../datapath/base/clock.js';
import { tick as tickCounters } from '../../datapath/base/counters.js';
import { SwitchError } from '../../datapath/base/error.js';
import { reportFailure } from '../../datapath/base/guard.js';
import { logger } from '../../datapath/base/log.js';
import { Loop } from '../../datapath/dp/loop.js';
import type { DatapathType } from '../../datapath/ports/port-types.js';
import { EpollPoller } from '../../datapath/ports/sys/poll.js';
import { allCommands } from '../appctl/all.js';
import type { Backer } from '../bridge/backer.js';
import { Bridge } from '../bridge/bridge.js';
import { watchLinks } from '../bridge/link-events.js';
import { ControllerManager } from '../controller/manager.js';
import { Ofproto } from '../ofproto/ofproto.js';
import { localPort, localPortNumber, makeBacker } from '../switch/assembly.js';
import { Changes, type StepReport } from '../switch/changes.js';
import {
  type BridgeConfig,
  type ConntrackConfig,
  checkConfig,
  DEFAULT_CONNTRACK,
  type PortConfig,
  type SwitchConfig,
} from '../switch/config.js';
import { editOf } from '../switch/config-edits.js';
import { applyConntrack } from '../switch/conntrack-apply.js';
import { diff, type Step } from '../switch/diff.js';
import { suspensions } from '../switch/heartbeat.js';
import { idFromMac, RunningBridge } from '../switch/running-bridge.js';
import { idText, stepText } from '../switch/step-text.js';
import { VERSION } from '../switch/version.js';
import type { BridgeSummary, ChangeReport, ChangeRequest, SwitchView } from '../switch/view.js';
import { Registry } from '../unixctl/registry.js';
import { serveUnixctl, type UnixctlServer } from '../unixctl/server.js';

const log = logger('bridge');

/** What a switch needs of the process that it runs in. */
export interface SwitchOptions {
  /** Where the bridges' OpenFlow sockets are made (BRIDGE.mgmt, BRIDGE.snoop); has to exist. */
  runDirectory: string;
  /** `systemClock` unless time is to be stopped or moved by hand. */
  clock: Clock;
  /** The user asked for the process to end (appctl exit). */
  onExit: () => void;
  /** `vlog/reopen`: false if there is no log file. */
  reopenLog: () => boolean;
  /** `vlog/close`. */
  closeLog: () => void;
}

interface RunningDatapath {
  backer: Backer;
  loop: Loop;
  poller: EpollPoller;
}

type Performers = { [Op in Step['op']]: (step: Extract<Step, { op: Op }>) => void | Promise<void> };

/** A whole switch: datapaths, bridges, OpenFlow sockets, control socket. `apply` makes it what a configuration says, `stop` ends it. */
export class Switch implements SwitchView {
  private readonly datapaths = new Map<DatapathType, RunningDatapath>();
  private readonly bridges = new Map<string, RunningBridge>();
  private readonly registry = new Registry(`ovs-vswitchd (ctswitch) ${VERSION}`);
  private readonly clock: AdjustableClock;
  private unixctl: UnixctlServer | null = null;
  private readonly changes = new Changes({
    config: () => this.config(),
    perform: (step) => this.perform(step),
    reported: ({ step, status }) => {
      for (const { events } of this.backers())
        if (events.wants('config')) events.emit({ kind: 'config', step: stepText(step), status });
    },
    isStale: (bridge, file) => this.bridges.get(bridge)?.isStale(file) === true,
  });
  private isAbandoned = false;
  /** What datapaths begin with. */
  private conntrack = DEFAULT_CONNTRACK;

  constructor(private readonly options: SwitchOptions) {
    this.clock = new AdjustableClock(options.clock);
    this.registry.add(...allCommands(this));
  }

  /** Opens the control socket. */
  async listen(controlSocket: string): Promise<void> {
    this.unixctl = await serveUnixctl(controlSocket, this.registry);
  }

  /** Leads a new switch to the configuration. On failure what was done so far stays; `stop` takes it away. */
  async apply(config: SwitchConfig): Promise<void> {
    checkConfig(config);
    for (const step of diff(this.config(), config)) await this.perform(step);
  }

  /** What the switch is now, as a configuration. */
  private config(): SwitchConfig {
    return { bridges: [...this.bridges.values()].map(({ config }) => config), conntrack: this.conntrack };
  }

  /** What is being changed is left as it is after the step that is being taken: there will be no further ones. */
  abandon(): void {
    this.isAbandoned = true;
  }

  /** Closes everything: ports, sockets, flows. The object is of no use afterwards. */
  async stop(): Promise<void> {
    const failed = (error: unknown): void => reportFailure('taking the switch away', error);
    for (const { loop } of this.datapaths.values()) await loop.stop();
    for (const name of [...this.bridges.keys()]) await this.removeBridge(name).catch(failed);
    for (const { backer, poller } of this.datapaths.values()) {
      backer.links?.close();
      poller.close();
    }
    await this.unixctl?.close();
  }

  // What commands see.

  backers(): readonly Backer[] {
    return [...this.datapaths.values()]
      .map(({ backer }) => backer)
      .sort((a, b) => (a.dpif.name < b.dpif.name ? -1 : 1));
  }

  /** The bridge of that name; null if there is none. */
  bridge(name: string): Bridge | null {
    return this.bridges.get(name)?.bridge ?? null;
  }

  async change(request: ChangeRequest, isDryRun = false): Promise<ChangeReport[]> {
    const reports = await this.changes.make(editOf(request), { isDryRun, readsFilesAnew: request.do === 'apply' });
    return reports.map(({ step, status, error }) => ({
      step: stepText(step),
      status,
      ...(error === undefined ? {} : { error: error.message }),
    }));
  }

  /** Leads the running switch to the configuration, as far as it can be; what could not be done is in the reports. */
  become(config: SwitchConfig): Promise<StepReport[]> {
    return this.changes.make(() => config, { isDryRun: false, readsFilesAnew: false });
  }

  bridgeSummaries(): BridgeSummary[] {
    return [...this.bridges.values()].map((running) => running.summary());
  }

  now(): number {
    return this.clock.now();
  }

  wall(): number {
    return this.clock.wall();
  }

  suspensions(): Stops {
    return suspensions;
  }

  stopTime(): void {
    this.clock.stop();
  }

  /** `time/warp`: moves the clock on, and has timers notice. */
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

  /** `vlog/close`. */
  closeLog(): void {
    this.options.closeLog();
  }

  // Steps.

  private readonly performers: Performers = {
    'set-conntrack': ({ from, to }) => this.setConntrack(from, to),
    unlisten: ({ bridge, target }) => this.running(bridge).unlisten(target),
    disconnect: ({ bridge, target }) => this.running(bridge).disconnect(target),
    'remove-port': ({ bridge, port }) => this.removePort(bridge, port),
    'remove-bridge': ({ bridge }) => this.removeBridge(bridge),
    'add-bridge': ({ bridge }) => this.addBridge(bridge),
    'set-datapath-id': ({ bridge, datapathId }) => this.running(bridge).setDatapathId(datapathId),
    'set-fail-mode': ({ bridge, failMode }) => this.running(bridge).setFailMode(failMode),
    'add-port': ({ bridge, port }) => this.addPort(bridge, port),
    'forget-file': ({ bridge, file }) => this.running(bridge).forgetFile(file),
    'load-groups': ({ bridge, file }) => this.running(bridge).load('groupFiles', file),
    'load-flows': ({ bridge, file }) => this.running(bridge).load('flowFiles', file),
    listen: ({ bridge, target }) => this.running(bridge).listen(target),
    connect: ({ bridge, target }) => this.running(bridge).connect(target),
  };

  private async perform(step: Step): Promise<void> {
    if (this.isAbandoned) throw new SwitchError('the switch is being taken away', { code: 'abandoned' });
    await (this.performers[step.op] as (step: Step) => void | Promise<void>)(step);
  }

  private setConntrack(from: ConntrackConfig, to: ConntrackConfig): void {
    this.conntrack = to;
    for (const { backer } of this.datapaths.values()) applyConntrack(backer, from, to);
  }

  private async addBridge(config: BridgeConfig): Promise<void> {
    const { clock } = this;
    const { runDirectory } = this.options;
    const { backer } = this.datapath(config.datapath);
    const ofproto = new Ofproto({ name: config.name, datapathId: config.datapathId ?? 0n });
    const bridge = new Bridge(config.name, backer, ofproto);
    const dpPort = localPortNumber(config.name, config.datapath);
    try {
      const asLocal = { isLocal: true, ...(dpPort === undefined ? {} : { dpPort }) };
      const local = bridge.port(bridge.addPort(localPort(config.name), asLocal, clock.now()))!;
      if (config.datapathId === undefined) ofproto.datapathId = idFromMac(local.seen.mac);
    } catch (error) {
      bridge.close();
      throw error;
    }
    log.info(`bridge ${config.name}: added interface ${config.name} on port 65534`);
    const manager = new ControllerManager(ofproto, clock, { isStandalone: config.failMode === 'standalone' });
    this.bridges.set(config.name, new RunningBridge(bridge, manager, config, clock));
    try {
      await manager.serve(`${runDirectory}/${config.name}.mgmt`);
      await manager.serveSnoop(`${runDirectory}/${config.name}.snoop`);
    } catch (error) {
      await this.removeBridge(config.name);
      throw error;
    }
    log.info(`bridge ${config.name}: using datapath ID ${idText(ofproto.datapathId)}`);
  }

  private async removeBridge(name: string): Promise<void> {
    await this.running(name).close();
    this.bridges.delete(name);
    log.info(`bridge ${name}: removed`);
  }

  private addPort(bridgeName: string, port: PortConfig): void {
    this.running(bridgeName).addPort(port);
    this.wake();
  }

  private removePort(bridgeName: string, port: string): void {
    this.running(bridgeName).removePort(port);
    this.wake();
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
    const { datapath, backer } = makeBacker(type);
    applyConntrack(backer, DEFAULT_CONNTRACK, this.conntrack);
    const poller = new EpollPoller();
    const onTick = (now: number) => {
      tickCounters(now);
      return backer.tick(now);
    };
    const loop = new Loop({
      datapath,
      clock: this.clock,
      poller,
      beforePoll: () => backer.flowSetup.noticeChanges(),
      onTick,
    });
    if (type === 'netdev') watchLinks(backer);
    const made = { backer, loop, poller };
    this.datapaths.set(type, made);
    loop.start();
    return made;
  }
}
