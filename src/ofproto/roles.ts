/** Roles of controllers: one primary at most, which makes the one before it secondary. (OpenFlow 1.3, section 6.3.4) */
import type { ErrorName } from '../openflow/errors.js';
import type { MessageBodies, MessageName } from '../openflow/message-types.js';
import type { OfConnection } from './connection.js';
import type { Ofproto } from './ofproto.js';

export function setRole(
  ofproto: Ofproto,
  connection: OfConnection,
  { role, generationId }: MessageBodies['role_request'],
): ErrorName | null {
  if (role === 'nochange') return null;
  if (role !== 'equal' && generationId !== undefined) {
    if (isStale(generationId, ofproto.roleGeneration)) return 'OFPRRFC_STALE';
    ofproto.roleGeneration = generationId;
  }
  if (role === 'primary') {
    for (const other of ofproto.connections) if (other.role === 'primary') other.role = 'secondary';
  }
  connection.role = role;
  return null;
}

/** Generations count up and wrap around. */
const isStale = (id: bigint, last: bigint | null): boolean => last !== null && BigInt.asIntN(64, id - last) < 0n;

/** What is refused to secondary controllers: as in Open vSwitch neither SET_CONFIG, of which they have their part, nor the flushes. */
const CHANGES: ReadonlySet<MessageName> = new Set([
  'packet_out',
  'port_mod',
  'table_mod',
  'flow_mod',
  'group_mod',
  'bundle_control',
  'bundle_add',
]);

export const isRefused = (connection: OfConnection, name: MessageName): boolean =>
  connection.role === 'secondary' && CHANGES.has(name);
