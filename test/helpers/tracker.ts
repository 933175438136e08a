/** A tracker under test: one packet at a time, states as text, a clock that stands until it is moved. */
import { Conntrack, type ConntrackOptions } from '../../datapath/conntrack/conntrack.js';
import type { ConnEntry } from '../../datapath/conntrack/query/dump.js';
import * as A from '../../datapath/conntrack/record/ct-action.js';
import { COMMITS, REASONS } from '../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { CT_STATE_BITS } from '../../datapath/packet/ct-state.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { addressWords, type Segment, segment } from './segments.js';

export interface Action {
  zone?: number;
  commit?: boolean;
  force?: boolean;
  mark?: [value: number, mask: number];
  /** Least significant word first is word 3: all four words, most significant first. */
  label?: [value: readonly number[], mask: readonly number[]];
  policy?: number;
  helper?: number;
  /** Bare nat is {}. */
  nat?: { src?: string; dst?: string; to?: string; ports?: [number, number]; flags?: number };
}

export function actionWords(a: Action): Int32Array {
  const words = new Int32Array(A.CT_ACTION_WORDS);
  words[A.CT_FLAGS] = (a.commit || a.force ? A.CT_COMMIT : 0) | (a.force ? A.CT_FORCE : 0);
  words[A.CT_ZONE] = a.zone ?? 0;
  words.set(a.mark ?? [0, 0], A.CT_MARK_VALUE);
  if (a.label !== undefined) {
    words.set(a.label[0], A.CT_LABEL_VALUE);
    words.set(a.label[1], A.CT_LABEL_MASK);
  }
  words[A.CT_HELPER] = a.helper ?? 0;
  words[A.CT_TIMEOUT_POLICY] = a.policy ?? 0;
  if (a.nat !== undefined) setNat(words, a.nat);
  return words;
}

function setNat(words: Int32Array, nat: NonNullable<Action['nat']>): void {
  const from = nat.src ?? nat.dst;
  words[A.CT_NAT_FLAGS] = A.CT_NAT | (nat.src ? A.CT_NAT_SRC : 0) | (nat.dst ? A.CT_NAT_DST : 0) | (nat.flags ?? 0);
  if (from === undefined) return;
  words[A.CT_NAT_FLAGS] |= from.includes(':') ? A.CT_NAT_IPV6 : A.CT_NAT_IPV4;
  words.set(addressWords(from), A.CT_NAT_MIN_ADDR);
  words.set(addressWords(nat.to ?? from), A.CT_NAT_MAX_ADDR);
  if (nat.ports === undefined) return;
  words[A.CT_NAT_FLAGS] |= A.CT_NAT_PORTS;
  words.set(nat.ports, A.CT_NAT_MIN_PORT);
}

/** "est|rpl|trk". */
export const stateText = (state: number): string =>
  CT_STATE_BITS.filter(({ bit }) => state & bit)
    .map(({ name }) => name)
    .join('|');

export class TestTracker {
  readonly ct: Conntrack;
  now = 1_000_000;

  constructor(options: ConntrackOptions = {}) {
    this.ct = new Conntrack({ seed: 1, ...options });
  }

  /** Runs one ct action on a packet and returns it. */
  run(p: Packet, action: Action = {}): Packet {
    const batch = new PacketBatch();
    batch.push(p);
    this.ct.execute(batch, actionWords(action), 0, this.now);
    return p;
  }

  /** Builds a segment, tracks it, and tells its state. */
  send(s: Segment, action: Action = {}): string {
    return stateText(this.run(segment(s), action).ctState);
  }

  get reason(): string {
    return REASONS[this.ct.lastReason[0]].name;
  }

  get commit(): string {
    return COMMITS[this.ct.lastCommit[0]].name;
  }

  entries(): ConnEntry[] {
    return [...this.ct.dump({}, this.now)];
  }

  /** The only connection there is. */
  get only(): ConnEntry {
    const entries = this.entries();
    if (entries.length !== 1) throw new Error(`${entries.length} connections`);
    return entries[0];
  }
}
