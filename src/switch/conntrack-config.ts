/**
 * What a configuration says of the tracker: settings, limits and timeouts. Each datapath of the switch gets the same.
 *
 *     conntrack:
 *       max_connections: 1000000
 *       refused: drop
 *       default_limit: 100000
 *       timeouts: {udp_first: 20}
 *       zones:
 *         5: {limit: 1000, timeouts: {tcp_established: 3600}}
 */

import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { MAX_LIMIT, ZONES } from '../../datapath/conntrack/record/zones.js';
import { SETTING_GROUPS, SETTING_NAMES, SETTINGS } from '../../datapath/conntrack/settings.js';
import { applySettings } from '../appctl/ct-settings.js';
import { setTimeouts } from '../appctl/ct-timeouts.js';
import type { Backer } from '../bridge/backer.js';
import { parseSettings, parseTimeouts, type SettingValues } from '../text/ct-settings.js';
import { TextError } from '../text/error.js';
import { ConfigError, type ConntrackConfig, type ZoneConfig } from './config.js';
import { asObject } from './yaml-values.js';

/** The configuration with the settings of `--ct` words, as `max_connections=1000`, in place of its own. */
export function withSettings(config: ConntrackConfig, words: readonly string[]): ConntrackConfig {
  const settings = at('--ct', () => parseSettings(words));
  return { ...config, settings: { ...config.settings, ...settings } };
}

const OWN_KEYS = ['default_limit', 'timeouts', 'zones'];

export function conntrackFromYaml(value: unknown, where: string): ConntrackConfig {
  const row = asObject(value ?? {}, where, [...SETTING_NAMES, ...Object.keys(SETTING_GROUPS), ...OWN_KEYS]);
  const settings = Object.entries(row).filter(([name]) => !OWN_KEYS.includes(name));
  return {
    settings: at(where, () => parseSettings(wordsOf(settings, where))),
    ...(row.default_limit === undefined ? {} : { defaultLimit: limit(row.default_limit, `${where}: default_limit`) }),
    timeouts: timeouts(row.timeouts, `${where}: timeouts`),
    zones: Object.entries(asObject(row.zones ?? {}, `${where}: zones`)).map(([zone, each]) =>
      zoneFromYaml(zone, each, `${where}: zone ${zone}`),
    ),
  };
}

function zoneFromYaml(zone: string, value: unknown, where: string): ZoneConfig {
  const row = asObject(value ?? {}, where, ['limit', 'timeouts']);
  if (!/^\d+$/.test(zone) || Number(zone) >= ZONES)
    throw new ConfigError(`${where}: zones have numbers from 0 to ${ZONES - 1}`);
  return {
    zone: Number(zone),
    ...(row.limit === undefined ? {} : { limit: limit(row.limit, `${where}: limit`) }),
    timeouts: timeouts(row.timeouts, `${where}: timeouts`),
  };
}

function timeouts(value: unknown, where: string): TimeoutPolicy {
  const rows = Object.entries(asObject(value ?? {}, where));
  return at(where, () => parseTimeouts(wordsOf(rows, where)));
}

/** What would be written on a command line. */
function wordsOf(rows: readonly [name: string, value: unknown][], where: string): string[] {
  return rows.map(([name, value]) => {
    if (typeof value === 'boolean') return `${name}=${value ? 'on' : 'off'}`;
    if (typeof value === 'string' || typeof value === 'number') return `${name}=${value}`;
    throw new ConfigError(`${where}: ${name}: expected a word or a number`);
  });
}

function limit(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_LIMIT)
    throw new ConfigError(`${where}: expected a number from 0 to ${MAX_LIMIT}`);
  return value;
}

function at<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TextError ? new ConfigError(`${where}: ${error.message}`) : error;
  }
}

/** Leads a datapath from one configuration to another. What neither speaks of stays as somebody has set it meanwhile. */
export function applyConntrack(backer: Backer, from: ConntrackConfig, to: ConntrackConfig): void {
  const { conntrack } = backer.datapath;
  const initial = Object.keys(from.settings).map((name) => [name, SETTINGS[name as keyof SettingValues].initial]);
  applySettings(conntrack, { ...Object.fromEntries(initial), ...to.settings });
  if (from.defaultLimit !== to.defaultLimit) conntrack.zones.defaultLimit = to.defaultLimit ?? 0;
  if (isNamed(from.timeouts) || isNamed(to.timeouts)) setTimeouts(backer, 'default', to.timeouts);
  for (const zone of from.zones) applyZone(backer, { zone: zone.zone, timeouts: {} }, zone);
  for (const zone of to.zones) applyZone(backer, zone, { zone: zone.zone, timeouts: {} });
}

function applyZone(backer: Backer, { zone, limit, timeouts }: ZoneConfig, before: ZoneConfig): void {
  const { zones } = backer.datapath.conntrack;
  if (limit !== undefined) zones.setLimit(zone, limit);
  else if (before.limit !== undefined) zones.deleteLimit(zone);
  if (isNamed(timeouts) || isNamed(before.timeouts)) setTimeouts(backer, zone, timeouts);
}

const isNamed = (policy: TimeoutPolicy): boolean => Object.keys(policy).length > 0;
