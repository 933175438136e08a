/** What `ctswitch bridge` does. */
import { resolve } from 'node:path';
import { BRIDGE_SETTING_NAMES } from '../../../switch/bridge-settings.js';
import type { BridgeSummary } from '../../../switch/view.js';
import { type Columns, list } from '../change/lists.js';
import { type BridgeCommandArgs, optionWords } from '../change/options.js';
import { portWithFolder } from '../change/port-words.js';
import { change } from '../change/reports.js';
import { type ChangeVerbs, runVerb } from '../change/verbs.js';

const MANY = Number.POSITIVE_INFINITY;

export const VERBS: ChangeVerbs = {
  add: {
    words: 'NAME [SETTING=VALUE...]',
    describe: 'make a bridge',
    min: 1,
    max: MANY,
    options: ['may-exist'],
    run: (args, words) => change(args, 'ctswitch/bridge-add', [...optionWords(args), ...words.map(withFolder)]),
  },
  del: {
    words: 'NAME',
    describe: 'remove it with its ports and flows',
    min: 1,
    max: 1,
    options: ['if-exists'],
    run: (args, words) => change(args, 'ctswitch/bridge-del', [...optionWords(args), ...words]),
  },
  set: {
    words: 'NAME SETTING=VALUE...',
    describe: 'change it; flows, ports and connections stay',
    min: 2,
    max: MANY,
    run: (args, words) => change(args, 'ctswitch/bridge-set', words.map(withFolder)),
  },
  list: {
    words: '',
    describe: 'what bridges there are',
    min: 0,
    max: 0,
    run: (args) => list(args, 'ctswitch/bridge-list', [], COLUMNS),
  },
};

/** Files are named from here, but the daemon is elsewhere. */
function withFolder(word: string): string {
  const [, name, items] = /^(flows|groups|ports)=(.*)$/s.exec(word) ?? [];
  if (name === undefined || items === undefined) return word;
  const absolute = name === 'ports' ? portWithFolder : (file: string) => resolve(file);
  const listed = items.split(',').filter((item) => item !== '');
  return `${name}=${listed.map(absolute).join(',')}`;
}

const COLUMNS: Columns<BridgeSummary> = {
  BRIDGE: (row) => row.name,
  DATAPATH: (row) => row.datapath,
  ID: (row) => row.datapath_id,
  'FAIL MODE': (row) => row.fail_mode,
  FLOWS: (row) => String(row.flows),
  PORTS: (row) => row.ports.join(',') || '-',
  'LISTENS ON': (row) => row.listen.join(',') || '-',
  CONTROLLERS: ({ controllers }) =>
    controllers.map(({ target, is_connected }) => `${target}${is_connected ? '' : ' (away)'}`).join(',') || '-',
};

export const epilogue = (): string =>
  `Settings, as in a configuration file; several values with commas between them: ${BRIDGE_SETTING_NAMES.join(', ')}.\n` +
  'Exit code: 0 if all was done, 1 if not: each step that failed is reported, and all else is done.';

export const run = (args: BridgeCommandArgs, words: readonly string[]): Promise<number> =>
  runVerb(VERBS, 'bridge', args, words);
