/** What translation sees of a bridge: reading only. src/bridge implements it; tests may with a few lines. */
import type { Group } from '../ofproto/groups.js';
import type { OfTable } from '../ofproto/table.js';
import type { MacTable } from './mac-table.js';

/** What translation asks of a port. */
export interface XlatePort {
  readonly ofport: number;
  /** Datapath port number. */
  readonly dpPort: number;
  readonly name: string;
  readonly noFlood: boolean;
  /** Drop what would be sent by it / what it received. */
  readonly noForward: boolean;
  readonly noReceive: boolean;
  readonly noPacketIn: boolean;
  /** Where what is sent by it comes in at once (the other end of a patch); null if it leaves by the datapath. */
  readonly peer: { readonly bridge: XlateBridge; readonly ofport: number } | null;
  /** That it is a member of. */
  readonly bundle: XlateBundle;
}

/**
 * What `normal` forwards between, and learns stations behind: one port, or several that are one link to the other side. As Open vSwitch's
 * ofbundle, a row of OVSDB's table Port.
 */
export interface XlateBundle {
  /** Names it in the MAC table; no other bundle of the bridge has ever had it. */
  readonly id: number;
  /** Its members, at least one. */
  readonly ports: readonly XlatePort[];
}

/** What a table does with a packet no rule matches. */
export type TableMiss = 'controller' | 'continue' | 'drop';

/** What translation asks of a bridge. */
export interface XlateBridge {
  readonly name: string;
  readonly macTable: MacTable;
  /** How IP fragments are matched: 0 normal (ports read as 0), 1 drop, 3 nx-match (ports of first fragments visible). */
  readonly fragments: number;
  /** Frames to 01:80:c2:00:00:0x are forwarded by `normal`. */
  readonly forwardBpdu: boolean;
  /** To be looked up in, and named where nothing was found. */
  table(id: number): OfTable;
  tableMiss(table: number): TableMiss;
  group(id: number): Group | null;
  /** Whether what is sent by the port gets anywhere, as fast failover watches it. */
  isPortLive(ofport: number): boolean;
  /** Id of the timeout policy that connections of the tracker's zone are committed with, 0 for the default one. */
  timeoutPolicy(ctZone: number): number;
  /** Bytes of a packet sent to the controller because of a table miss. */
  readonly missSendLen: number;
  port(ofport: number): XlatePort | null;
  /** All ports, LOCAL included, ascending. */
  ports(): readonly XlatePort[];
  bundle(id: number): XlateBundle | null;
  /** All, that of LOCAL included, by the number of their first ports. */
  bundles(): readonly XlateBundle[];
}
