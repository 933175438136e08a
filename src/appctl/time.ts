/** time/stop and time/warp: scripts that do not want to wait. */

import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, silently } from './args.js';

/** Steps of one warp, between which the switch lives; and the longest way. */
const MAX_STEPS = 10_000;
const LONGEST_MS = 0x7fff_ffff;

export function timeCommands(view: SwitchView): Command[] {
  return [
    command(
      'time/stop',
      '',
      0,
      0,
      silently(() => view.stopTime()),
    ),
    command('time/warp', '[large_msecs] msecs', 1, 2, (args) => warp(view, args)),
  ];
}

/** All at once, or in steps of `msecs` so that what is due on the way happens on the way. */
async function warp(view: SwitchView, args: readonly string[]): Promise<string> {
  const step = msecs(args[args.length - 1]);
  const whole = args.length === 1 ? step : msecs(args[0]);
  if (whole / step > MAX_STEPS) throw new UnixctlError(`more than ${MAX_STEPS} steps`);
  for (let left = whole; left > 0; left -= step) {
    view.warpTime(Math.min(step, left));
    // Lets the loop have its turn.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return 'warped';
}

function msecs(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > LONGEST_MS) throw new UnixctlError('invalid MSECS');
  return value;
}
