/**
 * One OpenFlow switch as data: tables, ports, settings, and the connections that are notified of changes. No sockets above, no
 * packets below: sessions bring it messages (handlers.ts), and an OfprotoProvider does what is done to packets.
 */
import type { PacketIn, SwitchConfigBody } from '../openflow/message-types.js';
import type { FlowRemovedReason } from './async-config.js';
import { bundleBudget, discardBundles, expireBundles } from './bundles.js';
import type { ByteBudget } from './byte-budget.js';
import type { OfConnection } from './connection.js';
import { RuleExpiry } from './expiry.js';
import { GroupTable } from './groups.js';
import type { OfprotoObserver } from './observer.js';
import { sendPacketIn, wantsMisses } from './packet-in.js';
import { sendPortStatus } from './port-status.js';
import { PortList } from './ports.js';
import type { OfprotoProvider } from './provider.js';
import type { Rule } from './rule.js';
import { OfTable, TABLE_COUNT } from './table.js';

/** What OFPST_DESC answers. */
export interface SwitchDescription {
  manufacturer: string;
  hardware: string;
  software: string;
  serial: string;
  datapath: string;
}

export interface OfprotoOptions {
  name: string;
  datapathId: bigint;
  description?: Partial<SwitchDescription>;
  /** Wire numbers of the OpenFlow versions spoken, as a bitmap (bit v = version v); all by default. */
  versions?: number;
  /** What bundles may keep: by default that of the process. */
  bundleBudget?: ByteBudget;
}

export const ALL_VERSIONS = 0b111_1110;

/** Programs ask for these words to know what dialect to expect, so they are Open vSwitch's; only the software is named. */
const DESCRIPTION: SwitchDescription = {
  manufacturer: 'Nicira, Inc.',
  hardware: 'Open vSwitch',
  software: 'ctswitch',
  serial: 'None',
  datapath: 'None',
};

/** One OpenFlow switch; `changed` after every change that translations may depend on, which moves `generation` on. */
export class Ofproto {
  readonly name: string;
  datapathId: bigint;
  readonly description: SwitchDescription;
  readonly versions: number;
  readonly tables: readonly OfTable[];
  readonly groups = new GroupTable();
  readonly ports: PortList;
  readonly connections = new Set<OfConnection>();
  readonly bundleBudget: ByteBudget;
  provider: OfprotoProvider | null = null;
  /** Notified of changes while somebody listens; null otherwise. */
  observer: OfprotoObserver | null = null;
  /** Grows with every change after which a packet could be treated differently. */
  generation = 1;
  /** Handling of fragments; of the rest each connection has its own. */
  readonly config: SwitchConfigBody = { fragments: 0, invalidTtlToController: false, missSendLen: 0 };
  /** The last generation id of a role request. */
  roleGeneration: bigint | null = null;
  /** The most bytes of a table miss's packet that a connection has asked for, -1 if none wants misses. */
  missSendLen = -1;
  private rules = 0;
  private readonly expiry = new RuleExpiry(this);

  constructor(options: OfprotoOptions) {
    this.name = options.name;
    this.datapathId = options.datapathId;
    this.description = { ...DESCRIPTION, ...options.description };
    this.versions = options.versions ?? ALL_VERSIONS;
    this.bundleBudget = options.bundleBudget ?? bundleBudget;
    const counted = (by: number): void => {
      this.rules += by;
    };
    this.tables = Array.from({ length: TABLE_COUNT }, (_, id) => new OfTable(id, counted));
    this.ports = new PortList((change) => {
      this.changed();
      sendPortStatus(this.connections, change);
      this.observer?.port(change);
    });
  }

  /** Rules of all tables. */
  get ruleCount(): number {
    return this.rules;
  }

  /** Translations made before may be wrong now. */
  changed(): void {
    this.generation++;
  }

  tableMiss(table: number): 'controller' | 'continue' | 'drop' {
    const config = this.tables[table]!.missConfig;
    if (config !== 'default') return config;
    return this.missSendLen < 0 ? 'drop' : 'controller';
  }

  addConnection(connection: OfConnection): void {
    this.connections.add(connection);
    this.observer?.session(connection, true);
    this.noticeMisses();
  }

  removeConnection(connection: OfConnection): void {
    this.connections.delete(connection);
    this.observer?.session(connection, false);
    discardBundles(this, connection);
    this.noticeMisses();
  }

  /** To be called when a connection may have begun or ceased to want table misses: translations depend on it. */
  noticeMisses(): void {
    const length = this.mostWanted();
    if (length === this.missSendLen) return;
    this.missSendLen = length;
    this.changed();
  }

  packetIn(packetIn: PacketIn, controllerId: number): void {
    sendPacketIn(this.connections, packetIn, controllerId);
  }

  /** Tells controllers that a flow which asked for it is gone. Its counters must be exact. */
  tellRemoved(rule: Rule, reason: FlowRemovedReason, now: number): void {
    this.observer?.rule('removed', rule);
    if (!rule.flags.sendFlowRem || rule.hidden) return;
    const body = { ...rule.stats(now), reason };
    for (const connection of this.connections)
      if (connection.wants('flow_removed', reason)) {
        connection.push('flow_removed', body, connection.flowVariant);
      }
  }

  /** Timeouts of flows and bundles; returns milliseconds until it wants to be called again. */
  expire(now: number): number {
    expireBundles(this, now);
    return this.expiry.step(now);
  }

  private mostWanted(): number {
    let most = -1;
    for (const connection of this.connections) {
      if (wantsMisses(connection)) most = Math.max(most, connection.missSendLen);
    }
    return most;
  }
}
