/** What can be set of a port while the switch runs: a row for each setting. */
import { PORT_OPTIONS } from '../../datapath/ports/port-types.js';
import type { PortDesc } from '../openflow/message-types.js';
import type { Bridge } from './bridge.js';
import type { BridgePort } from './ports.js';

/** What a setting's value does to a port. */
export type PortChange = (bridge: Bridge, port: BridgePort) => void;

const bit =
  (name: keyof PortDesc['config'], words: readonly [set: string, clear: string]) =>
  (value: string): PortChange | null => {
    const at = words.indexOf(value);
    return at < 0
      ? null
      : (bridge, port) => bridge.setPortConfig(port.ofport, { ...port.describe().config, [name]: at === 0 });
  };

function mtu(value: string): PortChange | null {
  const size = PORT_OPTIONS.mtu.parse(value);
  if (size === null) return null;
  return (bridge, port) => {
    port.setMtu(size);
    bridge.refreshPorts();
  };
}

/** What can be set, what each takes, and what it does. Null for a value that means nothing. */
export const PORT_SETTINGS = {
  state: { takes: 'up or down', read: bit('portDown', ['down', 'up']) },
  mtu: { takes: PORT_OPTIONS.mtu.takes, read: mtu },
  flood: { takes: 'on or off', read: bit('noFlood', ['off', 'on']) },
  receive: { takes: 'on or off', read: bit('noRecv', ['off', 'on']) },
  forward: { takes: 'on or off', read: bit('noFwd', ['off', 'on']) },
  packet_in: { takes: 'on or off', read: bit('noPacketIn', ['off', 'on']) },
} as const;
