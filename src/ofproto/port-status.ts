/** PORT_STATUS: notifies controllers of ports that come, go and change. */

import { encodeMessage } from '../openflow/codec.js';
import type { OfVersion, PortDesc } from '../openflow/message-types.js';
import { OF15 } from '../openflow/version.js';
import { message, type OfConnection } from './connection.js';
import type { PortChange } from './ports.js';

const REASON: Record<PortChange['reason'], number> = { add: 0, delete: 1, modify: 2 };

export function sendPortStatus(connections: Iterable<OfConnection>, change: PortChange): void {
  const { reason, desc } = change;
  for (const connection of connections) {
    if (!connection.wants('port_status', REASON[reason]) || !isReported(change, connection)) continue;
    connection.push('port_status', { reason, desc });
  }
}

/** Before OpenFlow 1.5 a controller did not hear of what it did itself; and versions do not show all there is of a port. */
function isReported({ desc, before, source }: PortChange, connection: OfConnection): boolean {
  if (source === connection && connection.version < OF15) return false;
  return before === null || before === desc || !looksTheSame(before, desc, connection.version);
}

function looksTheSame(a: PortDesc, b: PortDesc, version: OfVersion): boolean {
  const [first, second] = [a, b].map((desc) =>
    encodeMessage(message(version, 0, 'port_status', { reason: 'modify', desc })),
  );
  return first!.every((byte, i) => byte === second![i]);
}
