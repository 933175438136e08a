/** Ports of a switch that runs: shown, and set. */
import { SwitchError } from '../../datapath/base/error.js';
import { suggest } from '../../datapath/base/suggest.js';
import type { Bridge } from '../bridge/bridge.js';
import { PORT_SETTINGS, type PortChange } from '../bridge/port-settings.js';
import { type PortJson, portsJson } from '../inspect/ports.js';
import { OFPP } from '../openflow/action-types.js';
import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, silently } from './args.js';

export function portCommands(view: SwitchView): Command[] {
  const chosen = (names: readonly string[]): PortJson[] => bridgesOf(view, names).flatMap(portsJson);
  return [
    {
      ...command('ctswitch/port-list', '[BRIDGE...]', 0, Number.POSITIVE_INFINITY, (args) =>
        chosen(args).map(portLine).join(''),
      ),
      runJson: chosen,
    },
    command(
      'ctswitch/port-set',
      'PORT SETTING=VALUE...',
      2,
      Number.POSITIVE_INFINITY,
      silently(([name, ...words]) => setPort(view, name, words)),
    ),
  ];
}

function bridgesOf(view: SwitchView, names: readonly string[]): Bridge[] {
  if (names.length > 0)
    return names.map((name) => {
      const bridge = view.bridge(name);
      if (bridge === null) throw new UnixctlError(`there is no bridge ${name}`);
      return bridge;
    });
  return view.backers().flatMap((backer) => [...backer]);
}

const portLine = (port: PortJson): string =>
  `${port.bridge} ${port.ofport === OFPP.LOCAL ? 'LOCAL' : port.ofport}(${port.name}): ` +
  `type=${port.type} state=${port.state} link=${port.link} mtu=${port.mtu} mac=${port.mac}\n`;

type PortSettingName = keyof typeof PORT_SETTINGS;
const NAMES = Object.keys(PORT_SETTINGS) as PortSettingName[];

/** All words are read before anything is changed. */
function setPort(view: SwitchView, name: string, words: readonly string[]): void {
  const changes = words.map(readChange);
  const bridges = bridgesOf(view, []);
  const names = bridges.flatMap((bridge) => bridge.ports().map((port) => port.name));
  const bridge = bridges.find((each) => each.ports().some((port) => port.name === name));
  if (bridge === undefined) throw new UnixctlError(`there is no port ${name}${guess(name, names)}`);
  const port = bridge.ports().find((each) => each.name === name)!;
  try {
    for (const change of changes) change(bridge, port);
  } catch (error) {
    throw error instanceof SwitchError ? new UnixctlError(error.message) : error;
  }
}

function readChange(word: string): PortChange {
  const equals = word.indexOf('=');
  if (equals < 0) throw new UnixctlError(`"${word}" is not NAME=VALUE`);
  const name = word.slice(0, equals);
  const known = NAMES.find((each) => each === name);
  if (known === undefined)
    throw new UnixctlError(
      `there is no setting "${name}" of ports; there are ${NAMES.join(', ')}${guess(name, NAMES)}`,
    );
  const { takes, read } = PORT_SETTINGS[known];
  const change = read(word.slice(equals + 1));
  if (change === null) throw new UnixctlError(`${name} takes ${takes}, not "${word.slice(equals + 1)}"`);
  return change;
}

function guess(word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  return near === undefined ? '' : `. Did you mean ${near}?`;
}
