/** Configurations from the command line's words and from a YAML file. */
import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { BRIDGE_SETTING_NAMES, newBridge, readBridgeSettings } from './bridge-settings.js';
import {
  AS_IT_COMES,
  type BridgeConfig,
  ConfigError,
  type DatapathType,
  FAIL_MODES,
  parsePort,
  type SwitchConfig,
} from './config.js';
import { conntrackFromYaml, withSettings } from './conntrack-config.js';
import { Place } from './place.js';
import { asObject, oneOf } from './yaml-values.js';

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
    const bridge: Draft = bridges.get(name) ?? newBridge(name, words.datapath);
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
    bridge.failMode = oneOf(mode, FAIL_MODES, Place.inWords(`--fail-mode ${bridge.name}`));
  });
  return { bridges: [...bridges.values()], conntrack: withSettings(AS_IT_COMES, words.ct) };
}

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
 *
 * Relative paths are relative to the file's folder. A mistake is told with line and column.
 */
export function configFromYaml(text: string, file: string): SwitchConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw syntaxError(error, lines, file);
  const place = Place.inFile({ file, contents: document.contents, lines });
  const root = asObject(toJs(document, place) ?? {}, place, ['bridges', 'conntrack']);
  const folder = dirname(resolve(file));
  const bridges = asObject(root.bridges ?? {}, place.at('bridges'));
  return {
    bridges: Object.entries(bridges).map(([name, value]) =>
      yamlBridge(name, value, place.at('bridges', null).at(name, `bridge ${name}`), folder),
    ),
    conntrack: conntrackFromYaml(root.conntrack, place.at('conntrack')),
  };
}

function syntaxError(error: YAMLError, lines: LineCounter, file: string): ConfigError {
  const { line, col } = lines.linePos(error.pos[0]);
  return new ConfigError(`${file}:${line}:${col}: ${error.message.split('\n')[0]}`);
}

/** A document of aliases to aliases would take all memory: `yaml` refuses that. */
function toJs(document: Document, place: Place): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return place.fail((error as Error).message);
  }
}

function yamlBridge(name: string, value: unknown, place: Place, folder: string): BridgeConfig {
  const row = asObject(value ?? {}, place, BRIDGE_SETTING_NAMES);
  const isConfigError = (error: unknown): error is ConfigError => error instanceof ConfigError;
  return { ...place.key.run(() => newBridge(name), isConfigError), ...readBridgeSettings(row, place, folder) };
}
