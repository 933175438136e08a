/** Ports of a switch that runs: shown, and set. */
import { SwitchError } from '../../datapath/base/error.js';
import { suggest } from '../../datapath/base/suggest.js';
import type { Bridge } from '../bridge/bridge.js';
import type { BridgePort } from '../bridge/ports.js';
import { OFPP } from '../openflow/action-types.js';
import type { PortDesc } from '../openflow/message-types.js';
import { formatMacBytes } from '../text/address.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { bridgeNamed, command, silently } from './args.js';
import type { SwitchView } from './view.js';

export interface PortJson {
  bridge: string;
  name: string;
  type: string;
  /** 65534 is the bridge's own. */
  ofport: number;
  /** "up" or "down", as it was set. */
  state: string;
  link: string;
  mtu: number;
  mac: string;
  rx_packets: number;
  tx_packets: number;
}

export function portCommands(view: SwitchView): Command[] {
  const chosen = (names: readonly string[]): PortJson[] => bridgesOf(view, names).flatMap(portsOf);
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
  if (names.length > 0) return names.map((name) => bridgeNamed(view, name));
  return view.backers().flatMap((backer) => [...backer]);
}

const portsOf = (bridge: Bridge): PortJson[] =>
  bridge.ports().map((port) => {
    const stats = port.stats();
    const { adminUp, linkUp, mtu, mac } = port.seen;
    return {
      bridge: bridge.name,
      name: port.name,
      type: port.type,
      ofport: port.ofport,
      state: adminUp ? 'up' : 'down',
      link: linkUp ? 'up' : 'down',
      mtu,
      mac: formatMacBytes(mac),
      rx_packets: stats?.rxPackets ?? 0,
      tx_packets: stats?.txPackets ?? 0,
    };
  });

const portLine = (port: PortJson): string =>
  `${port.bridge} ${port.ofport === OFPP.LOCAL ? 'LOCAL' : port.ofport}(${port.name}): ` +
  `type=${port.type} state=${port.state} link=${port.link} mtu=${port.mtu} mac=${port.mac}\n`;

type Change = (bridge: Bridge, port: BridgePort) => void;

/** Smallest that an Ethernet interface has, and what fits into 16 bits. */
const MTU = { min: 68, max: 65_535 };

const bit =
  (name: keyof PortDesc['config'], words: readonly [set: string, clear: string]) =>
  (value: string): Change | null => {
    const at = words.indexOf(value);
    return at < 0
      ? null
      : (bridge, port) => bridge.setPortConfig(port.ofport, { ...port.describe().config, [name]: at === 0 });
  };

function mtu(value: string): Change | null {
  const size = /^\d+$/.test(value) ? Number(value) : 0;
  if (size < MTU.min || size > MTU.max) return null;
  return (bridge, port) => {
    port.setMtu(size);
    bridge.refreshPorts();
  };
}

/** What can be set, what each takes, and what it does. Null for a value that means nothing. */
export const PORT_SETTINGS = {
  state: { takes: 'up or down', read: bit('portDown', ['down', 'up']) },
  mtu: { takes: `a number from ${MTU.min} to ${MTU.max}`, read: mtu },
  flood: { takes: 'on or off', read: bit('noFlood', ['off', 'on']) },
  receive: { takes: 'on or off', read: bit('noRecv', ['off', 'on']) },
  forward: { takes: 'on or off', read: bit('noFwd', ['off', 'on']) },
  packet_in: { takes: 'on or off', read: bit('noPacketIn', ['off', 'on']) },
} as const;

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

function readChange(word: string): Change {
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
