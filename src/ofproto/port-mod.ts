/** OFPT_PORT_MOD: a port's configuration bits. */
import type { ErrorName } from '../openflow/errors.js';
import type { MessageBodies, PortDesc } from '../openflow/message-types.js';
import type { OfConnection } from './connection.js';
import type { Ofproto } from './ofproto.js';

type Config = PortDesc['config'];

/** Bits of the wire (OpenFlow 1.0, ofp_port_config; later versions have some of them). */
const CONFIG_BITS: readonly (readonly [bit: number, name: keyof Config])[] = [
  [1, 'portDown'],
  [2, 'noStp'],
  [4, 'noRecv'],
  [8, 'noRecvStp'],
  [16, 'noFlood'],
  [32, 'noFwd'],
  [64, 'noPacketIn'],
];

export function checkPortMod(ofproto: Ofproto, body: MessageBodies['port_mod']): ErrorName | null {
  const desc = ofproto.ports.get(body.port);
  if (desc === null) return 'OFPPMFC_BAD_PORT';
  return desc.mac.every((byte, i) => byte === body.mac[i]) ? null : 'OFPPMFC_BAD_HW_ADDR';
}

/** Applies a port-mod that has been checked; a port that has gone since is passed over. */
export function applyPortMod(ofproto: Ofproto, body: MessageBodies['port_mod'], source: OfConnection): void {
  const desc = ofproto.ports.get(body.port);
  if (desc === null) return;
  const config: Config = { ...desc.config };
  for (const [bit, name] of CONFIG_BITS) if ((body.mask & bit) !== 0) config[name] = (body.config & bit) !== 0;
  ofproto.ports.update({ ...desc, config }, source);
  ofproto.provider?.setPortConfig(body.port, config);
}
