/**
 * The rows of the database as a configuration of the switch (ovs-vswitchd.conf.db(5)). What a row asks for and we do not have is left out,
 * and said: in the row's own error where it has one, else as a note for the log.
 */

import { SwitchError } from '../../datapath/base/error.js';
import { MAX_TIMEOUT_SECONDS, TIMEOUT_NAMES, type TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import {
  type DatapathType,
  isPortType,
  PORT_TYPE_NAMES,
  PORT_TYPES,
  type PortDescription,
  type PortOptionName,
  type PortType,
} from '../../datapath/ports/port-types.js';
import { parseActiveTarget, parsePassiveTarget } from '../net/target.js';
import type { Replica } from '../ovsdb/replica.js';
import type { Row } from '../ovsdb/tables.js';
import {
  type BridgeConfig,
  type ConntrackConfig,
  checkBridgeName,
  LAST_PORT_NUMBER,
  type PortConfig,
  type SwitchConfig,
  type ZoneConfig,
} from '../switch/config.js';

export interface Wanted {
  readonly config: SwitchConfig;
  /** Of interfaces that cannot be, by UUID, why. */
  readonly refused: ReadonlyMap<string, string>;
  /** What else cannot be, as sentences. */
  readonly notes: readonly string[];
}

/** What `Bridge.datapath_type` may be. The kernel's datapath of Open vSwitch is ours, too: commands written for it work unchanged. */
const DATAPATHS: ReadonlyMap<string, DatapathType> = new Map([
  ['', 'netdev'],
  ['system', 'netdev'],
  ['netdev', 'netdev'],
  ['dummy', 'dummy'],
]);

/** Those of a policy that are there. */
const TIMEOUTS: ReadonlySet<string> = new Set(TIMEOUT_NAMES.map(({ name }) => name));

/** Types of interfaces that can be opened, as `Open_vSwitch.iface_types` lists them. */
export const ifaceTypes = ({ hasDummy }: WantedOptions): readonly string[] =>
  PORT_TYPE_NAMES.filter((type) => hasDummy || type !== 'dummy').sort();

export const DATAPATH_TYPES: readonly string[] = ['netdev', 'system'];

export interface WantedOptions {
  /** Bridges and ports in memory may be asked for (--enable-dummy). */
  readonly hasDummy: boolean;
}

/** Null as long as the database has no row for a switch. */
export function wantedConfig(replica: Replica, options: WantedOptions): Wanted | null {
  const [root] = replica.rows('Open_vSwitch').values();
  return root === undefined ? null : new Reader(replica, options).read(root);
}

class Reader {
  private readonly refused = new Map<string, string>();
  private readonly notes: string[] = [];
  private readonly names = new Set<string>();
  /** Names of interfaces that are taken, and by which bridge. */
  private readonly owners = new Map<string, string>();

  constructor(
    private readonly replica: Replica,
    private readonly options: WantedOptions,
  ) {}

  read(root: Row<'Open_vSwitch'>): Wanted {
    const rows = root.bridges.flatMap((uuid) => this.replica.row('Bridge', uuid) ?? []);
    // Addresses of rows say nothing; names make it the same each time.
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    const bridges = rows.filter((row) => this.isFirst(row));
    for (const { name } of bridges) this.owners.set(name, name);
    const config = bridges.flatMap((row) => this.bridge(row) ?? []);
    return { config: { bridges: config, conntrack: this.conntrack(root) }, refused: this.refused, notes: this.notes };
  }

  /** The schema does not let two bridges have one name; should a server do, the others are not there. */
  private isFirst(row: Row<'Bridge'>): boolean {
    const isNew = !this.names.has(row.name);
    if (!isNew) this.notes.push(`bridge ${row.name} is there twice`);
    this.names.add(row.name);
    return isNew;
  }

  private bridge(row: Row<'Bridge'>): BridgeConfig | null {
    const datapath = DATAPATHS.get(row.datapath_type);
    const why = this.whyNoBridge(row, datapath);
    if (why !== null || datapath === undefined) {
      this.notes.push(`bridge ${row.name}: ${why}`);
      for (const { _uuid } of this.interfacesOf(row)) this.refused.set(_uuid, why!);
      return null;
    }
    const targets = row.controller.flatMap((uuid) => this.replica.row('Controller', uuid)?.target ?? []);
    const datapathId = this.datapathId(row);
    return {
      name: row.name,
      datapath,
      ports: this.ports(row),
      groupFiles: [],
      flowFiles: [],
      listen: targets.filter((target) => target.startsWith('p') && this.isTarget(row, target, parsePassiveTarget)),
      controllers: targets.filter((target) => !target.startsWith('p') && this.isTarget(row, target, parseActiveTarget)),
      failMode: row.fail_mode === 'secure' ? 'secure' : 'standalone',
      ...(datapathId === null ? {} : { datapathId }),
    };
  }

  private whyNoBridge({ name, datapath_type }: Row<'Bridge'>, datapath: DatapathType | undefined): string | null {
    try {
      checkBridgeName(name);
    } catch (error) {
      return (error as Error).message;
    }
    if (datapath === undefined || (datapath === 'dummy' && !this.options.hasDummy))
      return `there is no datapath type "${datapath_type}"`;
    return null;
  }

  private interfacesOf({ ports }: Row<'Bridge'>): Row<'Interface'>[] {
    const rows = ports.flatMap((uuid) => this.replica.row('Port', uuid)?.interfaces ?? []);
    return rows.flatMap((uuid) => this.replica.row('Interface', uuid) ?? []);
  }

  private ports(bridge: Row<'Bridge'>): PortConfig[] {
    const rows = bridge.ports.flatMap((uuid) => this.replica.row('Port', uuid) ?? []);
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    const opened = rows.flatMap((row) => this.portsOf(row, bridge.name));
    const numbers = numbersOf(opened.map(({ row }) => row));
    return opened.map(({ row, port }) => {
      const ofport = numbers.get(row._uuid);
      return ofport === undefined ? port : { ...port, ofport };
    });
  }

  /** The interfaces of a port. That of the bridge's own name is there with the bridge, whatever its type. */
  private portsOf(port: Row<'Port'>, bridge: string): { row: Row<'Interface'>; port: PortDescription }[] {
    const rows = port.interfaces.flatMap((uuid) => this.replica.row('Interface', uuid) ?? []);
    return rows.flatMap((row) => {
      if (row.name === bridge) return [];
      const type = this.portType(row);
      const why =
        rows.length > 1
          ? `port ${port.name} has several interfaces: bonds are not supported`
          : this.whyNoPort(row, type);
      if (why !== null || type === null) {
        this.refused.set(row._uuid, why!);
        return [];
      }
      this.owners.set(row.name, bridge);
      return [{ row, port: { name: row.name, type, options: this.portOptions(row, type) } }];
    });
  }

  /** Null for a type that is not there. */
  private portType({ type }: Row<'Interface'>): PortType | null {
    if (type === '') return 'system';
    return isPortType(type) && (type !== 'dummy' || this.options.hasDummy) ? type : null;
  }

  private whyNoPort({ name, type }: Row<'Interface'>, known: PortType | null): string | null {
    const owner = this.owners.get(name);
    if (owner !== undefined) return `${name} is an interface of bridge ${owner} already`;
    if (known === null) return `could not open network device ${name}: interfaces of type "${type}" are not supported`;
    return null;
  }

  private portOptions(row: Row<'Interface'>, type: PortType): PortDescription['options'] {
    const known: readonly string[] = PORT_TYPES[type].options;
    const wanted = new Map(row.options);
    if (row.mac !== null) wanted.set('mac', row.mac);
    if (row.mtu_request !== null) wanted.set('mtu', String(row.mtu_request));
    const taken: Partial<Record<PortOptionName, string>> = {};
    for (const [name, value] of wanted) {
      if (known.includes(name)) taken[name as PortOptionName] = value;
      else this.notes.push(`interface ${row.name}: "${name}" cannot be set of a port of type ${type}`);
    }
    return taken;
  }

  private isTarget(bridge: Row<'Bridge'>, target: string, parse: (text: string) => unknown): boolean {
    try {
      parse(target);
      return true;
    } catch (error) {
      if (!(error instanceof SwitchError)) throw error;
      this.notes.push(`bridge ${bridge.name}: controller ${error.message}`);
      return false;
    }
  }

  private datapathId({ name, other_config }: Row<'Bridge'>): bigint | null {
    const text = other_config.get('datapath-id');
    if (text === undefined) return null;
    const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text)?.[1];
    if (digits !== undefined && BigInt(`0x${digits}`) !== 0n) return BigInt(`0x${digits}`);
    this.notes.push(
      `bridge ${name}: other_config:datapath-id "${text}" is not a number of up to 16 hexadecimal digits`,
    );
    return null;
  }

  private conntrack({ datapaths }: Row<'Open_vSwitch'>): ConntrackConfig {
    const uuid = datapaths.get('netdev') ?? datapaths.get('system');
    const row = uuid === undefined ? null : this.replica.row('Datapath', uuid);
    const zones = [...(row?.ct_zones ?? [])].flatMap(([zone, at]) => this.zone(zone, at) ?? []);
    zones.sort((a, b) => a.zone - b.zone);
    const limit = row?.ct_zone_default_limit ?? null;
    return { settings: {}, timeouts: {}, zones, ...(limit === null ? {} : { defaultLimit: limit }) };
  }

  private zone(zone: number, uuid: string): ZoneConfig | null {
    const row = this.replica.row('CT_Zone', uuid);
    if (row === null) return null;
    const policy = row.timeout_policy === null ? null : this.replica.row('CT_Timeout_Policy', row.timeout_policy);
    // The database takes longer ones than the tracker can count.
    const timeouts = Object.fromEntries(
      [...(policy?.timeouts ?? [])]
        .filter(([name]) => TIMEOUTS.has(name))
        .map(([name, seconds]) => [name, Math.min(seconds, MAX_TIMEOUT_SECONDS)]),
    );
    return { zone, timeouts: timeouts as TimeoutPolicy, ...(row.limit === null ? {} : { limit: row.limit }) };
  }
}

/** OpenFlow's numbers by UUID of the interface: who asks for one gets it, else the one that it had; of several, the first. */
function numbersOf(rows: readonly Row<'Interface'>[]): Map<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  for (const wish of ['ofport_request', 'ofport'] as const)
    for (const row of rows) {
      const number = row[wish];
      const isPossible = number !== null && number >= 1 && number <= LAST_PORT_NUMBER && !taken.has(number);
      if (!isPossible || numbers.has(row._uuid)) continue;
      numbers.set(row._uuid, number);
      taken.add(number);
    }
  return numbers;
}
