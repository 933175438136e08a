/** Figures about the connections in the table, gathered one by one. */
import { IP_PROTO_TCP } from '../../wire/numbers.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import * as P from '../record/tcp-peer.js';
import { TCP_STATE_NAMES, tcpStateName } from './dump.js';

const PROTOCOLS = 256;
const ZONES = 0x10000;

export class ConnStats {
  total = 0;
  /** ICMPv6 is protocol 58. */
  readonly byProtocol = new Uint32Array(PROTOCOLS);
  readonly byZone = new Uint32Array(ZONES);
  /** By the name that the short form of a dump prints, in the order of the states. */
  readonly byTcpState = new Map<string, number>(TCP_STATE_NAMES.map((name) => [name, 0]));

  add(table: ConnTable, handle: number): void {
    const words = table.words(handle);
    const at = table.at(handle);
    const meta = words[at + C.CONN_META];
    const proto = C.metaProto(meta);
    this.total++;
    this.byProtocol[proto]++;
    this.byZone[C.metaZone(meta)]++;
    if (proto !== IP_PROTO_TCP) return;
    const name = tcpStateName(P.state(words, P.peerAt(at, C.ORIGINAL)), P.state(words, P.peerAt(at, C.REPLY)));
    this.byTcpState.set(name, this.byTcpState.get(name)! + 1);
  }
}
