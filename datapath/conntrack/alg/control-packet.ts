/** A packet of a control connection, with what its helper may need. @hot */
import { Packet } from '../../packet/packet.js';
import { PacketKey } from '../record/packet-key.js';

/** One object, filled anew for each packet. */
export class ControlPacket {
  packet = new Packet();
  key = new PacketKey();
  handle = -1;
  direction = 0;
  /** The action has nat: payloads are rewritten. */
  isNatted = false;
  /** It goes on as it is, not as the fragments it came in. */
  mayGrow = true;

  fill(packet: Packet, key: PacketKey, handle: number, direction: number, isNatted: boolean, mayGrow: boolean): this {
    this.packet = packet;
    this.key = key;
    this.handle = handle;
    this.direction = direction;
    this.isNatted = isNatted;
    this.mayGrow = mayGrow;
    return this;
  }
}
