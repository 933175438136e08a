/**
 * Timeout policies of the tracker's zones, with the names of OVSDB's CT_Timeout_Policy, and the default policy of zones
 * that have none.
 */
import { DEFAULT_POLICY, type TimeoutName, type TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { ZONES } from '../../datapath/conntrack/record/zones.js';
import type { Backer } from '../bridge/backer.js';
import { formatPolicy, parseTimeouts, sortedPolicy } from '../text/ct-settings.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { asUnixctlError, command, takeNamedDatapath } from './args.js';
import type { SwitchView } from './view.js';

type Place = number | 'default';

export interface TimeoutsJson {
  zone: Place;
  /** Seconds; of the default policy all there are. */
  timeouts: TimeoutPolicy;
}

export function ctTimeoutCommands(view: SwitchView): Command[] {
  const asked = (args: string[]): TimeoutsJson[] => {
    const { backer, rest } = takeNamedDatapath(view, args);
    return rest.length === 0 ? all(backer) : [policyAt(backer, parsePlace(rest[0]))];
  };
  const change = (run: (backer: Backer, place: Place, words: readonly string[]) => void) => (args: string[]) => {
    const { backer, rest } = takeNamedDatapath(view, args);
    run(backer, parsePlace(rest[0]), rest.slice(1));
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

function parsePlace(word: string | undefined): Place {
  if (word?.startsWith('zone=') !== true)
    throw new UnixctlError(`say which zone first: zone=N or zone=default, not "${word ?? ''}"`);
  const text = word.slice('zone='.length);
  if (text === 'default') return 'default';
  if (!/^\d+$/.test(text) || Number(text) >= ZONES)
    throw new UnixctlError(`zone takes a number from 0 to ${ZONES - 1}, or default, not "${text}"`);
  return Number(text);
}

function all(backer: Backer): TimeoutsJson[] {
  const places: Place[] = ['default', ...backer.zoneTimeouts.zones()];
  return places.map((place) => policyAt(backer, place));
}

/** What the place has been told; for the default policy all that holds. */
function policyAt(backer: Backer, zone: Place): TimeoutsJson {
  const own = ownPolicy(backer, zone);
  if (own === null) throw new UnixctlError(`zone ${zone} has no timeouts of its own; those of zone=default hold`);
  return { zone, timeouts: sortedPolicy(zone === 'default' ? { ...DEFAULT_POLICY, ...own } : own) };
}

const ownPolicy = ({ zoneTimeouts, dpif }: Backer, zone: Place): TimeoutPolicy | null =>
  zone === 'default' ? dpif.conntrack.timeouts.policy(0) : zoneTimeouts.get(zone);

/** What is not named stays as it is. */
function set(backer: Backer, zone: Place, words: readonly string[]): void {
  const named = asUnixctlError(() => parseTimeouts(words));
  setTimeouts(backer, zone, { ...ownPolicy(backer, zone), ...named });
}

/** Sets the whole policy; none is as good as an empty one. */
export function setTimeouts(backer: Backer, zone: Place, policy: TimeoutPolicy): void {
  if (zone === 'default') backer.dpif.conntrack.timeouts.set(0, policy);
  else if (Object.keys(policy).length === 0) backer.zoneTimeouts.delete(zone);
  else backer.zoneTimeouts.set(zone, policy);
}

/** The timeouts named, or all of the place. */
function remove(backer: Backer, zone: Place, names: readonly string[]): void {
  const { timeouts } = zone === 'default' ? { timeouts: ownPolicy(backer, zone) } : policyAt(backer, zone);
  const left = { ...timeouts };
  for (const name of names) {
    if (left[name as TimeoutName] === undefined)
      throw new UnixctlError(`zone ${zone} has no timeout "${name}" of its own`);
    delete left[name as TimeoutName];
  }
  setTimeouts(backer, zone, names.length === 0 ? {} : left);
}
