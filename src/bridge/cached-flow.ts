/**
 * What the bridge remembers of a datapath flow: what its translation found, and how much of its traffic has been credited.
 * It hangs on the flow as `owner`.
 */
import type { DpFlow } from '../../datapath/dp/dp-flow.js';
import type { Translation } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';

export class CachedFlow {
  /** Packets and bytes of the flow that the rules have been credited with. */
  pushedPackets: number;
  pushedBytes: number;

  constructor(
    readonly flow: DpFlow,
    readonly bridge: Bridge,
    public translation: Translation,
    readonly createdMs: number,
  ) {
    this.pushedPackets = flow.packets;
    this.pushedBytes = flow.bytes;
  }

  /** When a packet last hit it; the time of creation until then. */
  get usedMs(): number {
    return Math.max(this.flow.usedMs, this.createdMs);
  }
}
