/** Does what translations want done besides forwarding. */
import type { Effect } from '../xlate/effects.js';
import type { Bridge } from './bridge.js';

export function applyEffects(bridge: Bridge, effects: readonly Effect[], now: number): void {
  for (const effect of effects) {
    switch (effect.type) {
      case 'mac-learn':
        bridge.macTable.learn(effect.vlan, effect.macHi, effect.macLo, effect.ofport, now);
        break;
    }
  }
}

/** Repeats, for packets that a cached flow has forwarded until `usedMs`, what must not lapse while the flow is in use. */
export function repeatEffects(bridge: Bridge, effects: readonly Effect[], usedMs: number): void {
  for (const effect of effects) {
    switch (effect.type) {
      case 'mac-learn':
        bridge.macTable.refresh(effect.vlan, effect.macHi, effect.macLo, effect.ofport, usedMs);
        break;
    }
  }
}
