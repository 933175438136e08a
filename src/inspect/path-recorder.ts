/**
 * Remembers, for the packets of a while, what happened to each: the rules it hit (from the cached flow's record where a cache
 * answered), the tracker's verdicts, where it left or why it ended. A consumer of the datapath's events, set only while
 * somebody looks; tutorials and traces are made from it.
 */
import type { DatapathObserver } from '../../datapath/dp/observer.js';
import type { Backer } from '../bridge/backer.js';
import type { Rule } from '../ofproto/rule.js';

export interface PacketPath {
  readonly packet: number;
  readonly dpPort: number;
  readonly size: number;
  /** In the order they were hit, over all rounds through the tables. */
  readonly rules: Rule[];
  /** Passes through the tracker: ct_state afterwards, and the id of the reason if it is invalid. */
  readonly tracked: { zone: number; state: number; reason: number }[];
  /** Datapath ports it left by. */
  readonly sentTo: number[];
  /** Ids of drop reasons. */
  readonly drops: number[];
}

/** Packets remembered; the oldest go first. */
const MAX_PATHS = 1024;

export class PathRecorder implements DatapathObserver {
  private readonly paths = new Map<number, PacketPath>();

  constructor(private readonly backer: Backer) {
    backer.dpif.observer = this;
    backer.pathRecorder = this;
  }

  stop(): void {
    this.backer.dpif.observer = null;
    this.backer.pathRecorder = null;
  }

  /**
   * The paths since the last call of packets that have got somewhere, in the order they came in. One that waits for its next way through the
   * tables, or that the tracker holds, comes later.
   */
  take(): PacketPath[] {
    const ended = [...this.paths.values()].filter(({ sentTo, drops }) => sentTo.length + drops.length > 0);
    for (const { packet } of ended) this.paths.delete(packet);
    return ended;
  }

  /** The translation of a packet that no cached flow matched. */
  translated(packet: number, rules: readonly Rule[]): void {
    this.paths.get(packet)?.rules.push(...rules);
  }

  rx(packet: number, dpPort: number, size: number): void {
    this.paths.set(packet, { packet, dpPort, size, rules: [], tracked: [], sentTo: [], drops: [] });
    if (this.paths.size <= MAX_PATHS) return;
    const oldest = this.paths.keys().next();
    if (oldest.done !== true) this.paths.delete(oldest.value);
  }

  flow(packet: number, flow: number): void {
    const path = this.paths.get(packet);
    if (path === undefined) return;
    path.rules.push(...(this.backer.flows.get(flow)?.translation.rules ?? []));
  }

  miss(): void {
    // `translated` says what came of it.
  }

  ct(packet: number, zone: number, state: number, reason: number): void {
    this.paths.get(packet)?.tracked.push({ zone, state, reason });
  }

  tx(packet: number, dpPort: number): void {
    this.paths.get(packet)?.sentTo.push(dpPort);
  }

  drop(packet: number, reason: number): void {
    this.paths.get(packet)?.drops.push(reason);
  }
}
