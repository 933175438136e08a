/**
 * Publish and subscribe for what a switch does: any number of listeners, each for the kinds it names.
 *
 * Datapath, tracker and OpenFlow switch have room for one observer each, null while nobody listens to any of its kinds: then an event costs
 * one test. The first listener of a kind has its source attached as that observer, the last one has it detached.
 */
import type { EventKind, EventOf } from './kinds.js';

/** Something that emits events of some kinds between `attach` and `detach`. */
export interface EventSource {
  readonly kinds: readonly EventKind[];
  attach(): void;
  detach(): void;
}

type Listener = (event: never) => void;

/** The events of one datapath and its bridges. */
export class EventHub {
  /** Lists are replaced, never changed: a listener may come or go while an event is emitted. */
  private readonly listeners = new Map<EventKind, readonly Listener[]>();
  private readonly sources = new Map<EventSource, boolean>();

  /** Asked before an event is made. */
  wants(kind: EventKind): boolean {
    return this.listeners.has(kind);
  }

  /** Calls the listeners of the event's kind, before it returns. */
  emit<K extends EventKind>(event: EventOf<K>): void {
    for (const listener of this.listeners.get(event.kind) ?? []) (listener as (event: EventOf<K>) => void)(event);
  }

  /**
   * Has `listener` called with each event of these kinds, from within the packet path: it has to be quick. Returns the function that
   * removes it.
   */
  listen<K extends EventKind>(kinds: readonly K[], listener: (event: EventOf<K>) => void): () => void {
    for (const kind of kinds) this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener]);
    this.attachWanted();
    return () => {
      for (const kind of kinds) this.remove(kind, listener);
      this.attachWanted();
    };
  }

  addSource(source: EventSource): void {
    this.sources.set(source, false);
    this.attachWanted();
  }

  removeSource(source: EventSource): void {
    if (this.sources.get(source) === true) source.detach();
    this.sources.delete(source);
  }

  private remove(kind: EventKind, listener: Listener): void {
    const left = (this.listeners.get(kind) ?? []).filter((each) => each !== listener);
    if (left.length === 0) this.listeners.delete(kind);
    else this.listeners.set(kind, left);
  }

  private attachWanted(): void {
    for (const [source, isAttached] of this.sources) {
      const isWanted = source.kinds.some((kind) => this.listeners.has(kind));
      if (isWanted === isAttached) continue;
      this.sources.set(source, isWanted);
      if (isWanted) source.attach();
      else source.detach();
    }
  }
}
