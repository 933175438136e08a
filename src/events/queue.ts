/** Events kept for a reader who comes now and then: a bounded number of them, and how many there was no room for. */
import type { EventHub } from './hub.js';
import type { EventKind, EventOf } from './kinds.js';

/** Which events a queue keeps, and as what. */
export interface EventQueueOptions<K extends EventKind, T> {
  readonly kinds: readonly K[];
  /** Asked first, and for every event of these kinds. */
  accepts(event: EventOf<K>): boolean;
  /** What is kept of an event; made only of those that fit and find room. */
  make(event: EventOf<K>): T;
  /** Events kept; what comes beyond is lost, and counted. */
  readonly limit: number;
}

/** The events that one reader has not read yet. */
export class EventQueue<T> {
  /** Called after each event that was kept or lost. */
  onEvent: (() => void) | null = null;
  private waiting: T[] = [];
  private lost = 0;
  private readonly stop: () => void;

  /** Listens at once. */
  static of<K extends EventKind, T>(hub: EventHub, wish: EventQueueOptions<K, T>): EventQueue<T> {
    return new EventQueue(
      (push) => hub.listen(wish.kinds, (event) => wish.accepts(event) && push(() => wish.make(event))),
      wish.limit,
    );
  }

  private constructor(
    listen: (push: (make: () => T) => void) => () => void,
    private readonly limit: number,
  ) {
    this.stop = listen((make) => this.push(make));
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.lost === 0;
  }

  /** What came since the last call, and how many events were lost. */
  take(): { events: T[]; lost: number } {
    const { waiting: events, lost } = this;
    this.waiting = [];
    this.lost = 0;
    return { events, lost };
  }

  /** Nothing comes any more. */
  close(): void {
    this.stop();
  }

  private push(make: () => T): void {
    if (this.waiting.length >= this.limit) this.lost++;
    else this.waiting.push(make());
    this.onEvent?.();
  }
}
