/** Descriptions of OpenFlow ports, as `ovs-ofctl show` prints them. */
import type { OfVersion, PortDesc } from '../openflow/message-types.js';
import { formatMacBytes } from './address.js';
import { formatPort } from './names.js';

/** In the bit order of OpenFlow 1.1 and later. */
const FEATURES = [
  '10MB-HD',
  '10MB-FD',
  '100MB-HD',
  '100MB-FD',
  '1GB-HD',
  '1GB-FD',
  '10GB-FD',
  '40GB-FD',
  '100GB-FD',
  '1TB-FD',
  'OTHER',
  'COPPER',
  'FIBER',
  'AUTO_NEG',
  'AUTO_PAUSE',
  'AUTO_PAUSE_ASYM',
];
const MBPS_OF_FEATURES = [10, 10, 100, 100, 1000, 1000, 10_000, 40_000, 100_000, 1_000_000];

const CONFIG: readonly (readonly [keyof PortDesc['config'], string])[] = [
  ['portDown', 'PORT_DOWN'],
  ['noStp', 'NO_STP'],
  ['noRecv', 'NO_RECV'],
  ['noRecvStp', 'NO_RECV_STP'],
  ['noFlood', 'NO_FLOOD'],
  ['noFwd', 'NO_FWD'],
  ['noPacketIn', 'NO_PACKET_IN'],
];

/** In the order of their numbers, LOCAL last. */
export function formatPortDescs(ports: readonly PortDesc[], version: OfVersion): string {
  const sorted = ports.toSorted((a, b) => a.port - b.port);
  return sorted.map((desc) => formatPortDesc(desc, version)).join('');
}

export function formatPortDesc(desc: PortDesc, version: OfVersion): string {
  const { port, name, mac, config, state } = desc;
  const configured = CONFIG.filter(([key]) => config[key]).map(([, word]) => word);
  const states: string[] = [];
  if (state.linkDown) states.push('LINK_DOWN');
  if (state.blocked) states.push('BLOCKED');
  if (state.live && version > 1) states.push('LIVE');
  const now = desc.currSpeed === 0 && version === 1 ? speedOf(desc.curr) : Math.floor(desc.currSpeed / 1000);
  const max = desc.maxSpeed === 0 && version === 1 ? speedOf(desc.supported) : Math.floor(desc.maxSpeed / 1000);
  return (
    ` ${formatPort(port)}(${name}): addr:${formatMacBytes(mac)}\n` +
    `     config:     ${words(configured)}\n` +
    `     state:      ${words(states)}\n` +
    features('current:    ', desc.curr) +
    features('advertised: ', desc.advertised) +
    features('supported:  ', desc.supported) +
    features('peer:       ', desc.peer) +
    `     speed: ${now} Mbps now, ${max} Mbps max\n`
  );
}

const words = (list: readonly string[]): string => (list.length === 0 ? '0' : list.join(' '));

function features(label: string, bits: number): string {
  return bits === 0 ? '' : `     ${label}${formatFeatures(bits)}\n`;
}

export const formatFeatures = (bits: number): string => FEATURES.filter((_, i) => (bits & (1 << i)) !== 0).join(' ');

/** Configuration bits as a port-mod has them. */
export function formatPortConfig(bits: number): string {
  return words(CONFIG.filter((_, i) => (bits & (1 << i)) !== 0).map(([, word]) => word));
}

/** The fastest of the speeds that the features name, in Mbit/s. */
function speedOf(bits: number): number {
  let speed = 0;
  for (let i = 0; i < MBPS_OF_FEATURES.length; i++)
    if ((bits & (1 << i)) !== 0) speed = Math.max(speed, MBPS_OF_FEATURES[i]!);
  return speed;
}
