/**
 * What a switch emits while it works: a row for each kind of event, numbers where there are numbers. Text is made by the listeners. Packets
 * have the number that the datapath gave them when they came in; their copies share it.
 */

import type { ConnEntry } from '../../datapath/conntrack/query/dump.js';
import type { DpifConntrack } from '../dpif/conntrack.js';
import type { OfConnection } from '../ofproto/connection.js';
import type { RuleChange } from '../ofproto/observer.js';
import type { PortChange } from '../ofproto/ports.js';
import type { Rule } from '../ofproto/rule.js';

/** What each kind of event carries. */
export interface EventRows {
  /** A packet came in by a datapath port; bytes. */
  rx: { packet: number; port: number; size: number };
  /** A cached flow answered; the rules that its translation had hit. */
  flow: { packet: number; flow: number; recircId: number; rules: readonly Rule[] };
  /** No cached flow answered. */
  miss: { packet: number; recircId: number };
  /** The tables were asked instead, and these rules hit. */
  translated: { packet: number; bridge: string; rules: readonly Rule[] };
  /** The packet has been through the tracker: its ct_state, and an id of REASONS. */
  ct: { packet: number; zone: number; state: number; reason: number };
  tx: { packet: number; port: number; size: number };
  /** An id of the datapath's drop reasons. */
  drop: { packet: number; reason: number };
  /** A connection began, changed its state or ended. */
  conn: ConnChange;
  /** The commit of a packet was refused: an id of COMMITS. */
  refused: { zone: number; commit: number };
  rule: { bridge: string; change: RuleChange; rule: Rule };
  port: { bridge: string; change: PortChange };
  /** An OpenFlow session began or ended. */
  session: { bridge: string; connection: OfConnection; isOpen: boolean };
  /** A step of a change of the configuration, and what became of it. */
  config: { step: string; status: 'done' | 'failed' | 'skipped' | 'planned' };
}

/** The name of a kind of event. */
export type EventKind = keyof EventRows;
/** A row with its kind. */
export type EventOf<K extends EventKind> = { [N in K]: { readonly kind: N } & Readonly<EventRows[N]> }[K];
/** Any event. */
export type SwitchEvent = EventOf<EventKind>;

/**
 * Valid only while it is emitted: the record may belong to another connection afterwards. What it looks like is made when somebody asks.
 */
export class ConnChange {
  readonly kind = 'conn';
  private seen: ConnEntry | null = null;

  constructor(
    /** EVENT_NEW, EVENT_UPDATE, EVENT_DESTROY. */
    readonly change: number,
    private readonly tracker: Pick<DpifConntrack, 'entry'>,
    private readonly record: number,
    /** 0 for one that began, the state before the change (connState), or why it ended (an id of CAUSES). */
    readonly about: number,
  ) {}

  /** The connection as lists show it; `now` as the tracker counts it. */
  entry(now: number): ConnEntry {
    this.seen ??= this.tracker.entry(this.record, now);
    return this.seen;
  }
}
