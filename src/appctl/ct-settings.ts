/** The tracker's settings (datapath/conntrack/settings.ts), asked and set while the switch runs. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../../datapath/conntrack/settings.js';
import { formatValue, parseSettings, type SettingValues, settingsNamed } from '../text/ct-settings.js';
import type { Command } from '../unixctl/registry.js';
import { asUnixctlError, command, takeNamedDatapath } from './args.js';
import type { SwitchView } from './view.js';

export interface SettingJson {
  name: string;
  value: number | string;
  initial: number | string;
  meaning: string;
}

export function ctSettingCommands(view: SwitchView): Command[] {
  const chosen = (args: string[]): SettingJson[] => {
    const { backer, rest } = takeNamedDatapath(view, args);
    return get(backer.dpif.conntrack, rest);
  };
  const many = Number.POSITIVE_INFINITY;
  return [
    {
      ...command('ctswitch/ct-get', '[dp] [NAME...]', 0, many, (args) =>
        chosen(args)
          .map(({ name, value }) => `${name}=${value}\n`)
          .join(''),
      ),
      runJson: chosen,
    },
    command('ctswitch/ct-set', '[dp] NAME=VALUE...', 1, many, (args) => {
      const { backer, rest } = takeNamedDatapath(view, args);
      // All is read before anything is changed.
      applySettings(
        backer.dpif.conntrack,
        asUnixctlError(() => parseSettings(rest)),
      );
      return '';
    }),
  ];
}

function get(tracker: Conntrack, names: readonly string[]): SettingJson[] {
  const wanted = names.length === 0 ? SETTING_NAMES : asUnixctlError(() => names.flatMap(settingsNamed));
  return wanted.map((name) => ({
    name,
    value: shown(name, SETTINGS[name].read(tracker)),
    initial: shown(name, SETTINGS[name].initial),
    meaning: SETTINGS[name].describe,
  }));
}

const shown = (name: SettingName, value: number): number | string =>
  'words' in SETTINGS[name] ? formatValue(name, value) : value;

export function applySettings(tracker: Conntrack, values: SettingValues): void {
  for (const name of SETTING_NAMES) {
    const value = values[name];
    if (value !== undefined) SETTINGS[name].write(tracker, value);
  }
}
