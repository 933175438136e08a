/** Changes of a configuration, as functions from the old one to the new one. Each throws a ConfigError for what cannot be. */
import { suggest } from '../../datapath/base/suggest.js';
import {
  BRIDGE_SETTING_NAMES,
  BRIDGE_SETTINGS,
  type BridgeSettingName,
  newBridge,
  readBridgeSettings,
} from './bridge-settings.js';
import { type BridgeConfig, ConfigError, type SwitchConfig } from './config.js';
import { Place } from './place.js';
import { parsePort } from './port-config.js';
import type { ChangeRequest } from './view.js';

export type Edit = (config: SwitchConfig) => SwitchConfig | Promise<SwitchConfig>;

export function editOf(request: ChangeRequest): Edit {
  switch (request.do) {
    case 'add-bridge':
      return addBridge(request.bridge, request.settings);
    case 'set-bridge':
      return setBridge(request.bridge, request.settings);
    case 'delete-bridge':
      return deleteBridge(request.bridge);
    case 'add-ports':
      return addPorts(request.bridge, request.ports);
    case 'delete-port':
      return deletePort(request.bridge, request.port);
    case 'apply':
      return () => fromYaml(request.text, request.file);
  }
}

/** Most switches never read a second file: what reads it is loaded when one does. */
async function fromYaml(text: string, file: string): Promise<SwitchConfig> {
  const { configFromYaml } = await import('./config-yaml.js');
  return configFromYaml(text, file);
}

/** Relative paths would be relative to wherever the daemon happens to be. */
const FOLDER = '/';

const addBridge =
  (name: string, words: readonly string[]): Edit =>
  (config) => {
    if (config.bridges.some((bridge) => bridge.name === name))
      throw new ConfigError(`there is a bridge ${name} already`);
    return { ...config, bridges: [...config.bridges, { ...newBridge(name), ...settingsOf(words) }] };
  };

const deleteBridge =
  (name: string): Edit =>
  (config) => {
    bridgeNamed(config, name);
    return { ...config, bridges: config.bridges.filter((bridge) => bridge.name !== name) };
  };

const setBridge =
  (name: string, words: readonly string[]): Edit =>
  (config) => {
    bridgeNamed(config, name);
    const fixed = words.map(nameOf).find((word) => !settingNamed(word).isChangeable);
    if (fixed !== undefined) throw new ConfigError(`${fixed} is what a bridge is made with: delete it and add it anew`);
    return withBridge(config, name, (bridge) => ({ ...bridge, ...settingsOf(words) }));
  };

const addPorts =
  (name: string, words: readonly string[]): Edit =>
  (config) => {
    bridgeNamed(config, name);
    const ports = words.map(parsePort);
    return withBridge(config, name, (bridge) => ({ ...bridge, ports: [...bridge.ports, ...ports] }));
  };

/** `name` null: of whichever bridge has it. */
const deletePort =
  (name: string | null, port: string): Edit =>
  (config) => {
    const bridges = name === null ? config.bridges : [bridgeNamed(config, name)];
    const owner = bridges.find(({ ports }) => ports.some((known) => known.name === port));
    if (owner === undefined)
      throw new ConfigError(
        noSuch(
          `port`,
          port,
          bridges.flatMap(({ ports }) => ports),
          name,
        ),
      );
    const stays = ({ name: other }: { name: string }): boolean => other !== port;
    return withBridge(config, owner.name, (bridge) => ({ ...bridge, ports: bridge.ports.filter(stays) }));
  };

function withBridge(config: SwitchConfig, name: string, change: (bridge: BridgeConfig) => BridgeConfig): SwitchConfig {
  return { ...config, bridges: config.bridges.map((bridge) => (bridge.name === name ? change(bridge) : bridge)) };
}

function bridgeNamed(config: SwitchConfig, name: string): BridgeConfig {
  const found = config.bridges.find((bridge) => bridge.name === name);
  if (found === undefined) throw new ConfigError(noSuch('bridge', name, config.bridges, null));
  return found;
}

function noSuch(what: string, name: string, known: readonly { name: string }[], bridge: string | null): string {
  const near = suggest(
    name,
    known.map((each) => each.name),
  );
  const where = bridge === null ? '' : ` in bridge ${bridge}`;
  return `there is no ${what} ${name}${where}${near === undefined ? '' : `. Did you mean ${near}?`}`;
}

const PLACE = Place.inWords('settings');

/** `fail_mode=secure`, `listen=ptcp:6653,ptcp:6654`; of a name that is said twice, the last counts. */
function settingsOf(words: readonly string[]): Partial<BridgeConfig> {
  const values: Record<string, unknown> = {};
  for (const word of words) {
    const text = word.slice(nameOf(word).length + 1);
    values[nameOf(word)] = settingNamed(nameOf(word)).isList ? text.split(',').filter((item) => item !== '') : text;
  }
  return readBridgeSettings(values, PLACE, FOLDER);
}

function nameOf(word: string): string {
  const equals = word.indexOf('=');
  if (equals < 0) throw new ConfigError(`"${word}" is not NAME=VALUE`);
  return word.slice(0, equals);
}

function settingNamed(name: string): (typeof BRIDGE_SETTINGS)[BridgeSettingName] {
  const found = BRIDGE_SETTING_NAMES.find((known) => known === name);
  return BRIDGE_SETTINGS[found ?? PLACE.failKey(name, BRIDGE_SETTING_NAMES)];
}
