/** The page of what can be set of the tracker: settings and timeouts. */

import { MAX_TIMEOUT_SECONDS, TIMEOUT_NAMES } from '../../datapath/conntrack/protocols/timeouts.js';
import { SETTING_GROUPS, SETTING_NAMES, SETTINGS, type Setting } from '../../datapath/conntrack/settings.js';
import { formatValue } from '../../src/text/ct-settings.js';
import { code, type Page, table } from './page.js';

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}.`;

function settingRows(): string[][] {
  return SETTING_NAMES.map((name) => {
    const { words, min, max, initial, describe }: Setting = SETTINGS[name];
    return [
      code(name),
      words?.map(code).join(', ') ?? `${min} to ${max}`,
      code(formatValue(name, initial)),
      sentence(describe),
    ];
  });
}

const groups = (): string =>
  Object.entries(SETTING_GROUPS)
    .map(([name, members]) => `${code(name)} stands for ${members.map(code).join(', ')}.`)
    .join(' ');

const timeoutRows = (): string[][] =>
  TIMEOUT_NAMES.map((row) => [
    code(row.name),
    'seconds' in row ? String(row.seconds) : '',
    'when' in row ? sentence(row.when) : 'Means something to the kernel of Linux only; it is taken, and does nothing.',
  ]);

export const ctSettingsPage = (): Page => ({
  file: 'ct-settings.md',
  title: 'Settings and timeouts of the connection tracker',
  intro:
    'For `ctswitch ct set`, `ctswitch run --ct` and the section `conntrack` of a configuration file; how they are used is told in ' +
    '[tune-the-tracker.md](../howto/tune-the-tracker.md).',
  body: [
    table(['setting', 'values', 'begins as', 'meaning'], settingRows()),
    groups(),
    '## Timeouts',
    `Whole seconds, up to ${MAX_TIMEOUT_SECONDS}, with the names of the table CT_Timeout_Policy of OVSDB.`,
    table(['timeout', 'seconds unless set', 'when'], timeoutRows()),
  ].join('\n\n'),
});
