/**
 * Keeps the switch what the database says, and the database what the switch is. Each change of the configuration is carried out object by
 * object; then what has become of it is written, and with it `cur_cfg`, for which ovs-vsctl waits: when it is there, what was asked holds.
 */
import { guardAsync } from '../../datapath/base/guard.js';
import { logger } from '../../datapath/base/log.js';
import { indexOf } from '../../datapath/ports/sys/if.js';
import type { Bridge } from '../bridge/bridge.js';
import type { BridgePort } from '../bridge/ports.js';
import type { ActiveTarget } from '../net/target.js';
import { after } from '../net/timeout.js';
import { OvsdbClient } from '../ovsdb/client.js';
import type { Row, Values } from '../ovsdb/tables.js';
import type { Transaction } from '../ovsdb/transaction.js';
import type { StepReport } from '../switch/changes.js';
import { NO_CONFIG, type SwitchConfig } from '../switch/config.js';
import type { BridgeSummary } from '../switch/view.js';
import { openError } from './open-error.js';
import { bridgeState, DATAPATH_VERSION, failedInterface, interfaceState, interfaceStatistics } from './state.js';
import { DATAPATH_TYPES, ifaceTypes, type Wanted, type WantedOptions, wantedConfig } from './wanted.js';

const log = logger('bridge');

/** Only one switch has it, of all that follow the database. */
const LOCK = 'ovs_vswitchd';
/** How often state is looked at for what has changed by itself. */
const TICK_MS = 1_000;
/** `other_config:stats-update-interval`, which cannot be less. */
const STATISTICS_MS = 5_000;

/** The running switch, as far as the database is about it. */
export interface Managed {
  become(config: SwitchConfig): Promise<readonly StepReport[]>;
  bridge(name: string): Bridge | null;
  bridgeSummaries(): readonly BridgeSummary[];
  now(): number;
}

export class Reconciler {
  /** Resolves when the first configuration is in force. */
  readonly ready: Promise<void>;
  private becomeReady: () => void = () => {};
  private readonly client: OvsdbClient;
  private cancelTick: () => void = () => {};
  private isDirty = false;
  private isRunning = false;
  private isStandingBy = false;
  /** Why interfaces could not be opened, by UUID. */
  private failures = new Map<string, string>();
  /** Names of those that were not there: they are tried again when they are. */
  private readonly absent = new Set<string>();
  /** The last `next_cfg` that is in force. */
  private doneCfg: number | null = null;
  private notes = new Set<string>();
  private nextStatisticsMs = 0;

  constructor(
    target: ActiveTarget,
    private readonly managed: Managed,
    private readonly options: WantedOptions,
  ) {
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    this.client = new OvsdbClient(target, LOCK, { changed: () => this.noteChange() });
  }

  start(): void {
    this.client.start();
    this.tickLater();
  }

  stop(): void {
    this.cancelTick();
    this.client.stop();
  }

  private noteChange(): void {
    this.isDirty = true;
    if (this.isRunning) return;
    this.isRunning = true;
    guardAsync('following the database', async () => {
      try {
        while (this.isDirty) await this.reconcile();
      } finally {
        this.isRunning = false;
      }
    });
  }

  private async reconcile(): Promise<void> {
    this.isDirty = false;
    if (!this.client.isInCharge) return this.standBy();
    const [root] = this.client.replica.rows('Open_vSwitch').values();
    const wanted = wantedConfig(this.client.replica, this.options);
    if (root === undefined || wanted === null) return;
    this.isStandingBy = false;
    this.say(wanted.notes);
    this.failures = new Map(wanted.refused);
    this.absent.clear();
    for (const report of await this.managed.become(wanted.config)) this.noteFailure(report);
    this.doneCfg = root.next_cfg;
    await this.write();
    this.becomeReady();
  }

  /** Another switch has the database, or nothing is known of it yet. */
  private async standBy(): Promise<void> {
    if (!this.client.isContested) return;
    if (!this.isStandingBy)
      log.err(
        `another ovs-vswitchd process is running, disabling this process (pid ${process.pid}) until it goes away`,
      );
    this.isStandingBy = true;
    this.doneCfg = null;
    await this.managed.become(NO_CONFIG);
  }

  /** Says what has not been said since it came up. */
  private say(notes: Wanted['notes']): void {
    for (const note of notes) if (!this.notes.has(note)) log.warn(note);
    this.notes = new Set(notes);
  }

  private noteFailure({ step, error }: StepReport): void {
    const name = step.op === 'add-port' ? step.port.name : step.op === 'add-bridge' ? step.bridge.name : null;
    if (error === undefined || name === null) return;
    if (indexOf(name) === 0) this.absent.add(name);
    for (const row of this.client.replica.rows('Interface').values())
      if (row.name === name) this.failures.set(row._uuid, openError(name, error));
  }

  private tickLater(): void {
    this.cancelTick = after(TICK_MS, () => {
      this.tickLater();
      this.tick();
    });
  }

  private tick(): void {
    if (this.isRunning || !this.client.canWrite) return;
    if ([...this.absent].some((name) => indexOf(name) !== 0)) return this.noteChange();
    guardAsync('writing state into the database', () => this.write());
  }

  private async write(): Promise<void> {
    if (!this.client.canWrite) return;
    const isTimeForStatistics = this.managed.now() >= this.nextStatisticsMs;
    const transaction = this.client.transaction();
    this.writeRoot(transaction);
    for (const row of this.client.replica.rows('Bridge').values())
      this.writeBridge(transaction, row, isTimeForStatistics);
    this.writeControllers(transaction);
    if (isTimeForStatistics) this.nextStatisticsMs = this.managed.now() + this.statisticsMs();
    try {
      await this.client.commit(transaction);
    } catch (error) {
      log.warn(`the state could not be written into the database: ${(error as Error).message}`);
    }
  }

  private writeRoot(transaction: Transaction): void {
    for (const row of this.client.replica.rows('Open_vSwitch').values()) {
      const done = this.doneCfg === null ? {} : { cur_cfg: this.doneCfg };
      const datapath_types = this.options.hasDummy ? ['dummy', ...DATAPATH_TYPES] : DATAPATH_TYPES;
      transaction.set('Open_vSwitch', row, {
        ...done,
        datapath_types,
        iface_types: ifaceTypes(this.options),
        dpdk_initialized: false,
      });
    }
    for (const row of this.client.replica.rows('Datapath').values())
      transaction.set('Datapath', row, { datapath_version: DATAPATH_VERSION });
  }

  private writeBridge(transaction: Transaction, row: Row<'Bridge'>, isTimeForStatistics: boolean): void {
    const bridge = this.managed.bridge(row.name);
    if (bridge !== null) transaction.set('Bridge', row, bridgeState(bridge));
    const { replica } = this.client;
    const ports = new Map(bridge?.ports().map((port) => [port.name, port]));
    for (const port of row.ports)
      for (const uuid of replica.row('Port', port)?.interfaces ?? []) {
        const each = replica.row('Interface', uuid);
        if (each !== null)
          transaction.set('Interface', each, this.interfaceOf(each, ports.get(each.name), isTimeForStatistics));
      }
  }

  private interfaceOf(
    row: Row<'Interface'>,
    port: BridgePort | undefined,
    isTimeForStatistics: boolean,
  ): Partial<Values<'Interface'>> {
    const failure = this.failures.get(row._uuid);
    if (failure !== undefined) return failedInterface(failure);
    if (port === undefined) return {};
    const hasNone = row.statistics.size === 0;
    return { ...interfaceState(port), ...(hasNone || isTimeForStatistics ? interfaceStatistics(port) : {}) };
  }

  private writeControllers(transaction: Transaction): void {
    const { replica } = this.client;
    const summaries = new Map(this.managed.bridgeSummaries().map((summary) => [summary.name, summary]));
    for (const { name, controller } of replica.rows('Bridge').values())
      for (const uuid of controller) {
        const row = replica.row('Controller', uuid);
        const known = summaries.get(name)?.controllers.find(({ target }) => target === row?.target);
        if (row !== null && known !== undefined)
          transaction.set('Controller', row, { is_connected: known.is_connected });
      }
  }

  private statisticsMs(): number {
    const [root] = this.client.replica.rows('Open_vSwitch').values();
    return Math.max(STATISTICS_MS, Number(root?.other_config.get('stats-update-interval')) || 0);
  }
}
