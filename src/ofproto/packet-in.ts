/**
 * Handing packets to controllers: who wants which. They go out whole, whatever length a flow or a controller has named: as in
 * Open vSwitch, packets are not kept here for the controller to come back to, so a part would be of no use.
 */
import type { PacketIn } from '../openflow/message-types.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { OF13 } from '../openflow/version.js';
import { EXPLICIT_MISS } from './async-config.js';
import type { OfConnection } from './connection.js';

/** A message has 65535 bytes at most, and some of them describe the packet. */
const MAX_PACKET_BYTES = 0xffff - 2048;
/** The cookie of a packet that no rule sent: a table miss, or a packet-out's own actions. */
const NO_RULE = 0xffff_ffff_ffff_ffffn;

/** Only connections with that controller id get it; it is 0 unless they chose another. */
export function sendPacketIn(connections: Iterable<OfConnection>, packetIn: PacketIn, controllerId: number): void {
  const { packet } = packetIn;
  const sent =
    packet.length <= MAX_PACKET_BYTES ? packetIn : { ...packetIn, packet: packet.subarray(0, MAX_PACKET_BYTES) };
  for (const connection of connections) {
    if (connection.controllerId !== controllerId || !connection.wants('packet_in', askedAs(packetIn.reason))) continue;
    if (isMiss(packetIn) && !wantsMisses(connection)) continue;
    const reason = reasonFor(packetIn.reason, connection.version);
    connection.push('packet_in', reason === sent.reason ? sent : { ...sent, reason }, connection.packetInVariant);
  }
}

/** Since OpenFlow 1.3 a packet that matches nothing is dropped; earlier, it went to the controller. */
export const wantsMisses = (connection: OfConnection): boolean =>
  connection.version < OF13 &&
  connection.controllerId === 0 &&
  (connection.kind === 'controller' || connection.missSendLen > 0);

/** Under which reason a connection says whether it wants the packet. */
const askedAs = (reason: number): number => (reason === EXPLICIT_MISS ? PACKET_IN.noMatch : reason);

function reasonFor(reason: number, version: number): number {
  if (reason !== EXPLICIT_MISS) return reason;
  return version >= OF13 ? PACKET_IN.noMatch : PACKET_IN.action;
}

const isMiss = (packetIn: PacketIn): boolean => packetIn.reason === PACKET_IN.noMatch && packetIn.cookie === NO_RULE;
