/**
 * The action set (OpenFlow 1.1 and later): collected by write_actions, run at the end of the pipeline in a fixed order, each
 * kind at most once, and of those that send the packet somewhere only the most specific.
 */
import { SET_PLACES } from '../openflow/action-set.js';
import type { Action, ActionType } from '../openflow/action-types.js';
import { runActions } from './apply.js';
import type { Context } from './context.js';

/** Kinds that come first, in this order; of several only the last written counts. */
const FIRST: readonly ActionType[] = ['strip_vlan', 'pop_mpls', 'push_mpls', 'push_vlan', 'dec_ttl', 'dec_mpls_ttl'];
/** Where the packet goes: the first kind present wins; without any, the set does nothing. */
const FINAL: readonly ActionType[] = ['group', 'output', 'resubmit', 'ct_clear', 'ct'];
/** Bounds what resubmits can pile up. */
const MAX_ACTIONS = 4096;

export function writeActions(ctx: Context, actions: readonly Action[]): void {
  if (ctx.actionSet.length + actions.length > MAX_ACTIONS) return ctx.fail('program-too-big');
  ctx.actionSet = [...ctx.actionSet, ...actions];
}

/** The set in the order it runs. Empty if nothing in it sends the packet anywhere. */
export function orderActionSet(set: readonly Action[]): Action[] {
  const last = (type: ActionType): Action | undefined => set.findLast((action) => action.type === type);
  const final = FINAL.map(last).find((action) => action !== undefined);
  if (final === undefined) return [];
  const first = FIRST.map(last).filter((action) => action !== undefined);
  return [...first, ...set.filter((action) => SET_PLACES[action.type] === 'rewrite'), final];
}

export function runActionSet(ctx: Context): void {
  if (ctx.actionSet.length === 0) return;
  ctx.exited = false; // `exit` ends a list of actions; the set still runs
  const actions = orderActionSet(ctx.actionSet);
  ctx.actionSet = [];
  runActions(ctx, actions, true);
}
