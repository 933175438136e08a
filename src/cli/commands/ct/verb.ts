/** What a verb of `ctswitch ct` is and is given. */
import { UserError } from '../../user-error.js';
import type { DaemonAddress } from './daemon-request.js';

/** Options as they were given, filters aside. */
export interface CtOptions extends DaemonAddress {
  datapath?: string | undefined;
  json: boolean;
  format?: string | undefined;
  list?: string | undefined;
  events?: string | undefined;
  reason?: string | undefined;
  limit?: string | undefined;
  each: boolean;
  by?: string | undefined;
  color?: string | undefined;
}

export interface CtArgs extends CtOptions {
  filter: Record<string, string>;
}

/** Options that single verbs have, besides those that choose connections. */
const VERB_OPTIONS = ['format', 'list', 'events', 'reason', 'limit', 'each', 'by', 'color'] as const;
export type VerbOption = (typeof VERB_OPTIONS)[number];

export interface Verb {
  /** What words it takes, for people; none if empty. */
  readonly words: string;
  readonly describe: string;
  /** Which connections it can be asked for. */
  readonly filters?: 'all' | readonly string[];
  readonly options?: readonly VerbOption[];
  /** Resolves to the exit code, undefined for 0. */
  readonly run: (args: CtArgs, words: readonly string[]) => Promise<number | undefined>;
}

/** What every request carries; without filter the daemon need not look into the connections. */
export function requestOf({ datapath, filter }: CtArgs): object {
  return {
    ...(datapath === undefined ? {} : { datapath }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
  };
}

/** The number of --limit; `fallback` if there is none. */
export function limitOf({ limit }: CtArgs, fallback: number): number {
  if (limit === undefined) return fallback;
  const value = Number(limit);
  if (!Number.isInteger(value) || value < 1) throw new UserError(`--limit takes a number from 1 on, not "${limit}"`);
  return value;
}

/** An option that the verb has no use for is a mistake. */
export function checkOptions(name: string, { filters = [], options = [] }: Verb, args: CtArgs): void {
  const isTaken = (filter: string): boolean => filters === 'all' || filters.includes(filter);
  const stray =
    Object.keys(args.filter).find((filter) => !isTaken(filter)) ??
    VERB_OPTIONS.find((option) => args[option] !== undefined && args[option] !== false && !options.includes(option));
  if (stray === undefined) return;
  const taken = [...(filters === 'all' ? [] : filters), ...options].map((option) => `--${option}`);
  const known = filters === 'all' ? 'those that choose connections' : '';
  const list = [known, ...taken].filter((word) => word !== '').join(', ');
  throw new UserError(`${name} knows no --${stray}${list === '' ? '' : `; it takes ${list}`}; see ctswitch ct --help`);
}
