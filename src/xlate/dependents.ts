/**
 * Who relies on an answer that may change one piece at a time. Tables and ports change seldom, so a change of them puts all cached flows in
 * doubt (the datapath's epoch); stations come and go with every stranger's packet, so there only those flows may be in doubt that have
 * asked for that very station.
 *
 * A translation lists what it has asked and the answers (`Dependency`). Who stores the translation enters them; the owner of the answers
 * calls
 * `changed`, and everybody with another answer is invalidated, once: an answer that goes to and fro costs nothing until somebody asks
 * again. So the work is that of the translations that were in vain, whatever the number of changes.
 */

/** No answer: it is not there. */
export const NOTHING = -1;

/** One question and the answer on which a translation rests. */
export interface Dependency {
  readonly on: Dependents;
  readonly key: number;
  /** Tells apart questions with the same key, such as an address in two VLANs. */
  readonly scope: number;
  readonly answer: number;
}

export interface Dependent {
  /** An answer is another one now. Comes at most once for each dependency; must not call back. */
  invalidate(): void;
}

/** An entry of somebody for one of its dependencies: among those of one key, doubly linked. */
export class Link {
  prev: Link | null = null;
  next: Link | null = null;
  isEntered = false;

  constructor(
    readonly dependency: Dependency,
    readonly dependent: Dependent,
  ) {}
}

/** Who depends on which answers of one table. */
export class Dependents {
  /** By key, the first of those who have asked for it. As many as the holders of translations have entered. */
  private readonly first = new Map<number, Link>();

  /** `answerNow` is what the owner of the answers would say. */
  constructor(private readonly answerNow: (key: number, scope: number, now: number) => number) {}

  /** Number of keys that somebody depends on. */
  get keyCount(): number {
    return this.first.size;
  }

  /** Enters the dependency; invalidates at once if the answer has changed since it was given. */
  enter(dependency: Dependency, dependent: Dependent, now: number): Link | null {
    const { key, scope, answer } = dependency;
    if (this.answerNow(key, scope, now) !== answer) {
      dependent.invalidate();
      return null;
    }
    const link = new Link(dependency, dependent);
    link.isEntered = true;
    link.next = this.first.get(key) ?? null;
    if (link.next !== null) link.next.prev = link;
    this.first.set(key, link);
    return link;
  }

  /** Removes the entry; allowed for those that have been invalidated. */
  leave(link: Link): void {
    if (!link.isEntered) return;
    link.isEntered = false;
    if (link.next !== null) link.next.prev = link.prev;
    if (link.prev !== null) link.prev.next = link.next;
    else if (link.next !== null) this.first.set(link.dependency.key, link.next);
    else this.first.delete(link.dependency.key);
    link.prev = link.next = null;
  }

  /** The answer is this one now: invalidates and removes those with another. */
  changed(key: number, scope: number, answer: number): void {
    for (let link = this.first.get(key) ?? null; link !== null; ) {
      const { dependency, dependent, next } = link;
      if (dependency.scope === scope && dependency.answer !== answer) {
        this.leave(link);
        dependent.invalidate();
      }
      link = next;
    }
  }
}
