/** Handing packets to controllers: who wants which, and how much of each. */
import type { PacketIn } from '../openflow/message-types.js';
import { PACKET_IN } from './async-config.js';
import type { OfConnection } from './connection.js';

export interface PacketInSend {
  /** Only connections with this id get it; 0 unless they chose another. */
  controllerId: number;
  /** Bytes of the packet, for all but table misses, where each connection has its own limit. */
  maxLen: number;
  now: number;
}

const OF13 = 4;
/** A message has 65535 bytes at most, and some of them describe the packet. */
const MAX_PACKET_BYTES = 0xffff - 2048;
/** The cookie of a packet that no rule sent: a table miss, or a packet-out's own actions. */
const NO_RULE = 0xffff_ffff_ffff_ffffn;

export function sendPacketIn(connections: Iterable<OfConnection>, packetIn: PacketIn, to: PacketInSend): void {
  for (const connection of connections) {
    if (connection.controllerId !== to.controllerId || !connection.wants('packet_in', packetIn.reason)) continue;
    if (isMiss(packetIn) && !wantsMisses(connection)) continue;
    connection.push('packet_in', fitted(packetIn, connection, to), connection.packetInVariant);
  }
}

/** Since OpenFlow 1.3 a packet that matches nothing is dropped; earlier, it went to the controller. */
export const wantsMisses = (connection: OfConnection): boolean =>
  connection.version < OF13 &&
  connection.controllerId === 0 &&
  (connection.kind === 'controller' || connection.missSendLen > 0);

const isMiss = (packetIn: PacketIn): boolean => packetIn.reason === PACKET_IN.noMatch && packetIn.cookie === NO_RULE;

function fitted(packetIn: PacketIn, connection: OfConnection, to: PacketInSend): PacketIn {
  const wanted = packetIn.reason === PACKET_IN.noMatch ? connection.missSendLen : to.maxLen;
  const limit = Math.min(wanted, MAX_PACKET_BYTES);
  return packetIn.packet.length <= limit ? packetIn : { ...packetIn, packet: packetIn.packet.subarray(0, limit) };
}
