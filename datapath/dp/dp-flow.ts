/**
 * A cached flow: packets whose key equals its key in the bits of its mask get its program. @hot
 *
 * The masked words of the key lie with those of the other flows of the mask (flow-mask.ts), so that a flow costs little more than its
 * counters;
 * `key` is made anew when asked for.
 */
import { finish, mix } from '../base/hash.js';
import * as layout from '../keys/layout.js';

const { DP_WORDS, W_GROUPS } = layout;

/** Where a flow's masked words are: the part of its mask (flow-mask.ts) that a flow reads. */
export interface MaskedWords {
  /** Indices of the key's words with any bit in the mask, and those mask words. */
  readonly words: Int32Array;
  readonly bits: Int32Array;
  /** The whole mask, DP_WORDS long. */
  readonly mask: Int32Array;
  /** Row `slot` holds the masked words of the flow with that slot, `words.length` of them. */
  values: Int32Array;
}

/** One cached flow, made by `Datapath.installFlow`. Counters go on while packets hit it; key and mask never change. */
export class DpFlow {
  packets = 0;
  bytes = 0;
  /** When a packet last hit it, 0 if none has. */
  usedMs = 0;
  /** TCP flags of all packets that hit it, OR-ed. */
  tcpFlags = 0;
  /** Removed: it may still be referred to, but forwards no more packets, and its masked words may be another's by now. */
  isRemoved = false;
  /** Which epoch of the datapath it was translated in, see Datapath.epoch. */
  epoch = 0;
  /** Index of its group in the batch being processed, -1 if it has none. */
  group = -1;
  /** Who decided on its program, see Decision (actions/decision.ts). */
  origin = 0;

  constructor(
    readonly id: number,
    readonly createdMs: number,
    readonly table: MaskedWords,
    readonly slot: number,
    readonly hash: number,
    private readonly groups: number,
    public program: Int32Array,
  ) {}

  /** True if the key at `at` is one of this flow's. */
  matches(keys: Int32Array, at: number): boolean {
    const { words, bits, values } = this.table;
    const count = words.length;
    const row = this.slot * count;
    for (let i = 0; i < count; i++) if ((keys[at + words[i]] & bits[i]) !== values[row + i]) return false;
    return true;
  }

  /** Which bits of the key matter, DP_WORDS long; not a copy, and shared with other flows. */
  get mask(): Int32Array {
    return this.table.mask;
  }

  /** The key under its mask, DP_WORDS long; made anew. @cold */
  get key(): Int32Array {
    const { words, values } = this.table;
    const key = new Int32Array(DP_WORDS);
    const row = this.slot * words.length;
    for (let i = 0; i < words.length; i++) key[words[i]] = values[row + i];
    key[W_GROUPS] = this.groups;
    return key;
  }

  /** 128 bits that name key and mask, as a UUID. @cold */
  get ufid(): string {
    const { words, bits, values } = this.table;
    const row = this.slot * words.length;
    let text = '';
    for (let basis = 1; basis <= 4; basis++) {
      let hash = basis;
      for (let i = 0; i < words.length; i++) hash = mix(mix(mix(hash, words[i]), bits[i]), values[row + i]);
      text += (finish(hash, words.length) >>> 0).toString(16).padStart(8, '0');
    }
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
  }
}
