/** The tracker's settings (datapath/conntrack/settings.ts), asked and set while the switch runs. */
import { SETTING_NAMES } from '../../datapath/conntrack/settings.js';
import type { DpifConntrack } from '../dpif/conntrack.js';
import { type SettingJson, settingsJson } from '../inspect/settings.js';
import type { SwitchView } from '../switch/view.js';
import { parseSettings, settingsNamed } from '../text/ct-settings.js';
import type { Command } from '../unixctl/registry.js';
import { asUnixctlError, command, takeNamedDatapath } from './args.js';

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
      backer.dpif.conntrack.set(asUnixctlError(() => parseSettings(rest)));
      return '';
    }),
  ];
}

function get(tracker: DpifConntrack, names: readonly string[]): SettingJson[] {
  const wanted = names.length === 0 ? SETTING_NAMES : asUnixctlError(() => names.flatMap(settingsNamed));
  return settingsJson(tracker, wanted);
}
