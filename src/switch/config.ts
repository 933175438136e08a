/**
 * What a switch is to be, as plain data: bridges, their ports, flows, controllers. Made from the command line, a YAML file or
 * (later) OVSDB; `diff.ts` turns two of these into steps.
 */
import { SwitchError } from '../../datapath/base/error.js';
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import type { SettingValues } from '../../datapath/conntrack/settings.js';
import type { DatapathType, PortDescription } from '../../datapath/ports/port-types.js';

/** What a bridge without a reachable controller does: `standalone` forwards like a learning switch, `secure` only what its flows say. */
export const FAIL_MODES = ['standalone', 'secure'] as const;
/** See FAIL_MODES. */
export type FailMode = (typeof FAIL_MODES)[number];

/** A port of a bridge. */
export interface PortConfig extends PortDescription {
  /** Its number in OpenFlow, from 1 to `LAST_PORT_NUMBER`; the first that is free when absent. */
  readonly ofport?: number;
}

/** Those above have meanings of their own (OpenFlow 1.0, ofp_port). */
export const LAST_PORT_NUMBER = 0xfeff;

/** One bridge of a configuration. */
export interface BridgeConfig {
  readonly name: string;
  readonly datapath: DatapathType;
  readonly ports: readonly PortConfig[];
  /** Files in ovs-ofctl's group syntax, loaded before the flows, which may refer to the groups. */
  readonly groupFiles: readonly string[];
  /** Files in ovs-ofctl's flow syntax, loaded in this order once the ports are there. */
  readonly flowFiles: readonly string[];
  /** Passive OpenFlow targets besides the bridge's own socket: `ptcp:6653:127.0.0.1`. */
  readonly listen: readonly string[];
  /** Active OpenFlow targets: `tcp:127.0.0.1:6653`. */
  readonly controllers: readonly string[];
  readonly failMode: FailMode;
  /** 64 bits; made from the bridge's MAC address when absent. */
  readonly datapathId?: bigint;
}

/** What one zone of the tracker has of its own: seconds by name, and the most connections it may have. */
export interface ZoneConfig {
  readonly zone: number;
  readonly limit?: number;
  readonly timeouts: TimeoutPolicy;
}

/** Of the tracker, what is to be other than it comes. */
export interface ConntrackConfig {
  readonly settings: SettingValues;
  /** Of zones without a limit of their own; 0 is none. */
  readonly defaultLimit?: number;
  /** Of zones without timeouts of their own. */
  readonly timeouts: TimeoutPolicy;
  readonly zones: readonly ZoneConfig[];
}

/** A tracker with nothing changed. */
export const DEFAULT_CONNTRACK: ConntrackConfig = { settings: {}, timeouts: {}, zones: [] };

/** All of a switch's configuration, as `configFromYaml` reads it and `Switch.apply` takes it. */
export interface SwitchConfig {
  readonly bridges: readonly BridgeConfig[];
  readonly conntrack: ConntrackConfig;
}

/** Of a switch that has nothing to do. */
export const NO_CONFIG: SwitchConfig = { bridges: [], conntrack: DEFAULT_CONNTRACK };

/** A configuration that cannot be: the message names the place and what would be right. */
export class ConfigError extends SwitchError<{ code: 'config' }> {
  constructor(message: string) {
    super(message, { code: 'config' });
  }
}

/** Names that can be an interface (15 characters on Linux) and part of a socket's path. */
const BRIDGE_NAME = /^[A-Za-z0-9_.-]{1,15}$/;

export function checkBridgeName(name: string): string {
  if (!BRIDGE_NAME.test(name) || name.startsWith('.')) {
    throw new ConfigError(`"${name}" is not a bridge name: 1 to 15 letters, digits, "-", "_" or "."`);
  }
  return name;
}

/** Refuses what could not work, before anything is touched. */
export function checkConfig(config: SwitchConfig): void {
  const bridges = new Set<string>();
  const ports = new Map<string, string>();
  for (const bridge of config.bridges) {
    if (bridges.has(bridge.name)) throw new ConfigError(`bridge ${bridge.name} is named twice`);
    bridges.add(bridge.name);
    checkNumbers(bridge);
    for (const port of bridge.ports) {
      const other = ports.get(port.name);
      if (other === bridge.name) throw new ConfigError(`port ${port.name} of bridge ${other} is named twice`);
      if (other !== undefined)
        throw new ConfigError(`port ${port.name} is given to bridge ${bridge.name} and to bridge ${other}`);
      ports.set(port.name, bridge.name);
    }
  }
  for (const name of bridges)
    if (ports.has(name)) throw new ConfigError(`${name} is both a bridge and a port of bridge ${ports.get(name)}`);
}

function checkNumbers({ name, ports }: BridgeConfig): void {
  const owners = new Map<number, string>();
  for (const port of ports) {
    if (port.ofport === undefined) continue;
    const other = owners.get(port.ofport);
    if (other !== undefined)
      throw new ConfigError(
        `number ${port.ofport} of bridge ${name} is wanted for port ${port.name}, but is that of ${other}`,
      );
    owners.set(port.ofport, port.name);
  }
}
