/** --color: whether what a command prints is coloured, and how. */
import type { Options } from 'yargs';
import { UserError } from './user-error.js';

export const colorOption = {
  type: 'string',
  describe:
    'colour: always, never, or auto (a bare --color), which is on a terminal only; $OVS_COLORS says which colours',
} as const satisfies Options;

/** A terminal that knows colours, as ovs-ofctl asks for it. */
function isColorTerminal(): boolean {
  const { TERM } = process.env;
  return process.stdout.isTTY === true && TERM !== undefined && TERM !== 'dumb';
}

/**
 * The colours that are wanted, as OVS_COLORS has them, or null if none are.
 *
 * @param option what follows --color; undefined if it was not given
 * @param isAutomatic whether that is as if it were `auto`, unless NO_COLOR is set (no-color.org)
 */
export function wantedColors(option: string | undefined, isAutomatic: boolean): string | null {
  const when = option ?? (isAutomatic && !process.env.NO_COLOR ? 'auto' : 'never');
  if (!/^(always|never|auto|)$/i.test(when)) throw new UserError(`incorrect value \`${when}' for --color`);
  const isWanted = /^always$/i.test(when) || (!/^never$/i.test(when) && isColorTerminal());
  return isWanted ? (process.env.OVS_COLORS ?? '') : null;
}
