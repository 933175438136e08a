/**
 * The state of one translation: where the packet stands in the pipeline, what it looks like now and what the program
 * written so far has made of it.
 *
 *   key    the packet as the tables see it now
 *   base   the packet as the program written so far leaves it; `commit` writes the difference before output
 *   mask   the bits of the original packet that the result depends on (sound: a superset never hurts)
 */

import { ProgramBuilder } from '../../datapath/actions/program.js';
import { FLOW_WORDS, W_IN_PORT } from '../../datapath/keys/layout.js';
import type { CountedBucket, Group } from '../ofproto/groups.js';
import type { Rule } from '../ofproto/rule.js';
import type { OfTable } from '../ofproto/table.js';
import type { Action } from '../openflow/action-types.js';
import type { Dependency } from './dependents.js';
import type { Effect } from './effects.js';
import type { XlateError } from './errors.js';
import { type FrozenState, pipelineOf, type RecirculationTable, type Rest, type RuleFacts } from './freeze.js';
import type { XlateBridge } from './view.js';

export interface BucketUse {
  readonly group: Group;
  readonly bucket: CountedBucket | null;
}

/** Those of the one translation under way: translations do not nest, and half of what one would take in memory would be these. */
const KEY = new Int32Array(FLOW_WORDS);
const BASE = new Int32Array(FLOW_WORDS);
const MASK = new Int32Array(FLOW_WORDS);

/** The state of one translation; see the page on translation for its three keys. */
export class Context {
  readonly key = KEY.fill(0);
  readonly base = BASE.fill(0);
  readonly mask = MASK.fill(0);
  program = new ProgramBuilder();

  /** Current table and rule (null while resuming or in a packet-out's own actions). */
  table = 0;
  rule: RuleFacts | null = null;
  depth = 0;
  resubmits = 0;

  actionSet: Action[] = [];
  stack: bigint[] = [];

  /** The ct_* fields of the key mean something. */
  conntracked = false;
  /** The packet resumed from recirculation, so pipeline-only fields are not the packet's own. */
  isResumed = false;
  /** The present list of actions is over (dec_ttl that ran out), though not the pipeline. */
  endsList = false;
  /** The packet has come back to a group with its hash computed. */
  isHashed = false;
  /** Nothing follows the group that is running: its buckets need not leave the packet as they found it. */
  endsWithGroup = false;
  /** The last label was popped: what is behind it is not in the key, and not known before the packet comes back. */
  isBare = false;
  /** What is left to do when the packet comes back, innermost list first; null while it is not to. */
  rest: Rest[] | null = null;
  /** dl_type, protocol and fragment bits of the packet that came. */
  original = 0;
  /** The priority it came with, its queue at a port: what pop_queue gives back to it. */
  originalPriority = 0;
  /** `exit` was met. */
  exited = false;
  /** The packet came from a controller's packet-out rather than from a port. */
  isPacketOut = false;
  error: XlateError | null = null;

  /** Every rule hit, once per hit, for statistics. */
  readonly rules: Rule[] = [];
  /** Groups gone through, with the bucket chosen (null: all of them), for statistics. */
  readonly buckets: BucketUse[] = [];
  /** Tables looked up in vain. */
  readonly misses: OfTable[] = [];
  readonly effects: Effect[] = [];
  /** What was asked of things that change one piece at a time, each question once. */
  readonly dependencies: Dependency[] = [];
  /** References taken on recirculation ids; whoever keeps the translation gives them back. */
  readonly recircIds: number[] = [];

  constructor(
    /** Whose tables the packet is in now: another one while it is beyond a patch (enter-bridge.ts). */
    public bridge: XlateBridge,
    readonly recirculation: RecirculationTable,
    readonly now: number,
    /** Effects of translations before this one that nobody has applied. */
    readonly earlier: readonly Effect[],
    readonly observer: XlateObserver | null,
  ) {}

  get inPort(): number {
    return this.key[W_IN_PORT];
  }

  /**
<<<<<<< HEAD
   * The packet, and what is known of it, is afterwards what it was before `body`; what ends in there ends for itself. Asked behind `body`,
   * with what it has added to the program: was that to work on a copy of the packet? Then it leaves no trace of what is not known here, as
   * of addresses that the tracker has changed.
=======
   * The packet, and what is known of it, is afterwards what it was before `body`; what ends in there ends for itself. Asked behind
   * `body`, with what it has added to the program: was that to work on a copy of the packet? Then it leaves no trace of what is not known
   * here, as of addresses that the tracker has changed.
>>>>>>> 40b9640 (Comments within the width)
   */
  aside(body: () => void, needsCopy: (added: ProgramBuilder) => boolean): void {
    const { bridge, table, rule, isBare, conntracked, stack, actionSet, program: outer } = this;
    const [key, base] = [this.key.slice(), this.base.slice()];
    this.stack = [...stack];
    this.program = new ProgramBuilder();
    body();
    const isCopy = needsCopy(this.program);
    if (isCopy) this.base.set(base);
    outer.append(this.program, isCopy);
    this.key.set(key);
    Object.assign(this, { bridge, table, rule, isBare, conntracked, stack, actionSet, program: outer });
    this.exited = false;
    if (outer.isTooLong) this.fail('program-too-big');
  }

  /**
   * A recirculation id under which the pipeline's state is kept, as it is but for what `other` says; 0, and the translation fails, if there
   * is none.
   */
  freeze(other: Partial<FrozenState>): number {
    const id = this.recirculation.acquire({
      bridge: this.bridge,
      table: this.table,
      inPort: this.inPort,
      ...pipelineOf(this.key),
      stack: [...this.stack],
      actionSet: [...this.actionSet],
      conntracked: this.conntracked,
      ...other,
    });
    if (id === 0) this.fail('no-recirculation-context');
    else this.recircIds.push(id);
    return id;
  }

  /** Abandons the translation; the first reason counts. */
  fail(error: XlateError): void {
    this.error ??= error;
  }

  /** True when nothing more is to be done for the packet. */
  get isDone(): boolean {
    return this.exited || this.error !== null || this.rest !== null;
  }
}

/** Told of each step when somebody wants to see it (trace); null otherwise. */
export interface XlateObserver {
  table(ctx: Context, table: number, rule: Rule | null): void;
  action(ctx: Context, action: Action): void;
  note(text: string): void;
}
