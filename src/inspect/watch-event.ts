/** What happens to connections, as JSON values: what `ctswitch ct watch` shows. */
import type { ConnJson } from './conn-json.js';

export const WATCH_EVENTS = ['new', 'state', 'destroy', 'refused'] as const;
export type WatchEventName = (typeof WATCH_EVENTS)[number];

/** `time` is that of the wall clock (ISO 8601); `count` says how many refusals of a kind there have been since the last such event. */
export type WatchEvent =
  | { time: string; event: 'new'; conn: ConnJson }
  | { time: string; event: 'state'; from: string; to: string; conn: ConnJson }
  | { time: string; event: 'destroy'; cause: string; conn: ConnJson }
  | { time: string; event: 'refused'; reason: string; zone: number; count: number };
