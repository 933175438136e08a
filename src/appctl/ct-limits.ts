/** dpctl/ct-*-limits: how many connections a zone may have. */
import { MAX_LIMIT, ZONES } from '../../datapath/conntrack/record/zones.js';
import type { Backer } from '../bridge/backer.js';
import type { DpifConntrack } from '../dpif/conntrack.js';
import { type ZoneLimitJson, zoneLimits } from '../inspect/limits.js';
import type { SwitchView } from '../switch/view.js';
import type { Command } from '../unixctl/registry.js';
import { command, dpctlError, takeNamedDatapath } from './args.js';

const MAX_ZONE = ZONES - 1;

export function ctLimitCommands(view: SwitchView): Command[] {
  const onTracker = (run: (tracker: DpifConntrack, words: readonly string[]) => string) => (args: string[]) => {
    const { backer, rest }: { backer: Backer; rest: string[] } = takeNamedDatapath(view, args);
    return run(backer.dpif.conntrack, rest);
  };
  const many = Number.POSITIVE_INFINITY;
  const all = (args: readonly string[]): ZoneLimitJson[] =>
    zoneLimits(takeNamedDatapath(view, args).backer.dpif.conntrack.zones());
  return [
    {
      ...command('ctswitch/ct-get-limits', '[dp]', 0, 1, (args) => all(args).map(limitLine).join('')),
      runJson: all,
    },
    command('dpctl/ct-get-limits', '[dp] [zone=N1[,N2]...]', 0, 2, onTracker(get)),
    command('dpctl/ct-set-limits', '[dp] [default=L] [zone=N,limit=L]...', 1, many, onTracker(set)),
    command('dpctl/ct-del-limits', '[dp] [default] [zone=N1[,N2]...]', 1, 3, onTracker(del)),
  ];
}

const limitLine = ({ zone, limit, connections }: ZoneLimitJson): string =>
  `zone=${zone} limit=${limit ?? 'none'}${connections === null ? '' : ` connections=${connections}`}\n`;

/** Zones with limits of their own, or those asked for. */
function get(tracker: DpifConntrack, [list]: readonly string[]): string {
  const { defaultLimit, zones } = tracker.zones();
  const rows =
    list === undefined ? zones.filter(({ isOwn }) => isOwn) : parseZones(list).map((zone) => tracker.zone(zone));
  const lines = rows.map(({ zone, limit, connections }) => `zone=${zone},limit=${limit ?? 0},count=${connections}\n`);
  return `default limit=${defaultLimit ?? 0}\n${lines.join('')}`;
}

/** All is read before anything is changed. */
function set(tracker: DpifConntrack, words: readonly string[]): string {
  const hasDefault = words[0]?.startsWith('default=') === true;
  const defaultLimit = hasDefault ? parseNumber(words[0].slice('default='.length), MAX_LIMIT) : 0;
  if (defaultLimit === null) throw dpctlError('invalid default limit', 'EINVAL');
  const limits = words.slice(hasDefault ? 1 : 0).map(parseZoneLimit);
  if (hasDefault) tracker.setLimit('default', defaultLimit);
  for (const { zone, limit } of limits) tracker.setLimit(zone, limit);
  return '';
}

function del(tracker: DpifConntrack, words: readonly string[]): string {
  const hasDefault = words[0] === 'default';
  const [list, extra] = words.slice(hasDefault ? 1 : 0);
  if (extra !== undefined) throw dpctlError('invalid arguments', 'EINVAL');
  const wanted = list === undefined ? [] : parseZones(list);
  if (hasDefault) tracker.setLimit('default', null);
  for (const zone of wanted) tracker.setLimit(zone, null);
  return '';
}

function parseZones(text: string): number[] {
  if (!text.startsWith('zone=')) throw dpctlError(`invalid argument ${text}`, 'EINVAL');
  const zones = text
    .slice('zone='.length)
    .split(',')
    .map((word) => parseNumber(word, MAX_ZONE));
  return zones.map((zone) => {
    if (zone === null) throw dpctlError('invalid zone', 'EINVAL');
    return zone;
  });
}

function parseZoneLimit(text: string): { zone: number; limit: number } {
  let zone: number | null = null;
  let limit: number | null = null;
  for (const pair of text.split(',')) {
    const [name, value = ''] = pair.split('=');
    if (value === '') throw dpctlError(`field ${name} missing value`, 'EINVAL');
    if (name === 'zone') zone = parseField(name, value, MAX_ZONE);
    else if (name === 'limit') limit = parseField(name, value, MAX_LIMIT);
    else throw dpctlError(`invalid zone limit field: ${name}`, 'EINVAL');
  }
  if (zone === null || limit === null) throw dpctlError('failed to parse zone limit', 'EINVAL');
  return { zone, limit };
}

function parseField(name: string, text: string, max: number): number {
  const value = parseNumber(text, max);
  if (value === null) throw dpctlError(`failed to parse field ${name}`, 'EINVAL');
  return value;
}

/** As C's scanf reads a limit: -1 is the largest there is. */
function parseNumber(text: string, max: number): number | null {
  if (text === '-1' && max === MAX_LIMIT) return MAX_LIMIT;
  const value = Number(text);
  return /^\d+$/.test(text) && value <= max ? value : null;
}
