/**
 * The labels' part of a commit: from the stack that the program so far leaves (`base`) to the one that the tables see (`key`), by
 * pops, one set where only the outermost entry is another, and pushes.
 */
import { W_MPLS, W_TYPE_PROTO_FRAG } from '../../datapath/keys/layout.js';
import { isBottom, isEthType } from '../../datapath/wire/mpls.js';
import { ETH_TYPE_MPLS } from '../../datapath/wire/numbers.js';
import type { Context } from './context.js';

const dlType = (key: Int32Array): number => key[W_TYPE_PROTO_FRAG] >>> 16;

/** Entries of the stack that a key holds. */
export const MAX_LABELS = 3;

/** Labels down to the bottom of the stack; as many as a key holds if it has no bottom there. */
export function countLabels(key: Int32Array): number {
  if (!isEthType(dlType(key))) return 0;
  for (let i = 0; i < MAX_LABELS; i++) if (isBottom(key[W_MPLS + i])) return i + 1;
  return MAX_LABELS;
}

/** The same where the last label may have been popped from the stack, which leaves zeros, and the type is one of MPLS. */
const countBare = (key: Int32Array): number =>
  key[W_MPLS] === 0 && key[W_MPLS + 1] === 0 && key[W_MPLS + 2] === 0 ? 0 : countLabels(key);

/** `setOutermost` writes what of the first entry differs, when the number of labels stays. */
export function commitMpls(ctx: Context, setOutermost: () => void): void {
  const { key, base, mask, program } = ctx;
  const wanted = ctx.isBare ? countBare(key) : countLabels(key);
  let count = ctx.isBare ? countBare(base) : countLabels(base);
  const isSameType = dlType(key) === dlType(base);
  const common = Math.min(commonLabels(key, wanted, base, count), isSameType ? count : Math.max(0, wanted - 1));
  if (isSameType && wanted === count && common >= count - 1) {
    if (common < count) setOutermost();
    return;
  }
  for (; count > common; count--) {
    // Only the last pop lays bare what is behind the labels.
    const type = count > 1 && !isEthType(dlType(key)) ? ETH_TYPE_MPLS : dlType(key);
    program.popMpls(type);
  }
  // What is pushed may be what another list of actions took off: then it is the packet's own.
  if (count < wanted) mask.fill(-1, W_MPLS, W_MPLS + MAX_LABELS);
  for (; count < wanted; count++) program.pushMpls(dlType(key), key[W_MPLS + wanted - count - 1]);
  base.set(key.subarray(W_MPLS, W_MPLS + MAX_LABELS), W_MPLS);
  base[W_TYPE_PROTO_FRAG] = (key[W_TYPE_PROTO_FRAG] & 0xffff0000) | (base[W_TYPE_PROTO_FRAG] & 0xffff);
}

/** Counted from the bottom. */
function commonLabels(a: Int32Array, countA: number, b: Int32Array, countB: number): number {
  let common = 0;
  while (common < Math.min(countA, countB) && a[W_MPLS + countA - 1 - common] === b[W_MPLS + countB - 1 - common]) {
    common++;
  }
  return common;
}
