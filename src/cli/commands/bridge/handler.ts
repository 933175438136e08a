/** What `ctswitch bridge` does. */
import { resolve } from 'node:path';
import { BRIDGE_SETTING_NAMES } from '../../../switch/bridge-settings.js';
import type { BridgeSummary } from '../../../switch/view.js';
import { print } from '../../output.js';
import { type BridgeCommandArgs, type ChangeCommandArgs, optionWords } from '../change/options.js';
import { portWithFolder } from '../change/port-words.js';
import { change } from '../change/reports.js';
import { type ChangeVerbs, runVerb } from '../change/verbs.js';
import { askInWords } from '../ct/daemon-request.js';
import { columns } from '../ct/settings-text.js';

const MANY = Number.POSITIVE_INFINITY;
const FAILED = 1;

export const VERBS: ChangeVerbs = {
  add: {
    words: 'NAME [SETTING=VALUE...]',
    describe: 'make a bridge',
    min: 1,
    max: MANY,
    options: ['may-exist'],
    run: (args, words) => change(args, 'ctswitch/bridge-add', [...optionWords(args), ...words.map(withFolder)], FAILED),
  },
  del: {
    words: 'NAME',
    describe: 'remove it with its ports and flows',
    min: 1,
    max: 1,
    options: ['if-exists'],
    run: (args, words) => change(args, 'ctswitch/bridge-del', [...optionWords(args), ...words], FAILED),
  },
  set: {
    words: 'NAME SETTING=VALUE...',
    describe: 'change it; flows, ports and connections stay',
    min: 2,
    max: MANY,
    run: (args, words) => change(args, 'ctswitch/bridge-set', words.map(withFolder), FAILED),
  },
  list: { words: '', describe: 'what bridges there are', min: 0, max: 0, run: list },
};

/** Files are named from here, but the daemon is elsewhere. */
function withFolder(word: string): string {
  const [, name, items] = /^(flows|groups|ports)=(.*)$/s.exec(word) ?? [];
  if (name === undefined || items === undefined) return word;
  const absolute = name === 'ports' ? portWithFolder : (file: string) => resolve(file);
  const listed = items.split(',').filter((item) => item !== '');
  return `${name}=${listed.map(absolute).join(',')}`;
}

async function list(args: ChangeCommandArgs): Promise<number> {
  const bridges = await askInWords<BridgeSummary[]>(args, 'ctswitch/bridge-list', []);
  const head = ['BRIDGE', 'DATAPATH', 'ID', 'FAIL MODE', 'FLOWS', 'PORTS', 'LISTENS ON', 'CONTROLLERS'];
  const rows = bridges.map((row) => [
    row.name,
    row.datapath,
    row.datapath_id,
    row.fail_mode,
    String(row.flows),
    row.ports.join(',') || '-',
    row.listen.join(',') || '-',
    row.controllers.map(({ target, is_connected }) => `${target}${is_connected ? '' : ' (away)'}`).join(',') || '-',
  ]);
  await print(args.json ? `${JSON.stringify(bridges)}\n` : columns([head, ...rows]));
  return 0;
}

export const epilogue = (): string =>
  `Settings, as in a configuration file; several values with commas between them: ${BRIDGE_SETTING_NAMES.join(', ')}.\n` +
  'Exit code: 0 if all was done, 1 if not: each step that failed is reported, and all else is done.';

export const run = (args: BridgeCommandArgs, words: readonly string[]): Promise<number> =>
  runVerb(VERBS, 'bridge', args, words);
