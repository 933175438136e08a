/** The tracker's settings as JSON values. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { SETTINGS, type SettingName } from '../../datapath/conntrack/settings.js';
import { formatValue } from '../text/ct-settings.js';

export interface SettingJson {
  name: string;
  /** A number, or the word that stands for one. */
  value: number | string;
  initial: number | string;
  meaning: string;
}

export const settingsJson = (tracker: Conntrack, names: readonly SettingName[]): SettingJson[] =>
  names.map((name) => ({
    name,
    value: shown(name, SETTINGS[name].read(tracker)),
    initial: shown(name, SETTINGS[name].initial),
    meaning: SETTINGS[name].describe,
  }));

const shown = (name: SettingName, value: number): number | string =>
  'words' in SETTINGS[name] ? formatValue(name, value) : value;
