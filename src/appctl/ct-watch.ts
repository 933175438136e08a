/**
 * `ctswitch ct watch`: connections as they begin, change state and end, and refusals of commits.
 *
 * Long polling: a watcher is opened, then read again and again; a read waits for the first event, for at most HOLD_MS. So the
 * control socket stays plain requests and answers, which every client of Open vSwitch's can send, a slow reader's events wait in one
 * bounded queue, and a reader that has gone is noticed when it does not come back. What does not fit is counted as lost.
 */
import type { Backer } from '../bridge/backer.js';
import type { EventHub } from '../events/hub.js';
import { EventQueue } from '../events/queue.js';
import type { InspectRequest } from '../inspect/request.js';
import { type WatchEvent, watchOptions } from '../inspect/watch-event.js';
import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';
import { parseRequest } from './ct-request.js';

const MAX_WATCHERS = 16;
/** The longest that a read without events waits; shutting down waits for it, too. */
const HOLD_MS = 1000;
/** A watcher that nobody has read for so long is forgotten. */
const FORGET_MS = 30_000;

interface Watcher {
  queue: EventQueue<WatchEvent>;
  readMs: number;
  /** Ends the read under way. */
  wake: (() => void) | null;
}

export function ctWatchCommands(view: SwitchView): Command[] {
  const watchers = new WeakMap<Backer, Watchers>();
  const watchersIn = (text: string): { watchers: Watchers; request: InspectRequest } => {
    const { request, backer } = parseRequest(view, text);
    let found = watchers.get(backer);
    if (found === undefined) watchers.set(backer, (found = new Watchers(backer.events, view)));
    return { watchers: found, request };
  };
  return [
    command('ctswitch/ct-watch', '[request]', 0, 1, ([text]) => {
      const { watchers, request } = watchersIn(text ?? '{}');
      return `${JSON.stringify({ watcher: watchers.open(request) })}\n`;
    }),
    command('ctswitch/ct-watch-read', 'request', 1, 1, async ([text]) => {
      const { watchers, request } = watchersIn(text);
      return `${JSON.stringify(await watchers.read(request.watcher))}\n`;
    }),
    command('ctswitch/ct-watch-close', 'request', 1, 1, ([text]) => {
      const { watchers, request } = watchersIn(text);
      watchers.close(request.watcher);
      return '{}\n';
    }),
  ];
}

/** Those of one datapath. */
class Watchers {
  private readonly watchers = new Map<number, Watcher>();
  private nextId = 1;

  constructor(
    private readonly events: EventHub,
    private readonly view: SwitchView,
  ) {}

  open(request: InspectRequest): number {
    this.forgetAbandoned();
    if (this.watchers.size >= MAX_WATCHERS) throw new UnixctlError(`there are ${MAX_WATCHERS} watchers already`);
    const wish = watchOptions(request, this.view);
    const id = this.nextId++;
    const queue = EventQueue.of(this.events, {
      ...wish,
      // Events are what an abandoned watcher costs.
      accepts: (event) => !this.forgetIfAbandoned(id) && wish.accepts(event),
    });
    const watcher: Watcher = { queue, readMs: this.view.now(), wake: null };
    queue.onEvent = () => watcher.wake?.();
    this.watchers.set(id, watcher);
    return id;
  }

  /** What has happened since the last read. */
  async read(id: unknown): Promise<{ events: WatchEvent[]; lost: number }> {
    const watcher = this.watcherOf(id);
    watcher.readMs = this.view.now();
    if (watcher.queue.isEmpty) await hold(watcher);
    watcher.readMs = this.view.now();
    return watcher.queue.take();
  }

  close(id: unknown): void {
    this.watcherOf(id).wake?.();
    this.remove(id as number);
  }

  private watcherOf(id: unknown): Watcher {
    if (typeof id !== 'number') throw new UnixctlError('watcher has to be the number that ct-watch has answered with');
    const watcher = this.watchers.get(id);
    if (watcher === undefined) throw new UnixctlError(`there is no watcher ${id}; nobody has read it for too long`);
    return watcher;
  }

  private forgetAbandoned(): void {
    for (const id of [...this.watchers.keys()]) this.forgetIfAbandoned(id);
  }

  private forgetIfAbandoned(id: number): boolean {
    const watcher = this.watchers.get(id);
    if (watcher === undefined) return true;
    if (watcher.wake !== null || this.view.now() - watcher.readMs <= FORGET_MS) return false;
    this.remove(id);
    return true;
  }

  private remove(id: number): void {
    this.watchers.get(id)?.queue.close();
    this.watchers.delete(id);
  }
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
