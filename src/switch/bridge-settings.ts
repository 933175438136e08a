/** What can be said of a bridge: the keys of a configuration file, and NAME=VALUE on a command line. Each is a row. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSwitchError } from '../../datapath/base/error.js';
import { DATAPATH_TYPES, type DatapathType } from '../../datapath/ports/port-types.js';
import { parseActiveTarget, parsePassiveTarget } from '../net/target.js';
import { type BridgeConfig, checkBridgeName, FAIL_MODES } from './config.js';
import type { Place } from './place.js';
import { readPort } from './port-config.js';
import { asList, asTexts, oneOf } from './yaml-values.js';

interface Setting<Key extends keyof BridgeConfig> {
  readonly key: Key;
  /** Of a value as YAML has it; `folder` is what relative paths start from. Throws a ConfigError with the place. */
  readonly read: (value: unknown, place: Place, folder: string) => BridgeConfig[Key];
  /** On a command line, several are written with commas between them. */
  readonly isList: boolean;
  /** False for what a bridge is made with and keeps. */
  readonly isChangeable: boolean;
}

const row = <Key extends keyof BridgeConfig>(
  key: Key,
  read: Setting<Key>['read'],
  { isList = false, isChangeable = true } = {},
): Setting<Key> => ({ key, read, isList, isChangeable });

const LIST = { isList: true };

export const BRIDGE_SETTINGS = {
  ports: row(
    'ports',
    (value, place, folder) => asList(value, place).map((item, i) => readPort(item, place.at(i, null), folder)),
    LIST,
  ),
  groups: row('groupFiles', readFiles, LIST),
  flows: row('flowFiles', readFiles, LIST),
  listen: row('listen', (value, place) => readTargets(value, place, parsePassiveTarget), LIST),
  controllers: row('controllers', (value, place) => readTargets(value, place, parseActiveTarget), LIST),
  fail_mode: row('failMode', (value, place) => oneOf(value, FAIL_MODES, place)),
  datapath: row('datapath', (value, place) => oneOf(value, DATAPATH_TYPES, place), { isChangeable: false }),
  datapath_id: row('datapathId', readDatapathId),
} as const;

export type BridgeSettingName = keyof typeof BRIDGE_SETTINGS;
export const BRIDGE_SETTING_NAMES = Object.keys(BRIDGE_SETTINGS) as BridgeSettingName[];

/** A bridge of which nothing is said but its name. */
export const newBridge = (name: string, datapath: DatapathType = 'netdev'): BridgeConfig => ({
  name: checkBridgeName(name),
  datapath,
  ports: [],
  groupFiles: [],
  flowFiles: [],
  listen: [],
  controllers: [],
  failMode: 'standalone',
});

/** The settings that the mapping has, whose keys have been checked. */
export function readBridgeSettings(
  values: Record<string, unknown>,
  place: Place,
  folder: string,
): Partial<BridgeConfig> {
  const read: Partial<Record<keyof BridgeConfig, unknown>> = {};
  for (const name of BRIDGE_SETTING_NAMES)
    if (values[name] !== undefined && values[name] !== null)
      read[BRIDGE_SETTINGS[name].key] = BRIDGE_SETTINGS[name].read(values[name], place.at(name), folder);
  return read as Partial<BridgeConfig>;
}

function readTargets(value: unknown, place: Place, parse: (text: string) => unknown): string[] {
  return asTexts(value, place).map((text, i) => {
    place.at(i, null).run(() => parse(text), isSwitchError);
    return text;
  });
}

function readDatapathId(value: unknown, place: Place): bigint {
  if (typeof value !== 'string' || !/^[0-9a-f]{16}$/i.test(value)) place.fail('expected 16 hex digits, in quotes');
  return BigInt(`0x${value}`);
}

/** Absolute paths of files that are there. */
function readFiles(value: unknown, place: Place, folder: string): string[] {
  return asTexts(value, place).map((text, i) => {
    const path = resolve(folder, text);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) noFile(path, text, place.at(i, null));
    return path;
  });
}

const noFile = (path: string, text: string, place: Place): never =>
  place.fail(`there is no file ${text === path ? path : `${text} in ${dirname(path)}`}`);
