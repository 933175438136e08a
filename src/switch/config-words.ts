/** Configurations from the command line's words. */
import type { DatapathType } from '../../datapath/ports/port-types.js';
import { newBridge } from './bridge-settings.js';
import { type BridgeConfig, ConfigError, DEFAULT_CONNTRACK, FAIL_MODES, type SwitchConfig } from './config.js';
import { withSettings } from './conntrack-config.js';
import { Place } from './place.js';
import { parsePort } from './port-config.js';
import { oneOf } from './yaml-values.js';

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
  return { bridges: [...bridges.values()], conntrack: withSettings(DEFAULT_CONNTRACK, words.ct) };
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
