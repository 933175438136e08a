import { Packet } from '../packet/packet.js';
import { PacketKey } from './packet-key.js';

/** A packet of a control connection, with what its helper may need. One object, filled anew for each. */
export class ControlPacket {
  packet = new Packet();
  key = new PacketKey();
  handle = -1;
  direction = 0;
  /** The action has nat: payloads are rewritten. */
  isNatted = false;
}
