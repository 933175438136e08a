/**
 * What a bridge in standalone mode without controllers has: one flow that makes it a learning switch, as Open vSwitch's bridges do. It
 * comes and goes with that condition; a user may take it away.
 */
import { Match } from '../match/match.js';
import { addNormalRule } from '../ofproto/normal-rule.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import type { Rule } from '../ofproto/rule.js';
import type { BridgeConfig } from './config.js';

/** Any other flow comes before it. */
const LAST = 0;

/** With a controller it is the controller's business what a bridge without flows does. */
export const isAlone = ({ failMode, controllers }: BridgeConfig): boolean =>
  failMode === 'standalone' && controllers.length === 0;

export class StandaloneFlow {
  private rule: Rule | null = null;

  constructor(private readonly ofproto: Ofproto) {}

  /** A flow of the user's that takes all packets at the same priority stays. */
  add(now: number): void {
    const isTaken = this.ofproto.tables[0]!.find(new Match(), LAST) !== null;
    if (!isTaken) this.rule = addNormalRule(this.ofproto, LAST, now);
  }

  remove(): void {
    if (this.rule === null || this.rule.removed) return;
    this.ofproto.tables[0]!.remove(this.rule);
    this.ofproto.changed();
    this.rule = null;
  }
}
