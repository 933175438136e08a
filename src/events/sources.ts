/** Sources of events: each is the one observer of a datapath, a tracker or an OpenFlow switch while somebody listens. */
import type { DatapathObserver } from '../../datapath/dp/observer.js';
import type { CtEvents, DpifConntrack } from '../dpif/conntrack.js';
import type { OfConnection } from '../ofproto/connection.js';
import type { OfprotoObserver, RuleChange } from '../ofproto/observer.js';
import type { PortChange } from '../ofproto/ports.js';
import type { Rule } from '../ofproto/rule.js';
import type { EventHub, EventSource } from './hub.js';
import { ConnChange } from './kinds.js';

/** A place for one observer. */
interface Place<O> {
  observer: O | null;
}

/** A packet's way through the datapath. */
export class DatapathSource implements EventSource, DatapathObserver {
  readonly kinds = ['rx', 'flow', 'miss', 'ct', 'tx', 'drop'] as const;

  /** `rulesOf`: what the translation of a cached flow had hit. */
  constructor(
    private readonly hub: EventHub,
    private readonly place: Place<DatapathObserver>,
    private readonly rulesOf: (flow: number) => readonly Rule[],
  ) {}

  attach(): void {
    this.place.observer = this;
  }

  detach(): void {
    this.place.observer = null;
  }

  rx(packet: number, port: number, size: number): void {
    if (this.hub.wants('rx')) this.hub.emit({ kind: 'rx', packet, port, size });
  }

  flow(packet: number, flow: number, recircId: number): void {
    if (this.hub.wants('flow')) this.hub.emit({ kind: 'flow', packet, flow, recircId, rules: this.rulesOf(flow) });
  }

  miss(packet: number, recircId: number): void {
    if (this.hub.wants('miss')) this.hub.emit({ kind: 'miss', packet, recircId });
  }

  ct(packet: number, zone: number, state: number, reason: number): void {
    if (this.hub.wants('ct')) this.hub.emit({ kind: 'ct', packet, zone, state, reason });
  }

  tx(packet: number, port: number, size: number): void {
    if (this.hub.wants('tx')) this.hub.emit({ kind: 'tx', packet, port, size });
  }

  drop(packet: number, reason: number): void {
    if (this.hub.wants('drop')) this.hub.emit({ kind: 'drop', packet, reason });
  }
}

/** What becomes of connections. */
export class TrackerSource implements EventSource, CtEvents {
  readonly kinds = ['conn', 'refused'] as const;

  constructor(
    private readonly hub: EventHub,
    private readonly tracker: Pick<DpifConntrack, 'observer' | 'entry'>,
  ) {}

  attach(): void {
    this.tracker.observer = this;
  }

  detach(): void {
    this.tracker.observer = null;
  }

  refused(zone: number, commit: number): void {
    if (this.hub.wants('refused')) this.hub.emit({ kind: 'refused', zone, commit });
  }

  conn(event: number, record: number, about: number): void {
    if (this.hub.wants('conn')) this.hub.emit<'conn'>(new ConnChange(event, this.tracker, record, about));
  }
}

/** Rules, ports and sessions of a bridge. */
export class OfprotoSource implements EventSource, OfprotoObserver {
  readonly kinds = ['rule', 'port', 'session'] as const;

  constructor(
    private readonly hub: EventHub,
    private readonly ofproto: Place<OfprotoObserver> & { readonly name: string },
  ) {}

  attach(): void {
    this.ofproto.observer = this;
  }

  detach(): void {
    this.ofproto.observer = null;
  }

  rule(change: RuleChange, rule: Rule): void {
    if (this.hub.wants('rule')) this.hub.emit({ kind: 'rule', bridge: this.ofproto.name, change, rule });
  }

  port(change: PortChange): void {
    if (this.hub.wants('port')) this.hub.emit({ kind: 'port', bridge: this.ofproto.name, change });
  }

  session(connection: OfConnection, isOpen: boolean): void {
    if (this.hub.wants('session')) this.hub.emit({ kind: 'session', bridge: this.ofproto.name, connection, isOpen });
  }
}
