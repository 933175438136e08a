/** What can be wrong with a packet-out whatever groups there are. */

import type { ErrorName } from '../openflow/errors.js';
import type { OfVersion, PacketOut } from '../openflow/message-types.js';
import { NO_BUFFER } from '../openflow/new-flow-mod.js';
import { checkPacketOutActions } from './check-actions.js';
import type { Ofproto } from './ofproto.js';

export function checkPacketOut(ofproto: Ofproto, out: PacketOut, version: OfVersion): ErrorName | null {
  if (out.bufferId !== NO_BUFFER) return 'OFPBRC_BUFFER_UNKNOWN';
  return ofproto.provider === null
    ? null
    : checkPacketOutActions(out.actions, ofproto.provider.describePacket(out), version);
}
