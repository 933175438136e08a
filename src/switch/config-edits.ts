/** Changes of a configuration, as functions from the old one to the new one. Each throws a ConfigError for what cannot be. */
import { suggest } from '../../datapath/base/suggest.js';
import {
  BRIDGE_SETTING_NAMES,
  BRIDGE_SETTINGS,
  type BridgeSettingName,
  newBridge,
  readBridgeSettings,
} from './bridge-settings.js';
import { type BridgeConfig, ConfigError, type PortConfig, type SwitchConfig } from './config.js';
import { isKept } from './diff.js';
import { Place } from './place.js';
import { PORT_NUMBER_TAKES, parsePort, portNumber } from './port-config.js';
import type { ChangeRequest } from './view.js';

export type Edit = (config: SwitchConfig) => SwitchConfig | Promise<SwitchConfig>;

export function editOf(request: ChangeRequest): Edit {
  switch (request.do) {
    case 'add-bridge':
      return addBridge(request.bridge, request.settings, request.mayExist === true);
    case 'set-bridge':
      return setBridge(request.bridge, request.settings);
    case 'delete-bridge':
      return deleteBridge(request.bridge, request.ifExists === true);
    case 'add-ports':
      return addPorts(request.bridge, request.ports, request.ofport, request.mayExist === true);
    case 'delete-port':
      return deletePort(request.bridge, request.port, request.ifExists === true);
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
  (name: string, words: readonly string[], mayExist: boolean): Edit =>
  (config) => {
    const present = config.bridges.find((bridge) => bridge.name === name);
    if (present !== undefined && !mayExist)
      throw new ConfigError(`there is a bridge ${name} already; --may-exist gives it the settings, if there are any`);
    if (present !== undefined)
      return setBridge(
        name,
        words.filter((word) => !isAsMade(present, word)),
      )(config);
    return { ...config, bridges: [...config.bridges, { ...newBridge(name), ...settingsOf(words) }] };
  };

/** Whether the word says of what cannot be changed that it is to be as it is. */
const isAsMade = (bridge: BridgeConfig, word: string): boolean =>
  !settingNamed(nameOf(word)).isChangeable &&
  Object.entries(settingsOf([word])).every(([key, value]) => bridge[key as keyof BridgeConfig] === value);

const deleteBridge =
  (name: string, ifExists: boolean): Edit =>
  (config) => {
    if (!ifExists) bridgeNamed(config, name);
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
  (name: string, words: readonly string[], number: string | undefined, mayExist: boolean): Edit =>
  (config) => {
    const present = bridgeNamed(config, name).ports;
    if (number !== undefined && words.length !== 1)
      throw new ConfigError('a number can be given to one port only: add the others by themselves');
    const ofport = number === undefined ? {} : { ofport: numberOf(number) };
    const wanted = words.map((word): PortConfig => ({ ...parsePort(word), ...ofport }));
    const ports = wanted.filter((port) => !isThere(port, present, name, mayExist));
    return withBridge(config, name, (bridge) => ({ ...bridge, ports: [...bridge.ports, ...ports] }));
  };

function numberOf(text: string): number {
  const number = portNumber(text);
  if (number === null) throw new ConfigError(`--ofport ${text}: ${PORT_NUMBER_TAKES}`);
  return number;
}

/** Throws where a port is there that may not be, or that is another one than is wanted. */
function isThere(wanted: PortConfig, present: readonly PortConfig[], bridge: string, mayExist: boolean): boolean {
  const port = present.find(({ name }) => name === wanted.name);
  if (port === undefined) return false;
  const what = `there is a port ${port.name} in bridge ${bridge} already`;
  if (!mayExist) throw new ConfigError(`${what}; --may-exist leaves it as it is`);
  if (!isKept(port, wanted))
    throw new ConfigError(`${what}, but it is another: ${port.type}, number ${port.ofport}; delete it first`);
  return true;
}

/** `name` null: of whichever bridge has it. */
const deletePort =
  (name: string | null, port: string, ifExists: boolean): Edit =>
  (config) => {
    const bridges = name === null ? config.bridges : [bridgeNamed(config, name)];
    const owner = bridges.find(({ ports }) => ports.some((known) => known.name === port));
    if (owner === undefined && ifExists) return config;
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
