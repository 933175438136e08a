/**
 * Helpers: what reads the payload of control connections, to expect the connections they announce. A helper is attached when
 * its connection is committed with `alg=`; without one, port 21 is a port like any other.
 */
import { SLAB_SHIFT } from '../../base/slab.js';
import { IP_PROTO_TCP, IP_PROTO_UDP, PORT_FTP, PORT_TFTP } from '../../wire/numbers.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import type { Expectations } from '../record/expectations.js';
import * as X from '../record/extra.js';
import { KEY_L4, KEY_META } from '../record/packet-key.js';
import { REASON_NONE } from '../record/reasons.js';
import { adjustNumbers, trackFtp } from './alg-ftp.js';
import { trackTftp } from './alg-tftp.js';
import type { ControlPacket } from './control-packet.js';

/** The protocol that a helper understands. */
const protocolOf = (helper: number): number => (helper === X.HELPER_FTP ? IP_PROTO_TCP : IP_PROTO_UDP);

/** True if `alg=` takes on a connection with this key: one of its protocol, or of no helper's. */
export function accepts(helper: number, key: Int32Array): boolean {
  return helper !== X.HELPER_NONE && (metaIs(key, protocolOf(helper)) || portHelper(key) === X.HELPER_NONE);
}

const metaIs = (key: Int32Array, proto: number): boolean => C.metaProto(key[KEY_META]) === proto;

/** The helper that the well-known port stands for. */
function portHelper(key: Int32Array): number {
  const dst = key[KEY_L4] & 0xffff;
  if (metaIs(key, IP_PROTO_TCP))
    return dst === PORT_FTP || key[KEY_L4] >>> 16 === PORT_FTP ? X.HELPER_FTP : X.HELPER_NONE;
  return metaIs(key, IP_PROTO_UDP) && dst === PORT_TFTP ? X.HELPER_TFTP : X.HELPER_NONE;
}

/** The helper at work on the connection; 0 for none, or one that does not understand its protocol. */
export function helperAtWork(table: ConnTable, handle: number): number {
  const words = table.words(handle);
  const at = table.at(handle);
  const extra = words[at + C.CONN_EXTRA];
  if (extra === 0) return X.HELPER_NONE;
  const helper = table.extras.chunks[(extra - 1) >>> SLAB_SHIFT][table.extras.at(extra - 1) + X.EXTRA_HELPER];
  return helper !== X.HELPER_NONE && C.metaProto(words[at + C.CONN_META]) === protocolOf(helper)
    ? helper
    : X.HELPER_NONE;
}

/** Before the protocol's tracker sees the packet, or after (`isBefore`): keeps the numbers what that tracker has seen so far. */
export function adjust(table: ConnTable, c: ControlPacket, isBefore: boolean): void {
  if (c.isNatted && helperAtWork(table, c.handle) === X.HELPER_FTP) adjustNumbers(table, c, isBefore);
}

/** Reads a control packet; a reason if what it announces makes it invalid. */
export function readControl(table: ConnTable, expectations: Expectations, c: ControlPacket): number {
  const helper = helperAtWork(table, c.handle);
  if (helper === X.HELPER_FTP) return trackFtp(table, expectations, c);
  if (helper === X.HELPER_TFTP) trackTftp(table, expectations, c);
  return REASON_NONE;
}
