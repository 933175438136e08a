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

export interface Verb {
  /** What words it takes, for people; none if empty. */
  readonly words: string;
  readonly describe: string;
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
