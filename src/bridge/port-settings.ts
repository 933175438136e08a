/** What can be set of a port while the switch runs: a row for each setting. */
import type { PortDesc } from '../openflow/message-types.js';
import type { Bridge } from './bridge.js';
import type { BridgePort } from './ports.js';

/** What a setting's value does to a port. */
export type PortChange = (bridge: Bridge, port: BridgePort) => void;

/** Smallest that an Ethernet interface has, and what fits into 16 bits. */
const MTU = { min: 68, max: 65_535 };

const bit =
  (name: keyof PortDesc['config'], words: readonly [set: string, clear: string]) =>
  (value: string): PortChange | null => {
    const at = words.indexOf(value);
    return at < 0
      ? null
      : (bridge, port) => bridge.setPortConfig(port.ofport, { ...port.describe().config, [name]: at === 0 });
  };

function mtu(value: string): PortChange | null {
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
