/**
 * Timeouts: one row for each name that OVSDB's CT_Timeout_Policy knows, in seconds, and the policies made of them.
 * A connection keeps the id of its policy and looks its values up at every packet, so a change holds from the next one on.
 */
import { ZONES } from '../record/zones.js';

export const TCP_SYN_SENT = 0;
export const TCP_SYN_RECV = 1;
export const TCP_ESTABLISHED = 2;
export const TCP_FIN_WAIT = 3;
export const TCP_TIME_WAIT = 4;
export const TCP_CLOSE = 5;
export const UDP_FIRST = 6;
export const UDP_SINGLE = 7;
export const UDP_MULTIPLE = 8;
export const ICMP_FIRST = 9;
export const ICMP_REPLY = 10;

/**
 * The row i has the number i; `when` tells the state in which a connection has that timeout. Rows without a default are
 * accepted and mean nothing to this tracker, as in Open vSwitch.
 */
export const TIMEOUT_NAMES = [
  { name: 'tcp_syn_sent', seconds: 30, when: 'one end has spoken' },
  { name: 'tcp_syn_recv', seconds: 30, when: 'both ends have spoken, the handshake is not over' },
  { name: 'tcp_established', seconds: 86400, when: 'open' },
  { name: 'tcp_fin_wait', seconds: 900, when: 'one end has closed' },
  { name: 'tcp_time_wait', seconds: 45, when: 'both ends have closed' },
  { name: 'tcp_close', seconds: 30, when: 'both ends have closed and heard of it, or there was a reset' },
  { name: 'udp_first', seconds: 60, when: 'UDP and other protocols: one packet' },
  { name: 'udp_single', seconds: 60, when: 'UDP and other protocols: several packets, all one way' },
  { name: 'udp_multiple', seconds: 30, when: 'UDP and other protocols: packets both ways' },
  { name: 'icmp_first', seconds: 60, when: 'a query without answer' },
  { name: 'icmp_reply', seconds: 30, when: 'a query that has been answered' },
  { name: 'tcp_close_wait' },
  { name: 'tcp_last_ack' },
  { name: 'tcp_syn_sent2' },
  { name: 'tcp_retransmit' },
  { name: 'tcp_unack' },
] as const satisfies readonly { name: string; seconds?: number; when?: string }[];

/** The name of a timeout, as a column of CT_Timeout_Policy. */
export type TimeoutName = (typeof TIMEOUT_NAMES)[number]['name'];
/** Seconds by name; what is absent is as in the policy below it. */
export type TimeoutPolicy = Partial<Record<TimeoutName, number>>;

/** What holds where no policy says otherwise. */
export const DEFAULT_POLICY: Readonly<TimeoutPolicy> = Object.fromEntries(
  TIMEOUT_NAMES.flatMap((row) => ('seconds' in row ? [[row.name, row.seconds]] : [])),
);

/** Expiry is kept in ms modulo 2^32 and compared by the sign of differences: no timeout may be longer than this (24 days). */
export const MAX_TIMEOUT_SECONDS = Math.floor((2 ** 31 - 1) / 1000);
/** Policies at once: one for each zone, beside the default one. */
export const MAX_POLICIES = ZONES;

/** The policies of one tracker, by number: 0 holds for every connection without another. */
export class Timeouts {
  /** As they were set, by id; the default one is always there. */
  private readonly policies: (TimeoutPolicy | undefined)[] = [{}];
  /** Milliseconds by policy id, then row. */
  private readonly tables: (Int32Array | undefined)[] = [toMs(DEFAULT_POLICY)];

  /** Milliseconds of a row; a policy that has been deleted counts as the default one. */
  ms(policy: number, row: number): number {
    return (this.tables[policy] ?? this.tables[0]!)[row];
  }

  /** What the policy names; null if there is none of that id. */
  policy(id: number): TimeoutPolicy | null {
    return this.policies[id] ?? null;
  }

  /** Sets the whole policy; what it does not name is as in the default policy, which is number 0. */
  set(id: number, policy: TimeoutPolicy): void {
    if (id < 0 || id > MAX_POLICIES) throw new RangeError(`timeout policy id ${id} is not in 0..${MAX_POLICIES}`);
    this.policies[id] = { ...policy };
    if (id !== 0) return this.fill(id);
    for (let each = 0; each < this.policies.length; each++) this.fill(each);
  }

  /** Forgets the policy; connections that have it follow the default one. Of number 0 only the changes are forgotten. */
  delete(id: number): void {
    if (id === 0) return this.set(0, {});
    this.policies[id] = this.tables[id] = undefined;
  }

  private fill(id: number): void {
    const policy = this.policies[id];
    if (policy !== undefined) this.tables[id] = toMs({ ...DEFAULT_POLICY, ...this.policies[0], ...policy });
  }
}

function toMs(policy: TimeoutPolicy): Int32Array {
  return Int32Array.from(TIMEOUT_NAMES, (row) => Math.min(policy[row.name] ?? 0, MAX_TIMEOUT_SECONDS) * 1000);
}
