/** VLAN tags: push, pop, set. The key holds two, outermost first; a third pushed one shifts the innermost out of sight. */

import { W_VLAN } from '../../datapath/keys/layout.js';
import { ETH_TYPE_VLAN } from '../../datapath/wire/numbers.js';
import { VID_MASK } from '../../datapath/wire/vlan.js';
import { VLAN_PRESENT } from '../match/key.js';
import type { ActionOf } from '../openflow/action-types.js';
import type { Context } from './context.js';
import { examine } from './fields.js';

const PCP_SHIFT = 13;

export function setVlanVid(ctx: Context, a: ActionOf<'set_vlan_vid'>): void {
  setTag(ctx, VID_MASK, a.vid, a.pushIfMissing);
}

export function setVlanPcp(ctx: Context, a: ActionOf<'set_vlan_pcp'>): void {
  setTag(ctx, 7 << PCP_SHIFT, a.pcp << PCP_SHIFT, a.pushIfMissing);
}

/** OpenFlow 1.0's actions add a tag where there is none; the later ones then do nothing. */
function setTag(ctx: Context, bits: number, value: number, pushIfMissing: boolean): void {
  examine(ctx, 'vlan_tci', BigInt(bits | VLAN_PRESENT));
  const tag = ctx.key[W_VLAN];
  const isPresent = (tag & VLAN_PRESENT) !== 0;
  if (!isPresent && !pushIfMissing) return;
  const tpid = isPresent ? tag >>> 16 : ETH_TYPE_VLAN;
  const tci = isPresent ? tag & 0xffff : VLAN_PRESENT;
  ctx.key[W_VLAN] = (tpid << 16) | (tci & ~bits) | value;
}

export function pushVlan(ctx: Context, a: ActionOf<'push_vlan'>): void {
  examineTags(ctx);
  ctx.key[W_VLAN + 1] = ctx.key[W_VLAN];
  ctx.key[W_VLAN] = (a.ethertype << 16) | VLAN_PRESENT;
}

export function popVlan(ctx: Context): void {
  examineTags(ctx);
  ctx.key[W_VLAN] = ctx.key[W_VLAN + 1];
  ctx.key[W_VLAN + 1] = 0;
}

/** Moving tags up or down makes the result depend on all of them. */
function examineTags(ctx: Context): void {
  ctx.mask[W_VLAN] = -1;
  if ((ctx.key[W_VLAN] & VLAN_PRESENT) !== 0) ctx.mask[W_VLAN + 1] = -1;
}
