/** What an OpenFlow switch notifies of while somebody listens. */
import type { OfConnection } from './connection.js';
import type { PortChange } from './ports.js';
import type { Rule } from './rule.js';

export type RuleChange = 'added' | 'changed' | 'removed';

export interface OfprotoObserver {
  rule(change: RuleChange, rule: Rule): void;
  port(change: PortChange): void;
  /** An OpenFlow session began, or ended. */
  session(connection: OfConnection, isOpen: boolean): void;
}
