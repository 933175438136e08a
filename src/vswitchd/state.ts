/** What the switch is, as columns of the database (ovs-vswitchd.conf.db(5), "Status"). */
import type { PortStats } from '../../datapath/ports/port.js';
import type { Bridge } from '../bridge/bridge.js';
import type { BridgePort } from '../bridge/ports.js';
import type { Values } from '../ovsdb/tables.js';
import { idText } from '../switch/step-text.js';
import { formatMacBytes } from '../text/address.js';

/** What Open vSwitch says of a datapath that needs no kernel module. */
export const DATAPATH_VERSION = '<built-in>';

/** Counters, by their names in `Interface.statistics`. */
const STATISTICS: readonly (readonly [name: string, of: keyof PortStats])[] = [
  ['collisions', 'collisions'],
  ['rx_bytes', 'rxBytes'],
  ['rx_crc_err', 'rxCrcErrors'],
  ['rx_dropped', 'rxDropped'],
  ['rx_errors', 'rxErrors'],
  ['rx_frame_err', 'rxFrameErrors'],
  ['rx_over_err', 'rxOverErrors'],
  ['rx_packets', 'rxPackets'],
  ['tx_bytes', 'txBytes'],
  ['tx_dropped', 'txDropped'],
  ['tx_errors', 'txErrors'],
  ['tx_packets', 'txPackets'],
];

export const bridgeState = (bridge: Bridge): Partial<Values<'Bridge'>> => ({
  datapath_id: idText(bridge.ofproto.datapathId),
  datapath_version: DATAPATH_VERSION,
});

/** Of an interface that could not be opened: the rest of its state is empty, as in Open vSwitch. */
export const failedInterface = (error: string): Partial<Values<'Interface'>> => ({
  ...NO_STATE,
  ofport: -1,
  error,
});

const NO_STATE = {
  mac_in_use: null,
  ifindex: null,
  mtu: null,
  admin_state: null,
  link_state: null,
  statistics: new Map<string, number>(),
};

const upOrDown = (isUp: boolean): string => (isUp ? 'up' : 'down');

export function interfaceState(port: BridgePort): Partial<Values<'Interface'>> {
  const { mac, mtu, ifindex, adminUp, linkUp } = port.seen;
  return {
    ofport: port.ofport,
    error: null,
    mac_in_use: formatMacBytes(mac),
    ifindex,
    mtu: mtu === 0 ? null : mtu,
    admin_state: upOrDown(adminUp),
    link_state: upOrDown(linkUp),
  };
}

export function interfaceStatistics(port: BridgePort): Partial<Values<'Interface'>> {
  const stats = port.stats();
  return stats === null ? {} : { statistics: new Map(STATISTICS.map(([name, of]) => [name, stats[of]])) };
}
