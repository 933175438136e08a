/**
 * What the tables say to a translation: what they hold, and over it what the translation itself would change. Nothing is written while the
 * packet is on its way, yet what it has changed on the way must hold for the rest of it: a packet that goes through `normal` twice finds
 * the second time the station that it was the first time.
 *
 * A dry run, in which nobody applies anything, follows a packet over several translations, one for each time that it comes back to the
 * tables. It gives each of them the effects of those before (`TranslateInput.earlier`).
 *
 * Tables are asked here only, so an effect that changes more than stations has its place here, too.
 */
import type { Rule } from '../ofproto/rule.js';
import type { Context } from './context.js';
import type { Dependency } from './dependents.js';
import type { MacLearn } from './effects.js';

/** A station: its VLAN, and its address as upper 16 and lower 32 bits (int32). */
export type Station = Pick<MacLearn, 'vlan' | 'macHi' | 'macLo'>;

/** The rule for the packet as it is now, in the current table of the current bridge; the bits that decided it become part of the mask. */
export function lookupRule(ctx: Context): Rule | null {
  return ctx.bridge.table(ctx.table).lookup(ctx.key, 0, ctx.mask);
}

/** The bundle that a station is behind; null if nobody knows. */
export function lookupStation(ctx: Context, { vlan, macHi, macLo }: Station): number | null {
  const { macTable } = ctx.bridge;
  const known = macTable.lookup(vlan, macHi, macLo, ctx.now);
  const learned = learnedBy(ctx, { vlan, macHi, macLo });
  if (learned !== undefined && known?.isStatic !== true) return learned.bundle;
  addDependency(ctx, macTable.question(vlan, macHi, macLo, ctx.now));
  return known?.bundle ?? null;
}

/**
 * The station is behind that bundle. If the translation has said otherwise before, it has the later word: a packet never teaches two
 * places.
 */
export function learnStation(ctx: Context, { vlan, macHi, macLo }: Station, bundle: number): void {
  const { bridge, effects } = ctx;
  const before = effects.findIndex((effect) => isAbout(effect, ctx, { vlan, macHi, macLo }));
  if (before >= 0) effects.splice(before, 1);
  effects.push({ type: 'mac-learn', bridge, vlan, macHi, macLo, bundle });
}

function learnedBy(ctx: Context, station: Station): MacLearn | undefined {
  const isIt = (effect: MacLearn): boolean => isAbout(effect, ctx, station);
  return ctx.effects.findLast(isIt) ?? ctx.earlier.findLast(isIt);
}

const isAbout = (effect: MacLearn, { bridge }: Context, { vlan, macHi, macLo }: Station): boolean =>
  effect.bridge === bridge && effect.vlan === vlan && effect.macHi === macHi && effect.macLo === macLo;

/** The translation holds as long as this is answered as it was. */
function addDependency({ dependencies }: Context, asked: Dependency): void {
  const isSame = (other: Dependency): boolean =>
    other.on === asked.on && other.key === asked.key && other.scope === asked.scope && other.answer === asked.answer;
  if (!dependencies.some(isSame)) dependencies.push(asked);
}
