/** Figures about the connection table: what is in it, and what it costs. */
import { IP_PROTO_TCP } from '../wire/numbers.js';
import * as C from './conn.js';
import type { ConnTable } from './conn-table.js';
import { isShown, TCP_STATE_NAMES, tcpStateName } from './dump.js';
import * as P from './tcp-peer.js';

export interface ConnStats {
  total: number;
  /** ICMPv6 is protocol 58. */
  byProtocol: ReadonlyMap<number, number>;
  /** By the name that the short form of a dump prints, in the order of the states. */
  byTcpState: ReadonlyMap<string, number>;
}

export function gatherStats(table: ConnTable, zone: number | undefined, now: number): ConnStats {
  const byProtocol = new Map<number, number>();
  const byState = new Map<string, number>();
  let total = 0;
  for (let handle = 0; handle < table.records.top; handle++) {
    if (!isShown(table, handle, now)) continue;
    const words = table.words(handle);
    const at = table.at(handle);
    if (zone !== undefined && words[at + C.CONN_META] >>> 16 !== zone) continue;
    total++;
    const proto = C.metaProto(words[at + C.CONN_META]);
    increment(byProtocol, proto);
    if (proto === IP_PROTO_TCP) increment(byState, stateName(words, at));
  }
  const inOrder = TCP_STATE_NAMES.filter((name) => byState.has(name));
  return { total, byProtocol, byTcpState: new Map(inOrder.map((name) => [name, byState.get(name)!])) };
}

function stateName(words: Int32Array, at: number): string {
  return tcpStateName(P.state(words, P.peerAt(at, C.ORIGINAL)), P.state(words, P.peerAt(at, C.REPLY)));
}

function increment<K>(map: Map<K, number>, key: K): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
