/**
 * A session: a flow program and the frames that enter. It is played into both switches and compared; what differs is made
 * as short as it gets, so that what is reported can be read.
 */
import { OwnSide } from './own-side.js';
import type { RealSide } from './real-side.js';
import { type Burst, type Left, nothingLeft, PORTS } from './side.js';

export interface Step {
  port: number;
  /** Milliseconds that pass before it. */
  advanceMs: number;
  frame: Uint8Array;
  /** Which conversation it is of. */
  talk: number;
  text: string;
}

export interface Session {
  name: string;
  seed: number;
  flows: string;
  steps: readonly Step[];
  /** One frame at a time, and what the switch learns from it settles before the next: programs that learn addresses. */
  isSlow: boolean;
}

export interface Difference {
  /** Steps after which it is seen; all of them for what is seen in the end only. */
  steps: number;
  what: string;
}

/** Steps by the same port without a pause in between go in at once. */
function bursts(session: Session): Burst[] {
  const made: (Burst & { frames: Uint8Array[] })[] = [];
  for (const { port, advanceMs, frame } of session.steps) {
    const last = made.at(-1);
    if (last !== undefined && last.port === port && advanceMs === 0 && !session.isSlow) last.frames.push(frame);
    else made.push({ port, advanceMs, frames: [frame] });
  }
  return made;
}

/** Plays a session into both. */
export async function compare(session: Session, real: RealSide): Promise<Difference | null> {
  const own = new OwnSide(session.flows);
  await real.load(session.flows);
  let done = 0;
  for (const burst of bursts(session)) {
    const ours = own.play(burst);
    const theirs = await real.play(burst);
    if (session.isSlow) await real.settle();
    const found = compareLeft(ours, theirs);
    done += burst.frames.length;
    if (found !== null) return { steps: done, what: found };
  }
  const what = compareFinal(own, await real.final());
  return what === null ? null : { steps: done, what };
}

function compareLeft(ours: readonly Left[], theirs: Left): string | null {
  const together = nothingLeft();
  for (const left of ours) for (const i of PORTS.keys()) together[i].push(...left[i]);
  for (const [i, port] of PORTS.entries()) {
    const [mine, their] = [together[i], theirs[i]];
    const at = mine.findIndex((frame, n) => frame !== their[n]);
    if (at < 0 && mine.length === their.length) continue;
    const n = at < 0 ? mine.length : at;
    return `frame ${n} that leaves port ${port}\n  ours ${mine[n] ?? 'none'}\n  real ${their[n] ?? 'none'}`;
  }
  return null;
}

function compareFinal(own: OwnSide, real: ReturnType<OwnSide['final']>): string | null {
  const ours = own.final();
  return (
    compareLines('counters (cookie, packets)', ours.counters, real.counters) ??
    compareLines('connections', ours.connections.map(bare), real.connections.map(bare))
  );
}

/** A connection without what is ours alone: ids differ, and Open vSwitch's userspace tracker tells no status. */
const bare = (line: string): string => line.replace(/,id=\d+(?=,(?:zone|status)=)/, '').replace(/,status=[^,)]*/, '');

function compareLines(what: string, ours: readonly string[], theirs: readonly string[]): string | null {
  const onlyOurs = minus(ours, theirs);
  const onlyTheirs = minus(theirs, ours);
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
    return count <= 0;
  });
}

/** More replays than these are not worth the wait. */
const MAX_TRIES = 250;

/** The shortest session found that still differs: first its end is cut off, then whole conversations, then steps. */
export async function shrink(session: Session, real: RealSide, first: Difference): Promise<[Session, Difference]> {
  let best: [Session, Difference] = [{ ...session, steps: session.steps.slice(0, first.steps) }, first];
  let tries = 0;
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (steps.length === 0 || tries++ >= MAX_TRIES) return false;
    const smaller = { ...session, steps };
    const found = await compare(smaller, real);
    if (found === null) return false;
    best = [{ ...smaller, steps: steps.slice(0, found.steps) }, found];
    return true;
  };
  for (const talk of new Set(best[0].steps.map((step) => step.talk)))
    if (await attempt(best[0].steps.filter((step) => step.talk === talk))) break;
  for (let size = best[0].steps.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < best[0].steps.length; ) {
      const { steps } = best[0];
      if (!(await attempt([...steps.slice(0, from), ...steps.slice(from + size)]))) from += size;
    }
  }
  return best;
}

export function report([session, difference]: [Session, Difference]): string {
  const steps = session.steps.map(
    (step) =>
      `  p${step.port}${step.advanceMs > 0 ? ` after ${step.advanceMs} ms` : ''}: ${step.text}\n` +
      `     ${Buffer.from(step.frame).toString('hex')}`,
  );
  const head = `${session.name}, seed ${session.seed}: ${difference.what}`;
  return [head, 'with the flows', ...session.flows.split('\n').map((line) => `  ${line}`), 'and', ...steps].join('\n');
}
