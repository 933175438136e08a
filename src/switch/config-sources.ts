/** Configurations from the command line's words and from a YAML file. */
import { parseDocument } from 'yaml';
import {
  AS_IT_COMES,
  type BridgeConfig,
  ConfigError,
  checkBridgeName,
  DATAPATH_TYPES,
  type DatapathType,
  FAIL_MODES,
  type FailMode,
  parsePort,
  type SwitchConfig,
} from './config.js';
import { conntrackFromYaml, withSettings } from './conntrack-config.js';
import { asObject, asText, asTexts } from './yaml-values.js';

/** Each word is `BRIDGE=VALUE`; `bridge` words are `BRIDGE=PORT,PORT,...` or only `BRIDGE`. */
export interface ConfigWords {
  bridge: readonly string[];
  groups: readonly string[];
  flows: readonly string[];
  listen: readonly string[];
  controller: readonly string[];
  failMode: readonly string[];
  datapath: DatapathType;
  /** `NAME=VALUE` each. */
  ct: readonly string[];
}

type Draft = { -readonly [K in keyof BridgeConfig]: BridgeConfig[K] };

export function configFromWords(words: ConfigWords): SwitchConfig {
  const bridges = new Map<string, Draft>();
  for (const word of words.bridge) {
    const [name, ports] = splitWord(word, '--bridge', true);
    const bridge = bridges.get(name) ?? newBridge(checkBridgeName(name), words.datapath);
    bridge.ports = [
      ...bridge.ports,
      ...ports
        .split(',')
        .filter((port) => port !== '')
        .map(parsePort),
    ];
    bridges.set(name, bridge);
  }
  addTo(bridges, words.groups, '--groups', (bridge, file) => {
    bridge.groupFiles = [...bridge.groupFiles, file];
  });
  addTo(bridges, words.flows, '--flows', (bridge, file) => {
    bridge.flowFiles = [...bridge.flowFiles, file];
  });
  addTo(bridges, words.listen, '--listen', (bridge, target) => {
    bridge.listen = [...bridge.listen, target];
  });
  addTo(bridges, words.controller, '--controller', (bridge, target) => {
    bridge.controllers = [...bridge.controllers, target];
  });
  addTo(bridges, words.failMode, '--fail-mode', (bridge, mode) => {
    bridge.failMode = oneOf(mode, FAIL_MODES, `--fail-mode ${bridge.name}`);
  });
  return { bridges: [...bridges.values()], conntrack: withSettings(AS_IT_COMES, words.ct) };
}

const newBridge = (name: string, datapath: DatapathType): Draft => ({
  name,
  datapath,
  ports: [],
  groupFiles: [],
  flowFiles: [],
  listen: [],
  controllers: [],
  failMode: 'standalone',
});

function addTo(
  bridges: Map<string, Draft>,
  words: readonly string[],
  option: string,
  add: (bridge: Draft, value: string) => void,
): void {
  for (const word of words) {
    const [name, value] = splitWord(word, option, false);
    const bridge = bridges.get(name);
    if (bridge === undefined)
      throw new ConfigError(`${option} ${word}: there is no bridge ${name}; name it with --bridge ${name}=PORT,...`);
    add(bridge, value);
  }
}

function splitWord(word: string, option: string, valueMayLack: boolean): [name: string, value: string] {
  const equals = word.indexOf('=');
  if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
  if (equals < 0 && valueMayLack) return [word, ''];
  throw new ConfigError(`${option} ${word}: expected BRIDGE=VALUE`);
}

function oneOf<T extends string>(text: string, known: readonly T[], where: string): T {
  const found = known.find((word) => word === text);
  if (found === undefined) throw new ConfigError(`${where}: "${text}" is not one of ${known.join(', ')}`);
  return found;
}

/**
 * The same as a file:
 *
 *     bridges:
 *       br0:
 *         ports: [veth0, "tap:tap0"]
 *         groups: [flows/my.groups]
 *         flows: [flows/my.flows]
 *         listen: ["ptcp:6653"]
 *         controllers: ["tcp:127.0.0.1:6653"]
 *         fail_mode: secure
 *         datapath: netdev
 *         datapath_id: "0000000000000001"
 *     conntrack:                # conntrack-config.ts
 *       max_connections: 100000
 */
export function configFromYaml(text: string, file: string): SwitchConfig {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos?.[0];
    throw new ConfigError(
      `${file}${place === undefined ? '' : `:${place.line}:${place.col}`}: ${error.message.split('\n')[0]}`,
    );
  }
  const root = asObject(document.toJS(), file, ['bridges', 'conntrack']);
  const bridges = asObject(root.bridges ?? {}, `${file}: bridges`);
  return {
    bridges: Object.entries(bridges).map(([name, value]) => yamlBridge(name, value, `${file}: bridge ${name}`)),
    conntrack: conntrackFromYaml(root.conntrack, `${file}: conntrack`),
  };
}

const BRIDGE_KEYS = ['ports', 'groups', 'flows', 'listen', 'controllers', 'fail_mode', 'datapath', 'datapath_id'];

function yamlBridge(name: string, value: unknown, where: string): BridgeConfig {
  const row = asObject(value ?? {}, where, BRIDGE_KEYS);
  const failMode: FailMode = oneOf(
    asText(row.fail_mode ?? 'standalone', `${where}: fail_mode`),
    FAIL_MODES,
    `${where}: fail_mode`,
  );
  return {
    name: checkBridgeName(name),
    datapath: oneOf(asText(row.datapath ?? 'netdev', `${where}: datapath`), DATAPATH_TYPES, `${where}: datapath`),
    ports: asTexts(row.ports, `${where}: ports`).map(parsePort),
    groupFiles: asTexts(row.groups, `${where}: groups`),
    flowFiles: asTexts(row.flows, `${where}: flows`),
    listen: asTexts(row.listen, `${where}: listen`),
    controllers: asTexts(row.controllers, `${where}: controllers`),
    failMode,
    ...(row.datapath_id === undefined ? {} : { datapathId: asDatapathId(row.datapath_id, `${where}: datapath_id`) }),
  };
}

function asDatapathId(value: unknown, where: string): bigint {
  if (typeof value !== 'string' || !/^[0-9a-f]{16}$/i.test(value))
    throw new ConfigError(`${where}: expected 16 hex digits, in quotes`);
  return BigInt(`0x${value}`);
}
