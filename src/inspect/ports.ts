/** The ports of a bridge as JSON values. */
import type { Bridge } from '../bridge/bridge.js';
import { formatMacBytes } from '../text/address.js';

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

export const portsJson = (bridge: Bridge): PortJson[] =>
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
