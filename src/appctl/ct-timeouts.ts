/**
 * Timeout policies of the tracker's zones, with the names of OVSDB's CT_Timeout_Policy, and the default policy of zones
 * that have none.
 */
import type { TimeoutName } from '../../datapath/conntrack/protocols/timeouts.js';
import { ZONES } from '../../datapath/conntrack/record/zones.js';
import type { TimeoutScope, ZoneTimeouts } from '../bridge/zone-timeouts.js';
import { allTimeouts, type TimeoutsJson, timeoutsAt } from '../inspect/timeouts.js';
import type { SwitchView } from '../switch/view.js';
import { formatPolicy, parseTimeouts } from '../text/ct-settings.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { asUnixctlError, command, takeNamedDatapath } from './args.js';

export function ctTimeoutCommands(view: SwitchView): Command[] {
  const asked = (args: string[]): TimeoutsJson[] => {
    const { backer, rest } = takeNamedDatapath(view, args);
    const { zoneTimeouts } = backer;
    return rest.length === 0 ? allTimeouts(zoneTimeouts) : [timeoutsAt(zoneTimeouts, parseScope(rest[0]))];
  };
  const change =
    (run: (timeouts: ZoneTimeouts, scope: TimeoutScope, words: readonly string[]) => void) => (args: string[]) => {
      const { backer, rest } = takeNamedDatapath(view, args);
      run(backer.zoneTimeouts, parseScope(rest[0]), rest.slice(1));
      return '';
    };
  const many = Number.POSITIVE_INFINITY;
  return [
    {
      ...command('ctswitch/ct-get-timeouts', '[dp] [zone=N|zone=default]', 0, 2, (args) =>
        asked(args)
          .map(({ zone, timeouts }) => `zone=${zone} ${formatPolicy(timeouts)}\n`)
          .join(''),
      ),
      runJson: asked,
    },
    command('ctswitch/ct-set-timeouts', '[dp] zone=N|zone=default NAME=SECONDS...', 2, many, change(set)),
    command('ctswitch/ct-del-timeouts', '[dp] zone=N|zone=default [NAME...]', 1, many, change(remove)),
  ];
}

function parseScope(word: string | undefined): TimeoutScope {
  if (word?.startsWith('zone=') !== true)
    throw new UnixctlError(`say which zone first: zone=N or zone=default, not "${word ?? ''}"`);
  const text = word.slice('zone='.length);
  if (text === 'default') return 'default';
  if (!/^\d+$/.test(text) || Number(text) >= ZONES)
    throw new UnixctlError(`zone takes a number from 0 to ${ZONES - 1}, or default, not "${text}"`);
  return Number(text);
}

/** What is not named stays as it is. */
function set(timeouts: ZoneTimeouts, scope: TimeoutScope, words: readonly string[]): void {
  const named = asUnixctlError(() => parseTimeouts(words));
  timeouts.replace(scope, { ...timeouts.own(scope), ...named });
}

/** The timeouts named, or all of the scope. */
function remove(timeouts: ZoneTimeouts, scope: TimeoutScope, names: readonly string[]): void {
  const left = { ...(scope === 'default' ? timeouts.own(scope) : timeoutsAt(timeouts, scope).timeouts) };
  for (const name of names) {
    if (left[name as TimeoutName] === undefined)
      throw new UnixctlError(`zone ${scope} has no timeout "${name}" of its own`);
    delete left[name as TimeoutName];
  }
  timeouts.replace(scope, names.length === 0 ? {} : left);
}
