/**
 * Remembers, for the packets of a while, what happened to each: the rules it hit (from the cached flow's record where a cache
 * answered), what the tracker found, where it left or why it ended. Listens while somebody looks; tutorials and traces are made from it.
 */
import type { EventHub } from '../events/hub.js';
import type { EventOf } from '../events/kinds.js';
import type { Rule } from '../ofproto/rule.js';

/** What one packet met on its way. */
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

const KINDS = ['rx', 'flow', 'translated', 'ct', 'tx', 'drop'] as const;
type Step = EventOf<(typeof KINDS)[number]>;

/** Records the paths of packets from its making until `stop`. */
export class PathRecorder {
  private readonly paths = new Map<number, PacketPath>();
  /** Ends the recording. */
  readonly stop: () => void;

  constructor(events: EventHub) {
    this.stop = events.listen<Step['kind']>(KINDS, (event) => this.record(event));
  }

  /**
   * The paths since the last call of packets that have got somewhere, in the order they came in. One that waits for its next way through
   * the tables, or that the tracker holds, comes later.
   */
  take(): PacketPath[] {
    const ended = [...this.paths.values()].filter(({ sentTo, drops }) => sentTo.length + drops.length > 0);
    for (const { packet } of ended) this.paths.delete(packet);
    return ended;
  }

  private record(event: Step): void {
    if (event.kind === 'rx') return this.begin(event);
    const path = this.paths.get(event.packet);
    if (path === undefined) return;
    switch (event.kind) {
      case 'flow':
      case 'translated':
        path.rules.push(...event.rules);
        break;
      case 'ct':
        path.tracked.push({ zone: event.zone, state: event.state, reason: event.reason });
        break;
      case 'tx':
        path.sentTo.push(event.port);
        break;
      case 'drop':
        path.drops.push(event.reason);
    }
  }

  private begin({ packet, port, size }: EventOf<'rx'>): void {
    this.paths.set(packet, { packet, dpPort: port, size, rules: [], tracked: [], sentTo: [], drops: [] });
    if (this.paths.size <= MAX_PATHS) return;
    const oldest = this.paths.keys().next();
    if (oldest.done !== true) this.paths.delete(oldest.value);
  }
}
