/**
 * What a configuration says of the tracker: settings, limits and timeouts. Each datapath of the switch gets the same (conntrack-apply.ts).
 *
 *     conntrack:
 *       max_connections: 1000000
 *       refused: drop
 *       default_limit: 100000
 *       timeouts: {udp_first: 20}
 *       zones:
 *         5: {limit: 1000, timeouts: {tcp_established: 3600}}
 */
import { TIMEOUT_NAMES, type TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { MAX_LIMIT, ZONES } from '../../datapath/conntrack/record/zones.js';
import { SETTING_GROUPS, SETTING_NAMES, type SettingValues } from '../../datapath/conntrack/settings.js';
import { parseSettings, parseTimeouts } from '../text/ct-settings.js';
import { TextError } from '../text/error.js';
import type { ConntrackConfig, ZoneConfig } from './config.js';
import { Place } from './place.js';
import { asObject } from './yaml-values.js';

/** The configuration with the settings of `--ct` words, as `max_connections=1000`, in place of its own. */
export function withSettings(config: ConntrackConfig, words: readonly string[]): ConntrackConfig {
  const settings = Place.inWords('--ct').run(() => parseSettings(words), isTextError);
  return { ...config, settings: { ...config.settings, ...settings } };
}

const OWN_KEYS = ['default_limit', 'timeouts', 'zones'];

export function conntrackFromYaml(value: unknown, place: Place): ConntrackConfig {
  const row = asObject(value ?? {}, place, [...SETTING_NAMES, ...Object.keys(SETTING_GROUPS), ...OWN_KEYS]);
  const settings = Object.entries(row).filter(([name]) => !OWN_KEYS.includes(name));
  return {
    settings: Object.assign({}, ...settings.map(([name, each]) => setting(name, each, place.at(name, null)))),
    ...(row.default_limit === undefined ? {} : { defaultLimit: limit(row.default_limit, place.at('default_limit')) }),
    timeouts: timeouts(row.timeouts, place.at('timeouts')),
    zones: Object.entries(asObject(row.zones ?? {}, place.at('zones'))).map(([zone, each]) =>
      zoneFromYaml(zone, each, place.at('zones', null).at(zone, `zone ${zone}`)),
    ),
  };
}

function zoneFromYaml(zone: string, value: unknown, place: Place): ZoneConfig {
  if (!/^\d+$/.test(zone) || Number(zone) >= ZONES) place.key.fail(`zones have numbers from 0 to ${ZONES - 1}`);
  const row = asObject(value ?? {}, place, ['limit', 'timeouts']);
  return {
    zone: Number(zone),
    ...(row.limit === undefined ? {} : { limit: limit(row.limit, place.at('limit')) }),
    timeouts: timeouts(row.timeouts, place.at('timeouts')),
  };
}

const setting = (name: string, value: unknown, place: Place): SettingValues =>
  place.run(() => parseSettings([wordOf(name, value, place)]), isTextError);

function timeouts(value: unknown, place: Place): TimeoutPolicy {
  const known = TIMEOUT_NAMES.map(({ name }) => name);
  const rows = Object.entries(asObject(value ?? {}, place, known));
  const each = rows.map(([name, seconds]) => {
    const at = place.at(name, null);
    return at.run(() => parseTimeouts([wordOf(name, seconds, at)]), isTextError);
  });
  return Object.assign({}, ...each);
}

/** What would be written on a command line. */
function wordOf(name: string, value: unknown, place: Place): string {
  if (typeof value === 'boolean') return `${name}=${value ? 'on' : 'off'}`;
  if (typeof value === 'string' || typeof value === 'number') return `${name}=${value}`;
  return place.fail(`${name}: expected a word or a number`);
}

function limit(value: unknown, place: Place): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_LIMIT)
    return place.fail(`expected a number from 0 to ${MAX_LIMIT}`);
  return value;
}

const isTextError = (error: unknown): error is TextError => error instanceof TextError;
