/** A bridge that runs, with its OpenFlow connections, and the configuration that it has by now: each step of a change is one call. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../datapath/base/clock.js';
import { logger } from '../../datapath/base/log.js';
import type { Bridge } from '../bridge/bridge.js';
import type { ControllerManager } from '../controller/manager.js';
import { OFPP } from '../openflow/action-types.js';
import type { BridgeConfig, FailMode, PortConfig } from './config.js';
import { loadFlowFile } from './flow-file.js';
import { loadGroupFile } from './group-file.js';
import { isAlone, StandaloneFlow } from './standalone.js';
import { idText } from './step-text.js';
import type { BridgeSummary } from './view.js';

const log = logger('bridge');

const LOADERS = { groupFiles: loadGroupFile, flowFiles: loadFlowFile } as const;

/** A bridge with its OpenFlow connections, and the configuration it has by now. */
export class RunningBridge {
  private readonly standalone: StandaloneFlow;
  /** Digests of what files said when they were loaded. */
  private readonly loaded = new Map<string, string>();
  private current: BridgeConfig;

  /** `config` is what the bridge is to become: of it, ports, files and connections are yet to come. */
  constructor(
    readonly bridge: Bridge,
    readonly manager: ControllerManager,
    config: BridgeConfig,
    private readonly clock: Clock,
  ) {
    this.current = { ...config, ports: [], groupFiles: [], flowFiles: [], listen: [], controllers: [] };
    this.standalone = new StandaloneFlow(bridge.ofproto);
    if (isAlone(config)) this.standalone.add(clock.now());
  }

  /** What has been done so far. */
  get config(): BridgeConfig {
    return this.current;
  }

  summary(): BridgeSummary {
    const { name, datapath, failMode, ports, listen } = this.current;
    return {
      name,
      datapath,
      datapath_id: idText(this.bridge.ofproto.datapathId),
      fail_mode: failMode,
      ports: ports.map((port) => port.name),
      listen: [...listen],
      controllers: this.manager.status().map(({ target, isConnected }) => ({ target, is_connected: isConnected })),
      flows: this.bridge.ofproto.ruleCount,
    };
  }

  /** Controllers know the switch by its id: they have to connect anew. */
  setDatapathId(id: bigint | undefined): void {
    const { ofproto } = this.bridge;
    ofproto.datapathId = id ?? idFromMac(this.bridge.port(OFPP.LOCAL)!.seen.mac);
    const { datapathId: _, ...others } = this.current;
    this.current = id === undefined ? others : { ...others, datapathId: id };
    log.info(`bridge ${this.bridge.name}: using datapath ID ${idText(ofproto.datapathId)}`);
    this.manager.reconnect();
  }

  setFailMode(failMode: FailMode): void {
    this.manager.setStandalone(failMode === 'standalone');
    this.reconfigure({ failMode });
  }

  addPort(port: PortConfig): void {
    const wanted = port.ofport === undefined ? {} : { ofport: port.ofport };
    const ofport = this.bridge.addPort(port, wanted, this.clock.now());
    log.info(`bridge ${this.bridge.name}: added interface ${port.name} on port ${ofport}`);
    this.reconfigure({ ports: [...this.current.ports, { ...port, ofport }] });
  }

  removePort(name: string): void {
    const port = this.bridge.ports().find((known) => known.name === name);
    if (port !== undefined) this.bridge.removePort(port.ofport);
    log.info(`bridge ${this.bridge.name}: removed interface ${name}`);
    this.reconfigure({ ports: this.current.ports.filter((known) => known.name !== name) });
  }

  load(kind: keyof typeof LOADERS, file: string): void {
    const text = readFileSync(file, 'utf8');
    LOADERS[kind](this.bridge, text, file, this.clock.now());
    this.loaded.set(file, digest(text));
    this.reconfigure({ [kind]: [...without(this.current[kind], file), file] });
  }

  /** What came from the file stays. */
  forgetFile(file: string): void {
    this.loaded.delete(file);
    const { groupFiles, flowFiles } = this.current;
    this.reconfigure({ groupFiles: without(groupFiles, file), flowFiles: without(flowFiles, file) });
  }

  /** True if the file says something else than when it was loaded, or cannot be read. */
  isStale(file: string): boolean {
    try {
      return this.loaded.get(file) !== digest(readFileSync(file, 'utf8'));
    } catch {
      return true;
    }
  }

  async listen(target: string): Promise<void> {
    await this.manager.listen(target);
    this.reconfigure({ listen: [...this.current.listen, target] });
  }

  async unlisten(target: string): Promise<void> {
    await this.manager.unlisten(target);
    this.reconfigure({ listen: without(this.current.listen, target) });
  }

  connect(target: string): void {
    this.manager.connect(target);
    this.reconfigure({ controllers: [...this.current.controllers, target] });
  }

  disconnect(target: string): void {
    this.manager.disconnect(target);
    this.reconfigure({ controllers: without(this.current.controllers, target) });
  }

  private reconfigure(change: Partial<BridgeConfig>): void {
    const wasAlone = isAlone(this.current);
    this.current = { ...this.current, ...change };
    if (wasAlone && !isAlone(this.current)) this.standalone.remove();
    else if (!wasAlone && isAlone(this.current)) this.standalone.add(this.clock.now());
  }

  async close(): Promise<void> {
    await this.manager.close();
    this.bridge.close();
  }
}

const without = (all: readonly string[], one: string): string[] => all.filter((item) => item !== one);

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

/** The MAC address as 64 bits: the datapath id of a bridge that was given none. */
export const idFromMac = (mac: Uint8Array): bigint => mac.reduce((id, byte) => (id << 8n) | BigInt(byte), 0n);
