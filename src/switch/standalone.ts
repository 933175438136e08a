/** What a bridge in standalone mode starts with: one flow that makes it a learning switch, as Open vSwitch's bridges do. */
import { addNormalRule } from '../ofproto/normal-rule.js';
import type { Ofproto } from '../ofproto/ofproto.js';

/** Any other flow comes before it. */
const LAST = 0;

export function addStandaloneFlow(ofproto: Ofproto, now: number): void {
  addNormalRule(ofproto, LAST, now);
}
