/** Figures about the connections in the table, gathered one by one. */
import { IP_PROTO_TCP } from '../../wire/numbers.js';
import * as C from '../record/conn.js';
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

  /** One connection: its CONN_META and its connState. */
  add(meta: number, state: number): void {
    const proto = C.metaProto(meta);
    this.total++;
    this.byProtocol[proto]++;
    this.byZone[C.metaZone(meta)]++;
    if (proto !== IP_PROTO_TCP) return;
    const name = tcpStateName(state >>> 8, state & 0xff);
    this.byTcpState.set(name, this.byTcpState.get(name)! + 1);
  }
}
