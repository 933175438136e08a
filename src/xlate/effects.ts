/**
 * What a translation wants done besides forwarding. Effects are data, and each says on which bridge it is to happen: the packet may have
 * gone through several. Flow set-up applies them for packets and repeats them while a cached flow is used; who only wants to know leaves
 * them alone.
 *
 * A new kind is an arm of `Effect` and a row of `EFFECTS`.
 */
import type { Dependency } from './dependents.js';
import type { XlateBridge } from './view.js';

/** The switch has learned behind which bundle a station is. The address is its upper 16 and lower 32 bits (int32). */
export interface MacLearn {
  readonly type: 'mac-learn';
  readonly bridge: XlateBridge;
  readonly vlan: number;
  readonly macHi: number;
  readonly macLo: number;
  /** Its id. */
  readonly bundle: number;
}

export type Effect = MacLearn;

interface EffectKind<E> {
  /** Does it, for a packet that is there at `now`. */
  apply(effect: E, now: number): void;
  /**
   * A cached flow has forwarded such packets until `usedMs`: does what must not lapse meanwhile. Reports come late, so it must not undo
   * anything.
   */
  repeat(effect: E, usedMs: number): void;
  /** Would applying it change what any packet meets? Then the next packet must apply it, and no cached flow may take it by. */
  wouldChange(effect: E, now: number): boolean;
  /** Whose answer `wouldChange` rests on as long as it is no. */
  dependency(effect: E, now: number): Dependency;
}

const EFFECTS = {
  'mac-learn': {
    apply: ({ bridge, vlan, macHi, macLo, bundle }, now) => bridge.macTable.learn(vlan, macHi, macLo, bundle, now),
    repeat: ({ bridge, vlan, macHi, macLo, bundle }, usedMs) =>
      bridge.macTable.refresh(vlan, macHi, macLo, bundle, usedMs),
    wouldChange: ({ bridge, vlan, macHi, macLo, bundle }, now) => {
      const known = bridge.macTable.lookup(vlan, macHi, macLo, now);
      return known === null || (known.bundle !== bundle && !known.isStatic);
    },
    dependency: ({ bridge, vlan, macHi, macLo }, now) => bridge.macTable.question(vlan, macHi, macLo, now),
  },
} satisfies { [T in Effect['type']]: EffectKind<Extract<Effect, { type: T }>> };

/** The row of an effect's kind. (Row and effect correspond; TypeScript cannot see that through an index.) */
export const kindOf = (effect: Effect): EffectKind<Effect> => EFFECTS[effect.type];

export function applyEffects(effects: readonly Effect[], now: number): void {
  for (const effect of effects) kindOf(effect).apply(effect, now);
}

export function repeatEffects(effects: readonly Effect[], usedMs: number): void {
  for (const effect of effects) kindOf(effect).repeat(effect, usedMs);
}
