/**
 * The action `normal`: a learning switch. The source station is learned (as an effect), a known destination gets the
 * packet by its bundle, everything else goes to all bundles but the one it came from.
 */

import { W_DL, W_VLAN } from '../../datapath/keys/layout.js';
import { isTpid, PCP_MASK, VID_MASK } from '../../datapath/wire/vlan.js';
import { VLAN_PRESENT } from '../match/key.js';
import { dlType } from './commit.js';
import type { Context } from './context.js';
import { examine } from './fields.js';
import { send } from './output.js';
import { learnStation, lookupStation } from './overlay.js';
import type { XlateBundle } from './view.js';

export function normal(ctx: Context): void {
  const { key, mask } = ctx;
  examine(ctx, 'eth_src');
  examine(ctx, 'eth_dst');
  mask[W_VLAN] |= VLAN_PRESENT | VID_MASK;
  const input = ctx.bridge.port(ctx.inPort);
  if (input === null) return ctx.observer?.note(`no port ${ctx.inPort}: dropping`);
  if (isCutOff(key)) return ctx.observer?.note('partial VLAN tag: dropping');
  if (isReserved(key) && !ctx.bridge.forwardBpdu)
    return ctx.observer?.note('packet to a reserved multicast address: dropping');

  const vlan = (key[W_VLAN] & VLAN_PRESENT) !== 0 ? key[W_VLAN] & VID_MASK : 0;
  const [macHi, macLo] = source(key);
  if (!isGroup(macHi)) learnStation(ctx, { vlan, macHi, macLo }, input.bundle.id);
  withoutEmptyTag(ctx, () => forward(ctx, input.bundle, vlan));
}

function forward(ctx: Context, input: XlateBundle, vlan: number): void {
  const [macHi, macLo] = destination(ctx.key);
  const known = isGroup(macHi) ? null : lookupStation(ctx, { vlan, macHi, macLo });
  const output = known === null ? null : ctx.bridge.bundle(known);
  if (output === null) return flood(ctx, input);
  if (output === input) return ctx.observer?.note('destination is behind the input port: dropping');
  sendToBundle(ctx, output);
}

/** By its one member. */
const sendToBundle = (ctx: Context, { ports }: XlateBundle): void => send(ctx, ports[0]);

/**
 * A tag that names neither a VLAN nor a priority says nothing: `normal` forwards such a frame without it, as Open vSwitch does. The
 * packet has it again afterwards.
 */
function withoutEmptyTag(ctx: Context, act: () => void): void {
  const { key, mask } = ctx;
  const outer = key[W_VLAN];
  const inner = key[W_VLAN + 1];
  if ((outer & (VLAN_PRESENT | VID_MASK)) !== VLAN_PRESENT) return act();
  mask[W_VLAN] = -1; // it may have to be put on again
  if ((outer & PCP_MASK) !== 0) return act();
  key[W_VLAN] = inner;
  key[W_VLAN + 1] = 0;
  act();
  key[W_VLAN] = outer;
  key[W_VLAN + 1] = inner;
}

function flood(ctx: Context, input: XlateBundle): void {
  ctx.observer?.note('no learned MAC for destination, flooding');
  for (const bundle of ctx.bridge.bundles()) if (bundle !== input && isFloodable(bundle)) sendToBundle(ctx, bundle);
}

/** One member that is not to be flooded to is enough, as in Open vSwitch. */
const isFloodable = ({ ports }: XlateBundle): boolean => ports.every((port) => !port.noFlood);

/** The type is that of a tag, but the frame ends before the tag does. */
const isCutOff = (key: Int32Array): boolean => isTpid(dlType(key)) && (key[W_VLAN] & VLAN_PRESENT) === 0;

/** Multicast or broadcast, by the upper 16 bits of the address. */
const isGroup = (macHi: number): boolean => (macHi & 0x0100) !== 0;

/** 01:80:c2:00:00:00 to 0f: addresses a bridge must not forward (IEEE 802.1D, table 7-10). */
const isReserved = (key: Int32Array): boolean => key[W_DL] === 0x0180_c200 && ((key[W_DL + 1] >>> 16) & 0xfff0) === 0;

/** Addresses as (upper 16, lower 32 bits). */
const source = (key: Int32Array): [number, number] => [key[W_DL + 1] & 0xffff, key[W_DL + 2]];

function destination(key: Int32Array): [number, number] {
  return [key[W_DL] >>> 16, (key[W_DL] << 16) | (key[W_DL + 1] >>> 16)];
}
