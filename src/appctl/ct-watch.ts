/**
 * `ctswitch ct watch`: connections as they begin, change state and end, and refusals of commits.
 *
 * Long polling: a watcher is opened, then read again and again; a read waits for the first event, for at most HOLD_MS. So the
 * control socket stays plain requests and answers, which every client of Open vSwitch's can send, a slow reader's events wait in one
 * bounded place, here, and a reader that has gone is noticed when it does not come back. What does not fit is counted as lost.
 */

import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { type CtObserver, EVENT_DESTROY, EVENT_NEW } from '../../datapath/conntrack/observer.js';
import { entry, stateName } from '../../datapath/conntrack/query/dump.js';
import { CAUSES, COMMITS, isRefusal } from '../../datapath/conntrack/record/reasons.js';
import type { Packet } from '../../datapath/packet/packet.js';
import type { Backer } from '../bridge/backer.js';
import { type ConnTest, parseFilter } from '../inspect/conn-filter.js';
import { type ConnJson, connJson } from '../inspect/conn-json.js';
import { WATCH_EVENTS, type WatchEvent, type WatchEventName } from '../inspect/watch-event.js';
import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';
import { parseRequest, wholeMs } from './ct-request.js';

const MAX_WATCHERS = 16;
const MAX_EVENTS = 4096;
/** The longest that a read without events waits; shutting down waits for it, too. */
const HOLD_MS = 1000;
/** A watcher that nobody has read for so long is forgotten. */
const FORGET_MS = 30_000;
/** Refusals of one kind come at most once in so long, with their number. */
const REFUSAL_PERIOD_MS = 1000;

interface Watcher {
  fits: ConnTest;
  events: ReadonlySet<WatchEventName>;
  waiting: WatchEvent[];
  lost: number;
  readMs: number;
  /** Ends the read under way. */
  wake: (() => void) | null;
}

export function ctWatchCommands(view: SwitchView): Command[] {
  const hubs = new Map<Backer, WatchHub>();
  const hubOf = (backer: Backer): WatchHub => {
    let hub = hubs.get(backer);
    if (hub === undefined) hubs.set(backer, (hub = new WatchHub(backer.dpif.conntrack, view)));
    return hub;
  };
  const hubIn = (text: string): { hub: WatchHub; request: Record<string, unknown> } => {
    const { request, backer } = parseRequest(view, text);
    return { hub: hubOf(backer), request };
  };
  return [
    command('ctswitch/ct-watch', '[request]', 0, 1, ([text]) => {
      const { hub, request } = hubIn(text ?? '{}');
      return `${JSON.stringify({ watcher: hub.open(request) })}\n`;
    }),
    command('ctswitch/ct-watch-read', 'request', 1, 1, async ([text]) => {
      const { hub, request } = hubIn(text);
      return `${JSON.stringify(await hub.read(request.watcher))}\n`;
    }),
    command('ctswitch/ct-watch-close', 'request', 1, 1, ([text]) => {
      const { hub, request } = hubIn(text);
      hub.close(request.watcher);
      return '{}\n';
    }),
  ];
}

/** The watchers of one tracker, whose observer it is as long as there are any. */
class WatchHub implements CtObserver {
  private readonly watchers = new Map<number, Watcher>();
  private nextId = 1;
  /** By commit result and zone: when the last event was sent, and how many refusals there have been since. */
  private readonly refusals = new Map<number, { sentMs: number; count: number }>();

  constructor(
    private readonly tracker: Conntrack,
    private readonly view: SwitchView,
  ) {}

  open(request: { filter?: unknown; events?: unknown }): number {
    this.forgetAbandoned();
    if (this.watchers.size >= MAX_WATCHERS) throw new UnixctlError(`there are ${MAX_WATCHERS} watchers already`);
    const watcher: Watcher = {
      fits: parseFilter(request.filter),
      events: parseEvents(request.events),
      waiting: [],
      lost: 0,
      readMs: this.view.now(),
      wake: null,
    };
    const id = this.nextId++;
    this.watchers.set(id, watcher);
    this.tracker.observer = this;
    return id;
  }

  /** What has happened since the last read. */
  async read(id: unknown): Promise<{ events: WatchEvent[]; lost: number }> {
    const watcher = this.watcherOf(id);
    watcher.readMs = this.view.now();
    if (watcher.waiting.length === 0 && watcher.lost === 0) await hold(watcher);
    watcher.readMs = this.view.now();
    const answer = { events: watcher.waiting, lost: watcher.lost };
    watcher.waiting = [];
    watcher.lost = 0;
    return answer;
  }

  close(id: unknown): void {
    this.watcherOf(id).wake?.();
    this.remove(id as number);
  }

  packet(packet: Packet, _before: number, _reason: number, commit: number): void {
    if (!isRefusal(commit)) return;
    const now = this.view.now();
    const key = (commit << 16) | packet.ctZone;
    let row = this.refusals.get(key);
    if (row === undefined) this.refusals.set(key, (row = { sentMs: Number.NEGATIVE_INFINITY, count: 0 }));
    row.count++;
    if (now - row.sentMs < REFUSAL_PERIOD_MS) return;
    const { count } = row;
    row.sentMs = now;
    row.count = 0;
    const event: WatchEvent = {
      time: this.wallTime(),
      event: 'refused',
      reason: COMMITS[commit].name,
      zone: packet.ctZone,
      count,
    };
    for (const watcher of this.watchers.values()) if (watcher.events.has('refused')) push(watcher, event);
  }

  conn(event: number, handle: number, about: number): void {
    const name = WATCH_EVENTS[event - 1];
    const conn = entry(this.tracker.table, handle, wholeMs(this.view));
    const told = this.describe(event, connJson(conn), about, conn.proto, conn.family);
    if (told === null) return;
    for (const watcher of this.watchers.values())
      if (watcher.events.has(name) && watcher.fits(conn)) push(watcher, told);
    this.forgetAbandoned();
  }

  private describe(event: number, conn: ConnJson, about: number, proto: number, family: number): WatchEvent | null {
    const time = this.wallTime();
    if (event === EVENT_NEW) return { time, event: 'new', conn };
    if (event === EVENT_DESTROY) return { time, event: 'destroy', cause: CAUSES[about].name, conn };
    const from = stateName((proto << 8) | family, about);
    return from === conn.state ? null : { time, event: 'state', from, to: conn.state, conn };
  }

  private wallTime(): string {
    return new Date(this.view.wall()).toISOString();
  }

  private watcherOf(id: unknown): Watcher {
    if (typeof id !== 'number') throw new UnixctlError('watcher has to be the number that ct-watch has answered with');
    const watcher = this.watchers.get(id);
    if (watcher === undefined) throw new UnixctlError(`there is no watcher ${id}; nobody has read it for too long`);
    return watcher;
  }

  private forgetAbandoned(): void {
    const now = this.view.now();
    for (const [id, { readMs, wake }] of this.watchers) if (wake === null && now - readMs > FORGET_MS) this.remove(id);
  }

  private remove(id: number): void {
    this.watchers.delete(id);
    if (this.watchers.size > 0) return;
    this.tracker.observer = null;
    this.refusals.clear();
  }
}

function parseEvents(wanted: unknown): ReadonlySet<WatchEventName> {
  if (wanted === undefined) return new Set(WATCH_EVENTS);
  const names = Array.isArray(wanted) ? wanted : [wanted];
  const unknown = names.find((name) => !WATCH_EVENTS.includes(name));
  if (unknown !== undefined && typeof unknown !== 'string')
    throw new UnixctlError(`events has to be a list of names: ${WATCH_EVENTS.join(', ')}`);
  if (unknown !== undefined)
    throw new UnixctlError(`there is no event "${unknown}"; there are ${WATCH_EVENTS.join(', ')}`);
  return new Set(names);
}

function push(watcher: Watcher, event: WatchEvent): void {
  if (watcher.waiting.length >= MAX_EVENTS) watcher.lost++;
  else watcher.waiting.push(event);
  watcher.wake?.();
}

/** Until something has happened, or the time is up. */
function hold(watcher: Watcher): Promise<void> {
  watcher.wake?.();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      watcher.wake = null;
      resolve();
    };
    const timer = setTimeout(done, HOLD_MS);
    watcher.wake = done;
  });
}
