/**
 * What the bridge remembers of a datapath flow: what its translation found, and how much of its traffic has been credited.
 * It hangs on the flow as `owner`.
 */
import type { DpFlow } from '../../datapath/dp/dp-flow.js';
import type { Dependent, Link } from '../xlate/dependents.js';
import type { Translation } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';

/** Less than any epoch of a datapath. */
const OUT_OF_DATE = -1;

export class CachedFlow implements Dependent {
  /** Packets and bytes of the flow that the rules have been credited with. */
  pushedPackets: number;
  pushedBytes: number;
  /** Where it waits to be told that the translation does not hold any more. */
  private links: Link[] = [];

  constructor(
    readonly flow: DpFlow,
    readonly bridge: Bridge,
    public translation: Translation,
    readonly createdMs: number,
  ) {
    this.pushedPackets = flow.packets;
    this.pushedBytes = flow.bytes;
  }

  /** From now on the flow is translated anew, before its next packet, once an answer that the translation rests on has changed. */
  rely(now: number): void {
    this.letGo();
    for (const dependency of this.translation.dependencies) {
      const link = dependency.on.enter(dependency, this, now);
      if (link !== null) this.links.push(link);
    }
  }

  letGo(): void {
    for (const link of this.links) link.dependency.on.leave(link);
    this.links = [];
  }

  outdate(): void {
    this.flow.epoch = OUT_OF_DATE;
  }

  /** When a packet last hit it; the time of creation until then. */
  get usedMs(): number {
    return Math.max(this.flow.usedMs, this.createdMs);
  }
}
