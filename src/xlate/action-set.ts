/**
 * The action set (OpenFlow 1.1 and later): collected by write_actions, run at the end of the pipeline in a fixed order, each
 * kind at most once, and of those that send the packet somewhere only the most specific.
 */
import { lazy } from '../../datapath/base/lazy.js';
import type { Action, ActionType } from '../openflow/action-types.js';
import type { SetPlace } from '../openflow/actions/row.js';
import { ACTION_ROWS, ACTION_TYPES } from '../openflow/actions/table.js';
import { runActions } from './apply.js';
import type { Context } from './context.js';

const placeOf = (type: ActionType): SetPlace => ACTION_ROWS[type].place;

/** The actions that have this place in a set, by their rank. */
function ranked(kind: 'first' | 'final'): ActionType[] {
  const rank = (type: ActionType): number => {
    const place = placeOf(type);
    return place?.kind === kind ? place.rank : -1;
  };
  return ACTION_TYPES.filter((type) => rank(type) >= 0).sort((a, b) => rank(a) - rank(b));
}

/** Kinds that come first, in this order; of several only the last written counts. */
const firstKinds = lazy(() => ranked('first'));
/** Where the packet goes: the first kind present wins; without any, the set does nothing. */
const finalKinds = lazy(() => ranked('final'));
/** Bounds what resubmits can pile up. */
const MAX_ACTIONS = 4096;

export function writeActions(ctx: Context, actions: readonly Action[]): void {
  if (ctx.actionSet.length + actions.length > MAX_ACTIONS) return ctx.fail('program-too-big');
  ctx.actionSet = [...ctx.actionSet, ...actions];
}

/** The set in the order it runs. Empty if nothing in it sends the packet anywhere. */
export function orderActionSet(set: readonly Action[]): Action[] {
  const last = (type: ActionType): Action | undefined => set.findLast((action) => action.type === type);
  const final = finalKinds()
    .map(last)
    .find((action) => action !== undefined);
  if (final === undefined) return [];
  const first = firstKinds()
    .map(last)
    .filter((action) => action !== undefined);
  return [...first, ...set.filter((action) => placeOf(action.type)?.kind === 'rewrite'), final];
}

export function runActionSet(ctx: Context): void {
  if (ctx.actionSet.length === 0) return;
  ctx.exited = false; // `exit` ends a list of actions; the set still runs
  const actions = orderActionSet(ctx.actionSet);
  ctx.actionSet = [];
  runActions(ctx, actions, true);
}
