/** The tracker's settings and timeouts as words: NAME=VALUE read and printed. */

import { didYouMean } from '../../datapath/base/suggest.js';
import {
  MAX_TIMEOUT_SECONDS,
  TIMEOUT_NAMES,
  type TimeoutName,
  type TimeoutPolicy,
} from '../../datapath/conntrack/protocols/timeouts.js';
import {
  SETTING_GROUPS,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type SettingValues,
} from '../../datapath/conntrack/settings.js';
import { TextError } from './error.js';

/** Words as `max_connections=1000`; a name may stand for several settings. What is said last counts. */
export function parseSettings(words: readonly string[]): SettingValues {
  const rows = words
    .map(split)
    .flatMap(([name, text]) => settingsNamed(name).map((each) => [each, meaningOf(name, each, text)]));
  return Object.fromEntries(rows);
}

function split(word: string): [name: string, value: string] {
  const equals = word.indexOf('=');
  if (equals < 0) throw new TextError(`"${word}" is not NAME=VALUE`);
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** The settings that a name stands for. */
export function settingsNamed(name: string): readonly SettingName[] {
  if (Object.hasOwn(SETTING_GROUPS, name)) return SETTING_GROUPS[name];
  const found = SETTING_NAMES.find((known) => known === name);
  if (found !== undefined) return [found];
  const known = [...SETTING_NAMES, ...Object.keys(SETTING_GROUPS)];
  throw new TextError(
    `there is no setting "${name}"; there are ${known.join(', ')}. ${didYouMean(name, known)}`.trimEnd(),
  );
}

function meaningOf(name: string, setting: SettingName, text: string): number {
  const row: Setting = SETTINGS[setting];
  const value = readValue(row, text);
  if (value === null) throw new TextError(`${name} takes ${takes(row)}, not "${text}"`);
  return value;
}

/** The number that the text means; null if it means none, or one beyond the setting's bounds. */
export function readValue({ words, min, max }: Setting, text: string): number | null {
  const value = words === undefined ? wholeNumber(text) : words.indexOf(text);
  return value === null || value < min || value > max ? null : value;
}

const takes = ({ words, min, max }: Setting): string => words?.join(' or ') ?? `a number from ${min} to ${max}`;

export function formatValue(name: SettingName, value: number): string {
  const row: Setting = SETTINGS[name];
  return row.words?.[value] ?? String(value);
}

/** Words as `udp_first=30`. */
export const parseTimeouts = (words: readonly string[]): TimeoutPolicy =>
  Object.fromEntries(words.map(split).map(([name, text]) => parseTimeout(name, text)));

function parseTimeout(name: string, text: string): [TimeoutName, number] {
  const found = TIMEOUT_NAMES.find((row) => row.name === name);
  if (found === undefined) {
    const known = TIMEOUT_NAMES.map((row) => row.name);
    throw new TextError(`there is no timeout "${name}"; there are ${known.join(', ')}`);
  }
  const seconds = wholeNumber(text);
  if (seconds === null || seconds > MAX_TIMEOUT_SECONDS)
    throw new TextError(`${name} takes seconds from 0 to ${MAX_TIMEOUT_SECONDS}, not "${text}"`);
  return [found.name, seconds];
}

/** In the order of the table. */
export function formatPolicy(policy: TimeoutPolicy): string {
  return Object.entries(sortedPolicy(policy))
    .map(([name, seconds]) => `${name}=${seconds}`)
    .join(' ');
}

export function sortedPolicy(policy: TimeoutPolicy): TimeoutPolicy {
  const named = TIMEOUT_NAMES.filter(({ name }) => policy[name] !== undefined);
  return Object.fromEntries(named.map(({ name }): [TimeoutName, number] => [name, policy[name] ?? 0]));
}

const wholeNumber = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);
