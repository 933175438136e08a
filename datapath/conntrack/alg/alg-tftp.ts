/** TFTP (RFC 1350): the server answers a request from any port of its own to the port the request came from. */

import { ORIGINAL } from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import type { Expectations } from '../record/expectations.js';
import { KEY_L4, KEY_WORDS } from '../record/packet-key.js';
import type { ControlPacket } from './control-packet.js';
import { expectConnection } from './expect.js';

const KEY = new Int32Array(KEY_WORDS);

export function trackTftp(table: ConnTable, expectations: Expectations, c: ControlPacket): void {
  table.loadKey(c.handle, ORIGINAL, KEY);
  expectations.add(expectConnection(table, c.handle, c.direction, KEY[KEY_L4] >>> 16));
}
