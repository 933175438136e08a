/**
 * Writing and reading datapath programs (ops.ts has their layout). Neither is on the packet path: the translator
 * builds, printers read, execute.ts runs the words as they are.
 */
import { CT_ACTION_WORDS } from '../conntrack/record/ct-action.js';
import { DP_WORDS } from '../keys/layout.js';
import { OPS, type OpName, SET_HEADERS, type SetHeader } from './ops.js';

/** Nothing sane needs a longer program; it bounds the time one packet can take. */
export const MAX_PROGRAM_WORDS = 65_536;

/** One action of a program as a plain object. */
export type DpAction =
  | { op: 'output'; port: number }
  /** Words of whoever wrote the program: what they mean is not the datapath's business. */
  | { op: 'userspace'; words: Int32Array }
  | { op: 'set'; header: SetHeader; key: Int32Array; mask: Int32Array }
  | { op: 'pushVlan'; tpid: number; tci: number }
  | { op: 'popVlan' }
  | { op: 'pushMpls'; ethType: number; entry: number }
  | { op: 'popMpls'; ethType: number }
  | { op: 'ct'; words: Int32Array }
  | { op: 'ctClear' }
  | { op: 'recirc'; id: number }
  | { op: 'truncate'; size: number }
  | { op: 'clone'; actions: DpAction[] }
  | { op: 'drop'; reason: number }
  | { op: 'hash'; algorithm: number; basis: number };
/** The action of that name. */
export type DpActionOf<Op extends OpName> = Extract<DpAction, { op: Op }>;

/** Puts a program together, one action behind the other; each call returns the builder. */
export class ProgramBuilder {
  private readonly words: number[] = [];

  /** The builder takes any length; the translator, which can say why to whom, drops instead when this holds. */
  get isTooLong(): boolean {
    return this.words.length > MAX_PROGRAM_WORDS;
  }

  /** No action has been added: such a program drops the packet. */
  get isEmpty(): boolean {
    return this.words.length === 0;
  }

  /** Sends the packet out of a datapath port. */
  output(port: number): this {
    return this.add(OPS.output, port);
  }

  /** The packet is shown to who has written the program, with these words of theirs. */
  userspace(words: readonly number[]): this {
    return this.add(OPS.userspace, ...words);
  }

  /** Writes the bits of `header` that are set in `mask`; a key and a mask with the layout of keys, the key at `at`. */
  set(header: SetHeader, key: Int32Array, at: number, mask: Int32Array): this {
    const { id, words } = SET_HEADERS[header];
    const values: number[] = [];
    for (const word of words) values.push(key[at + word]! & mask[word]!, mask[word]!);
    return this.add(OPS.set, id, ...values);
  }

  /** Adds an outermost VLAN tag; `tci` is priority, CFI bit and VLAN id as in the header. */
  pushVlan(tpid: number, tci: number): this {
    return this.add(OPS.pushVlan, tpid, tci);
  }

  /** Takes the outermost VLAN tag off. */
  popVlan(): this {
    return this.add(OPS.popVlan);
  }

  /** `ethType` is what the packet is then: MPLS, unicast or multicast. */
  pushMpls(ethType: number, entry: number): this {
    return this.add(OPS.pushMpls, ethType, entry);
  }

  /** `ethType` is what the packet is then. */
  popMpls(ethType: number): this {
    return this.add(OPS.popMpls, ethType);
  }

  /** `words` is CT_ACTION_WORDS long, laid out as conntrack/ct-action.ts says. */
  ct(words: Int32Array): this {
    return this.add(OPS.ct, ...words.subarray(0, CT_ACTION_WORDS));
  }

  /** Forgets what the tracker has found: the packet is untracked afterwards. */
  ctClear(): this {
    return this.add(OPS.ctClear);
  }

  /** Looks the packet up again, with this `recirc_id` in its key: a copy of it if more actions follow. */
  recirc(id: number): this {
    return this.add(OPS.recirc, id);
  }

  /** The next output sends at most so many bytes. */
  truncate(size: number): this {
    return this.add(OPS.truncate, size);
  }

  /** What `body` adds works on a copy of the packet. */
  clone(body: (nested: ProgramBuilder) => void): this {
    const nested = new ProgramBuilder();
    body(nested);
    return this.append(nested, true);
  }

  /** Adds another program, `inCopy` to work on a copy of the packet. */
  append({ words }: ProgramBuilder, inCopy: boolean): this {
    if (inCopy) this.words.push(OPS.clone, words.length);
    for (const word of words) this.words.push(word);
    return this;
  }

  /** True if it does that to the packet, and not only to copies. */
  has(op: OpName): boolean {
    const { words } = this;
    for (let at = 0; at < words.length; at += 2 + words[at + 1]!) if (words[at] === OPS[op]) return true;
    return false;
  }

  /** The packet gets a hash of its conversation; `algorithm` is one of HASH_*. */
  hash(algorithm: number, basis: number): this {
    return this.add(OPS.hash, algorithm, basis);
  }

  /** Drops the packet and counts it under a row of DROP_REASONS. */
  drop(reason: number): this {
    return this.add(OPS.drop, reason);
  }

  /** The program as `Datapath.installFlow` and `execute` take it; the builder can go on afterwards. */
  build(): Int32Array {
    return new Int32Array(this.words);
  }

  private add(op: number, ...args: number[]): this {
    this.words.push(op, args.length, ...args);
    return this;
  }
}

/** The program as plain objects. Throws if it is not one a ProgramBuilder made. */
export function readProgram(program: Int32Array): DpAction[] {
  return readBlock(program, 0, program.length);
}

function readBlock(program: Int32Array, at: number, end: number): DpAction[] {
  const actions: DpAction[] = [];
  while (at < end) {
    const size = program[at + 1]!;
    actions.push(readAction(program, program[at]!, at + 2, size));
    at += 2 + size;
  }
  return actions;
}

function readAction(program: Int32Array, opcode: number, at: number, size: number): DpAction {
  switch (opcode) {
    case OPS.output:
      return { op: 'output', port: program[at]! };
    case OPS.userspace:
      return { op: 'userspace', words: program.slice(at, at + size) };
    case OPS.set:
      return readSet(program, at);
    case OPS.pushVlan:
      return { op: 'pushVlan', tpid: program[at]!, tci: program[at + 1]! };
    case OPS.popVlan:
      return { op: 'popVlan' };
    case OPS.pushMpls:
      return { op: 'pushMpls', ethType: program[at]!, entry: program[at + 1]! };
    case OPS.popMpls:
      return { op: 'popMpls', ethType: program[at]! };
    case OPS.ct:
      return { op: 'ct', words: program.slice(at, at + CT_ACTION_WORDS) };
    case OPS.ctClear:
      return { op: 'ctClear' };
    case OPS.recirc:
      return { op: 'recirc', id: program[at]! };
    case OPS.truncate:
      return { op: 'truncate', size: program[at]! };
    case OPS.clone:
      return { op: 'clone', actions: readBlock(program, at, at + size) };
    case OPS.drop:
      return { op: 'drop', reason: program[at]! };
    case OPS.hash:
      return { op: 'hash', algorithm: program[at]!, basis: program[at + 1]! };
    default:
      throw new Error(`opcode ${opcode} is not a datapath action`);
  }
}

const HEADER_NAMES = new Map(Object.entries(SET_HEADERS).map(([name, row]) => [row.id as number, name as SetHeader]));

function readSet(program: Int32Array, at: number): DpAction {
  const header = HEADER_NAMES.get(program[at]!);
  if (header === undefined) throw new Error(`${program[at]} is not a header that can be set`);
  const key = new Int32Array(DP_WORDS);
  const mask = new Int32Array(DP_WORDS);
  SET_HEADERS[header].words.forEach((word, i) => {
    key[word] = program[at + 1 + 2 * i]!;
    mask[word] = program[at + 2 + 2 * i]!;
  });
  return { op: 'set', header, key, mask };
}
