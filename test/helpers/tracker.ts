/** A tracker under test: one packet at a time, states as text, a clock that stands until it is moved. */
import { Conntrack, type ConntrackOptions } from '../../datapath/conntrack/conntrack.js';
import type { ConnEntry } from '../../datapath/conntrack/query/dump.js';
import { type CtAction, type CtNat, ctWords } from '../../datapath/conntrack/record/ct-action.js';
import { COMMITS, REASONS } from '../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { CT_STATE_BITS } from '../../datapath/packet/ct-state.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { addressWords, type Segment, segment } from './segments.js';

/** The library's action, with addresses as text. */
export interface Action extends Omit<CtAction, 'nat'> {
  /** Bare nat is {}. */
  nat?: Pick<CtNat, 'persistent' | 'hash' | 'random'> & {
    src?: string;
    dst?: string;
    to?: string;
    ports?: [number, number];
  };
}

export function actionWords({ nat, ...action }: Action): Int32Array {
  return ctWords(nat === undefined ? action : { ...action, nat: natOf(nat) });
}

function natOf({ src, dst, to, ports, ...choice }: NonNullable<Action['nat']>): CtNat {
  const from = src ?? dst;
  return {
    ...(from === undefined ? {} : { direction: src ? 'src' : 'dst', family: from.includes(':') ? 6 : 4 }),
    ...(from === undefined ? {} : { minAddr: addressOf(from), maxAddr: addressOf(to ?? from) }),
    ...(ports === undefined ? {} : { minPort: ports[0], maxPort: ports[1] }),
    ...choice,
  };
}

const addressOf = (text: string): bigint =>
  addressWords(text).reduce((value, word) => (value << 32n) | BigInt(word >>> 0), 0n);

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
