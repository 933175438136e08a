/** Log levels and patterns in the words of `vlog/set` and `--verbose`. */
import { SwitchError } from '../../datapath/base/error.js';
import { FACILITIES, type Facility, LEVELS, type Level, log } from '../../datapath/base/log.js';

/** Words that mean no level; the message is Open vSwitch's. */
export class LogSpecError extends SwitchError<{ code: 'bad-log-spec' }> {
  constructor(message: string) {
    super(message, { code: 'bad-log-spec' });
  }
}

/** `PATTERN:destination:pattern`, or words for module, destination and level in any order. */
export function setLevel(spec: string): void {
  const [, destination, pattern] = /^PATTERN(?::([^:]*):?(.*))?$/is.exec(spec) ?? [];
  if (/^PATTERN(:|$)/i.test(spec)) return setPattern(destination ?? '', pattern ?? '');
  const found: { module?: string; facility?: Facility; level?: Level } = {};
  for (const word of spec.split(/[\s,:]+/).filter((word) => word !== '')) {
    const lower = word.toLowerCase();
    const level = LEVELS.find((known) => known === lower);
    const facility = FACILITIES.find((known) => known === lower);
    if (lower === 'any') continue;
    if (facility !== undefined) once(found, 'facility', facility, 'destinations');
    else if (level !== undefined) once(found, 'level', level, 'levels');
    else if (log.hasModule(word) || FOREIGN_MODULES.has(word)) once(found, 'module', word, 'modules');
    else throw new LogSpecError(`no destination, level, or module "${word}"`);
  }
  log.setLevel(found.module ?? null, found.facility ?? null, found.level ?? 'dbg');
}

/** Modules of Open vSwitch that scripts turn up; nothing here logs under these names. */
const FOREIGN_MODULES: ReadonlySet<string> = new Set([
  'bridge',
  'connmgr',
  'dpif',
  'dpif_netdev',
  'netdev',
  'netdev_dummy',
  'netdev_linux',
  'ofproto',
  'ofproto_dpif',
  'ofproto_dpif_upcall',
  'ofproto_dpif_xlate',
  'rconn',
  'unixctl',
  'vconn',
]);

function once<T extends object, K extends keyof T>(found: T, key: K, value: T[K], what: string): void {
  if (found[key] !== undefined) throw new LogSpecError(`cannot specify multiple ${what}`);
  found[key] = value;
}

function setPattern(destination: string, pattern: string): void {
  const lower = destination.toLowerCase();
  const chosen = lower === 'any' ? FACILITIES : FACILITIES.filter((known) => known === lower);
  if (destination === '') throw new LogSpecError('missing destination');
  if (chosen.length === 0) throw new LogSpecError(`unknown destination "${destination}"`);
  for (const facility of chosen) log.patterns[facility] = pattern;
}
