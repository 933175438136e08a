/**
 * Programs that are alike are one: most cached flows of a switch have one of a few programs, and a program of its own would be a third of what a
 * flow takes in memory. Alike are those of one bridge with the same words and the same rules, so what is known of a program
 * (backer.ts: `origins`) holds for all flows that have it.
 *
 * Only the latest program of each hash is remembered. A flow may so have a copy of its own; no flow has to give anything back.
 */
import { hashWords } from '../../datapath/base/hash.js';
import type { Rule } from '../ofproto/rule.js';
import type { Translation } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';

/** Programs remembered, a power of two: more than flow programs have kinds of traffic. They and their rules outlive their flows. */
const MAX_REMEMBERED = 1024;

export interface KnownProgram {
  readonly bridge: Bridge;
  readonly program: Int32Array;
  readonly rules: readonly Rule[];
}

export class ProgramTable {
  private readonly known = new Array<KnownProgram | null>(MAX_REMEMBERED).fill(null);

  /** Gives the translation the program and the rules that an equal one had; true if there was none. */
  share(translation: Translation, bridge: Bridge): boolean {
    const { program, rules } = translation;
    const place = hashWords(program, 0, program.length, rules.length) & (MAX_REMEMBERED - 1);
    const known = this.known[place];
    if (known !== null && known.bridge === bridge && isSame(known.program, program) && isSame(known.rules, rules)) {
      translation.program = known.program;
      translation.rules = known.rules;
      return false;
    }
    this.known[place] = { bridge, program, rules };
    return true;
  }
}

function isSame<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
