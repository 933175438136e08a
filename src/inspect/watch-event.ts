/** What happens to connections, as JSON values: what `ctswitch ct watch` shows. */
import { EVENT_DESTROY, EVENT_NEW, EVENT_UPDATE } from '../../datapath/conntrack/observer.js';
import { stateName } from '../../datapath/conntrack/query/dump.js';
import { CAUSES, COMMITS } from '../../datapath/conntrack/record/reasons.js';
import type { EventOf } from '../events/kinds.js';
import type { EventQueueOptions } from '../events/queue.js';
import { parseFilter } from './conn-filter.js';
import { type ConnJson, connJson, stateOf } from './conn-json.js';
import { type InspectRequest, RequestError } from './request.js';

export const WATCH_EVENTS = ['new', 'state', 'destroy', 'refused'] as const;
export type WatchEventName = (typeof WATCH_EVENTS)[number];

/** `time` is that of the wall clock (ISO 8601); `count` says how many refusals of a kind there have been since the last such event. */
export type WatchEvent =
  | { time: string; event: 'new'; conn: ConnJson }
  | { time: string; event: 'state'; from: string; to: string; conn: ConnJson }
  | { time: string; event: 'destroy'; cause: string; conn: ConnJson }
  | { time: string; event: 'refused'; reason: string; zone: number; count: number };

/** Events that wait for one reader. */
const MAX_EVENTS = 4096;
/** Refusals of one kind come at most once in so long, with their number. */
const REFUSAL_PERIOD_MS = 1000;

const NAMES: Readonly<Record<number, WatchEventName>> = {
  [EVENT_NEW]: 'new',
  [EVENT_UPDATE]: 'state',
  [EVENT_DESTROY]: 'destroy',
};

/** Monotonic milliseconds, and those of the wall clock since 1970. */
export interface WatchClock {
  now(): number;
  wall(): number;
}

type WatchedEvent = EventOf<'conn' | 'refused'>;

/** What a request subscribes to: `filter` and `events` of it. */
export function watchOptions(
  request: InspectRequest,
  clock: WatchClock,
): EventQueueOptions<'conn' | 'refused', WatchEvent> {
  const accepts = parseFilter(request.filter);
  const names = parseEvents(request.events);
  const refusals = new Refusals();
  const now = (): number => Math.floor(clock.now()) | 0;
  return {
    kinds: ['conn', 'refused'],
    limit: MAX_EVENTS,
    accepts: (event: WatchedEvent) => {
      if (event.kind === 'refused') return names.has('refused') && refusals.isDue(event, clock.now());
      if (!names.has(NAMES[event.change]!)) return false;
      return (event.change !== EVENT_UPDATE || hasNewName(event, now())) && accepts(event.entry(now()));
    },
    make: (event: WatchedEvent) => {
      const time = new Date(clock.wall()).toISOString();
      return event.kind === 'refused'
        ? { time, event: 'refused', reason: COMMITS[event.commit].name, zone: event.zone, count: refusals.take(event) }
        : connEvent(event, time, now());
    },
  };
}

function connEvent(event: EventOf<'conn'>, time: string, now: number): WatchEvent {
  const conn = connJson(event.entry(now));
  if (event.change === EVENT_NEW) return { time, event: 'new', conn };
  if (event.change === EVENT_DESTROY) return { time, event: 'destroy', cause: CAUSES[event.about].name, conn };
  return { time, event: 'state', from: nameBefore(event, now), to: conn.state, conn };
}

function nameBefore(event: EventOf<'conn'>, now: number): string {
  const { proto, family } = event.entry(now);
  return stateName((proto << 8) | family, event.about);
}

/** Several of the tracker's states may have one name. */
const hasNewName = (event: EventOf<'conn'>, now: number): boolean =>
  nameBefore(event, now) !== stateOf(event.entry(now));

/** By commit result and zone: when the last event was due, and how many refusals there have been since. */
class Refusals {
  private readonly rows = new Map<number, { dueMs: number; count: number }>();

  isDue(event: EventOf<'refused'>, now: number): boolean {
    const key = keyOf(event);
    let row = this.rows.get(key);
    if (row === undefined) this.rows.set(key, (row = { dueMs: now, count: 0 }));
    row.count++;
    if (now < row.dueMs) return false;
    row.dueMs = now + REFUSAL_PERIOD_MS;
    return true;
  }

  take(event: EventOf<'refused'>): number {
    const row = this.rows.get(keyOf(event))!;
    const { count } = row;
    row.count = 0;
    return count;
  }
}

const keyOf = ({ commit, zone }: EventOf<'refused'>): number => (commit << 16) | zone;

function parseEvents(wanted: unknown): ReadonlySet<WatchEventName> {
  if (wanted === undefined) return new Set(WATCH_EVENTS);
  const names = Array.isArray(wanted) ? wanted : [wanted];
  const unknown = names.find((name) => !WATCH_EVENTS.includes(name));
  if (unknown !== undefined && typeof unknown !== 'string')
    throw new RequestError(`events has to be a list of names: ${WATCH_EVENTS.join(', ')}`);
  if (unknown !== undefined)
    throw new RequestError(`there is no event "${unknown}"; there are ${WATCH_EVENTS.join(', ')}`);
  return new Set(names);
}
