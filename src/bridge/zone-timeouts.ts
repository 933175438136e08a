/**
 * Which zones of the tracker have a timeout policy of their own. Translation puts a policy's id into the ct actions that
 * commit in its zone, and the connections made by them keep it.
 *
 * The ids are 1, 2, 3 ... in the order in which zones first got one, and a zone keeps its id for ever: no connection can come
 * under the policy of another zone, and one that outlives the policy follows the next one of its own zone.
 */
import { DEFAULT_POLICY, type TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import type { DpifConntrack } from '../dpif/conntrack.js';

/** A zone, or all that have no policy of their own. */
export type TimeoutScope = number | 'default';

/** The default policy is the row 0 of the tracker's. */
const DEFAULT_ID = 0;

/** Which timeout policy each zone has: the numbers that translation writes into ct actions. */
export class ZoneTimeouts {
  /** Changes when translations that commit could come out differently. */
  generation = 0;
  /** By zone; so at most 65536 each. A zone without a policy keeps its id. */
  private readonly ids = new Map<number, number>();
  private readonly policies = new Map<number, TimeoutPolicy>();
  private defaultPolicy: TimeoutPolicy = {};

  constructor(private readonly tracker: Pick<DpifConntrack, 'setTimeouts'>) {}

  /** Id of the zone's policy, 0 if it has none. */
  policyOf(zone: number): number {
    return this.policies.has(zone) ? this.ids.get(zone)! : 0;
  }

  /** What the zone's policy names; null if it has none. */
  get(zone: number): TimeoutPolicy | null {
    return this.policies.get(zone) ?? null;
  }

  set(zone: number, policy: TimeoutPolicy): void {
    if (!this.policies.has(zone)) this.generation++;
    let id = this.ids.get(zone);
    if (id === undefined) this.ids.set(zone, (id = this.ids.size + 1));
    this.policies.set(zone, { ...policy });
    this.tracker.setTimeouts(id, policy);
  }

  /** False if the zone had no policy of its own. */
  delete(zone: number): boolean {
    const id = this.policyOf(zone);
    if (id === 0) return false;
    this.policies.delete(zone);
    this.tracker.setTimeouts(id, null);
    this.generation++;
    return true;
  }

  /** What was set there, null if nothing was; for the default policy what differs from the tracker's beginnings. */
  own(scope: TimeoutScope): TimeoutPolicy | null {
    return scope === 'default' ? this.defaultPolicy : this.get(scope);
  }

  /** What holds there by its own policy; for the default policy all there is. */
  inForce(scope: TimeoutScope): TimeoutPolicy | null {
    const own = this.own(scope);
    return own === null || scope !== 'default' ? own : { ...DEFAULT_POLICY, ...own };
  }

  /** Sets the whole policy; an empty one is as good as none. */
  replace(scope: TimeoutScope, policy: TimeoutPolicy): void {
    if (scope === 'default') this.replaceDefault(policy);
    else if (Object.keys(policy).length === 0) this.delete(scope);
    else this.set(scope, policy);
  }

  private replaceDefault(policy: TimeoutPolicy): void {
    this.defaultPolicy = { ...policy };
    this.tracker.setTimeouts(DEFAULT_ID, policy);
  }

  /** Zones with a policy of their own, by number. */
  zones(): number[] {
    return [...this.policies.keys()].sort((a, b) => a - b);
  }
}
