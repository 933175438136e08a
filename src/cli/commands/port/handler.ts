/** What `ctswitch port` does. */
import { portWords } from '../../../../datapath/ports/port-types.js';
import { PORT_SETTINGS } from '../../../bridge/port-settings.js';
import type { PortJson } from '../../../inspect/ports.js';
import { type Columns, list } from '../change/lists.js';
import { type ChangeCommandArgs, optionWords, type PortCommandArgs } from '../change/options.js';
import { portWithFolder } from '../change/port-words.js';
import { change } from '../change/reports.js';
import { type ChangeVerbs, runVerb } from '../change/verbs.js';
import { askInWords } from '../ct/daemon-request.js';

const MANY = Number.POSITIVE_INFINITY;

export const VERBS: ChangeVerbs = {
  add: {
    words: 'BRIDGE PORT...',
    describe: 'add ports to a bridge',
    min: 2,
    max: MANY,
    options: ['may-exist', 'ofport'],
    run: (args, [bridge, ...ports]) =>
      change(args, 'ctswitch/port-add', [...optionWords(args), bridge!, ...ports.map(portWithFolder)]),
  },
  del: {
    words: '[BRIDGE] PORT',
    describe: 'take a port out; its interface is given back',
    min: 1,
    max: 2,
    options: ['if-exists'],
    run: (args, words) => change(args, 'ctswitch/port-del', [...optionWords(args), ...words]),
  },
  set: { words: 'PORT SETTING=VALUE...', describe: 'change a port', min: 2, max: MANY, run: set },
  list: {
    words: '[BRIDGE...]',
    describe: 'what ports there are, with links and traffic',
    min: 0,
    max: MANY,
    run: (args, bridges) => list(args, 'ctswitch/port-list', bridges, COLUMNS),
  },
};

async function set(args: ChangeCommandArgs, words: readonly string[]): Promise<number> {
  await askInWords(args, 'ctswitch/port-set', words);
  return 0;
}

const COLUMNS: Columns<PortJson> = {
  BRIDGE: (row) => row.bridge,
  NUMBER: (row) => String(row.ofport),
  PORT: (row) => row.name,
  TYPE: (row) => row.type,
  STATE: (row) => row.state,
  LINK: (row) => row.link,
  MTU: (row) => String(row.mtu),
  MAC: (row) => row.mac,
  RX: (row) => String(row.rx_packets),
  TX: (row) => String(row.tx_packets),
};

const settings = Object.entries(PORT_SETTINGS).map(([name, { takes }]) => `\n  ${name}: ${takes}`);

export const epilogue = (): string =>
  `Settings of ports, which hold while the port is there: ${settings.join('')}\n` +
  `Ports as for run --bridge: NAME is an interface; ${portWords()}.\n` +
  'Exit code: 0 if all was done, 1 if not: each port that could not be opened is reported, and all else is done.';

export const run = (args: PortCommandArgs, words: readonly string[]): Promise<number> =>
  runVerb(VERBS, 'port', args, words);
