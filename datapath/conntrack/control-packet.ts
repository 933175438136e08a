import type { Packet } from '../packet/packet.js';
import type { PacketKey } from './packet-key.js';

/** A packet of a control connection, with what its helper may need. */
export interface ControlPacket {
  packet: Packet;
  key: PacketKey;
  handle: number;
  direction: number;
  /** The action has nat: payloads are rewritten. */
  isNatted: boolean;
}
