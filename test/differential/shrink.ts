/** Makes a session that differs as short as it gets, and tells it so that it can be read and played by hand. */
import { compare, type Difference } from './compare.js';
import type { RealSide } from './real-side.js';
import type { Session, Step } from './session.js';

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
  const head = `${session.name}, seed ${session.seed}: ${difference.what}`;
  const flows = session.flows.split('\n').map((line) => `  ${line}`);
  const groups = session.groups === undefined ? [] : session.groups.split('\n').map((line) => `  ${line}`);
  return [head, 'with the flows', ...flows, ...groups, 'and', ...session.steps.map(told)].join('\n');
}

function told(step: Step): string {
  const pause = step.advanceMs > 0 ? ` after ${step.advanceMs} ms` : '';
  if ('order' in step) return `  ${step.order.kind}${pause}: ${step.text}`;
  const hex = typeof step.frame === 'function' ? 'as answered' : Buffer.from(step.frame).toString('hex');
  return `  p${step.port}${pause}: ${step.text}\n     ${hex}`;
}
