/** Plays a session into both switches and compares what leaves, what is answered, and what is left in the end. */
import { OwnSide } from './own-side.js';
import type { RealSide } from './real-side.js';
import type { Blur, FrameStep, OrderStep, Session } from './session.js';
import { type Final, type Left, nothingLeft, PORTS } from './side.js';

export interface Difference {
  /** Steps after which it is seen; all of them for what is seen in the end only. */
  steps: number;
  what: string;
}

/** Frames that go in together, or one order. */
type Act = readonly FrameStep[] | OrderStep;

const isOrder = (act: Act): act is OrderStep => 'order' in act;

/** Steps by the same port without a pause in between go in at once, if the session lets them. */
function actsOf(session: Session): Act[] {
  const acts: (FrameStep[] | OrderStep)[] = [];
  for (const step of session.steps) {
    const last = acts.at(-1);
    if ('order' in step) acts.push(step);
    else if (session.pace === 'bursts' && last !== undefined && Array.isArray(last) && joins(last[0], step))
      last.push(step);
    else acts.push([step]);
  }
  return acts;
}

const joins = (first: FrameStep, step: FrameStep): boolean =>
  first.port === step.port && step.advanceMs === 0 && typeof step.frame !== 'function';

export async function compare(session: Session, real: RealSide): Promise<Difference | null> {
  await real.load(session.flows, session.groups);
  const play = new Play(session, new OwnSide(session.flows, session.groups), real);
  try {
    let steps = 0;
    for (const act of actsOf(session)) {
      const what = (await play.wait(isOrder(act) ? act.advanceMs : act[0].advanceMs)) ?? (await play.act(act));
      steps += isOrder(act) ? 1 : act.length;
      if (what !== null) return { steps, what };
    }
    const what = await play.end();
    return what === null ? null : { steps, what };
  } finally {
    await real.restore(session.restore ?? []);
  }
}

const SHARP: Blur = { frame: (_, hex) => hex, connection: (line) => line };

class Play {
  /** Each for our side and the real one. */
  private readonly blurs: readonly [Blur, Blur];
  private readonly heard = [new Map<number, Uint8Array>(), new Map<number, Uint8Array>()] as const;

  constructor(
    private readonly session: Session,
    private readonly own: OwnSide,
    private readonly real: RealSide,
  ) {
    this.blurs = [session.blur?.(true) ?? SHARP, session.blur?.(false) ?? SHARP];
  }

  async wait(ms: number): Promise<string | null> {
    this.own.wait(ms);
    await this.real.wait(ms);
    if (ms === 0 || this.session.awaitsSweep !== true) return null;
    const ours = this.own.table;
    const theirs = await this.real.swept(ours);
    const same = ours.connections === theirs.connections && ours.fragments === theirs.fragments;
    return same ? null : `what is kept\n  ours ${JSON.stringify(ours)}\n  real ${JSON.stringify(theirs)}`;
  }

  act(act: Act): Promise<string | null> {
    return isOrder(act) ? this.obey(act) : this.frames(act);
  }

  private async obey({ order, talk }: OrderStep): Promise<string | null> {
    const ours = await this.own.obey(order);
    const theirs = await this.real.obey(order);
    return (
      compareLines('the answer', ours.answer.trim().split('\n').sort(), theirs.answer.trim().split('\n').sort()) ??
      this.compareLeft(ours.left, theirs.left, talk)
    );
  }

  private async frames(steps: readonly FrameStep[]): Promise<string | null> {
    const [{ port, talk }] = steps;
    const [ours, theirs] = [this.framesFor(0, steps), this.framesFor(1, steps)];
    const left = nothingLeft();
    for (const one of this.own.play({ port, advanceMs: 0, frames: ours }))
      for (const i of PORTS.keys()) left[i].push(...one[i]);
    const other = theirs.length > 0 ? await this.real.play({ port, advanceMs: 0, frames: theirs }) : nothingLeft();
    if (this.session.pace === 'settled') await this.real.settle();
    return this.compareLeft(left, other, talk);
  }

  private framesFor(side: 0 | 1, steps: readonly FrameStep[]): Uint8Array[] {
    return steps.flatMap(({ frame, talk }) => {
      if (typeof frame !== 'function') return [frame];
      const heard = this.heard[side].get(talk);
      return (heard === undefined ? null : frame(heard)) ?? [];
    });
  }

  private compareLeft(ours: Left, theirs: Left, talk: number): string | null {
    for (const [i, port] of PORTS.entries()) {
      const [mine, their] = [this.seen(0, ours[i], port, talk), this.seen(1, theirs[i], port, talk)];
      const at = mine.findIndex((frame, n) => frame !== their[n] || frame.startsWith('!'));
      if (at < 0 && mine.length === their.length) continue;
      const n = at < 0 ? mine.length : at;
      return `frame ${n} that leaves port ${port}\n  ours ${mine[n] ?? 'none'}\n  real ${their[n] ?? 'none'}`;
    }
    return null;
  }

  /** Frames without what is undetermined in them; the last one is what its conversation has heard. */
  private seen(side: 0 | 1, frames: readonly string[], port: number, talk: number): string[] {
    const last = frames.at(-1);
    if (last !== undefined) this.heard[side].set(talk, new Uint8Array(Buffer.from(last, 'hex')));
    const blurred = frames.map((hex) => this.blurs[side].frame(port, hex, talk));
    return this.session.isUnordered ? blurred.sort() : blurred;
  }

  async end(): Promise<string | null> {
    for (const order of this.session.finalOrders ?? []) {
      const what = await this.obey({ order, advanceMs: 0, talk: 0, text: '' });
      if (what !== null) return `${what}\n  of ${JSON.stringify(order)}`;
    }
    const [ours, theirs] = [await this.own.final(), await this.real.final()];
    return (
      compareLines('counters (cookie, packets)', ours.counters, theirs.counters) ??
      compareLines('connections', this.connections(0, ours), this.connections(1, theirs)) ??
      compareLines('ipf-get-status', ours.fragments, theirs.fragments) ??
      compareLines('ct-stats-show', ours.statistics, theirs.statistics)
    );
  }

  private connections(side: 0 | 1, { connections }: Final): string[] {
    return connections.map((line) => this.blurs[side].connection(line));
  }
}

/** As sets: lines that only one has. */
function compareLines(what: string, ours: readonly string[], theirs: readonly string[]): string | null {
  const [onlyOurs, onlyTheirs] = [minus(ours, theirs), minus(theirs, ours)];
  if (onlyOurs.length + onlyTheirs.length === 0) return null;
  const list = (name: string, lines: readonly string[]): string =>
    lines
      .slice(0, 5)
      .map((line) => `\n  ${name} ${line}`)
      .join('');
  return `${what}${list('ours', onlyOurs)}${list('real', onlyTheirs)}`;
}

function minus(lines: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of taken) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0 || line.startsWith('!');
  });
}
