/** The tracker's settings as JSON values. */
import { SETTINGS, type SettingName } from '../../datapath/conntrack/settings.js';
import type { DpifConntrack } from '../dpif/conntrack.js';
import { formatValue } from '../text/ct-settings.js';

export interface SettingJson {
  name: string;
  /** A number, or the word that stands for one. */
  value: number | string;
  initial: number | string;
  meaning: string;
}

export function settingsJson(tracker: DpifConntrack, names: readonly SettingName[]): SettingJson[] {
  const values = tracker.settings();
  return names.map((name) => ({
    name,
    value: shown(name, values[name]),
    initial: shown(name, SETTINGS[name].initial),
    meaning: SETTINGS[name].describe,
  }));
}

const shown = (name: SettingName, value: number): number | string =>
  'words' in SETTINGS[name] ? formatValue(name, value) : value;
