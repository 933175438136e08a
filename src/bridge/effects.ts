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
