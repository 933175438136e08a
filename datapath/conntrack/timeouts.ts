/**
 * Timeouts: one row for each name that OVSDB's CT_Timeout_Policy knows, in seconds, and the policies made of them.
 * A connection keeps the id of its policy and looks its values up at every packet, so a change takes effect at once.
 */
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

/** The row i has the number i; rows without a default are accepted and mean nothing to this tracker, as in Open vSwitch. */
export const TIMEOUT_NAMES = [
  { name: 'tcp_syn_sent', seconds: 30 },
  { name: 'tcp_syn_recv', seconds: 30 },
  { name: 'tcp_established', seconds: 86400 },
  { name: 'tcp_fin_wait', seconds: 900 },
  { name: 'tcp_time_wait', seconds: 45 },
  { name: 'tcp_close', seconds: 30 },
  { name: 'udp_first', seconds: 60 },
  { name: 'udp_single', seconds: 60 },
  { name: 'udp_multiple', seconds: 30 },
  { name: 'icmp_first', seconds: 60 },
  { name: 'icmp_reply', seconds: 30 },
  { name: 'tcp_close_wait' },
  { name: 'tcp_last_ack' },
  { name: 'tcp_syn_sent2' },
  { name: 'tcp_retransmit' },
  { name: 'tcp_unack' },
] as const satisfies readonly { name: string; seconds?: number }[];

export type TimeoutName = (typeof TIMEOUT_NAMES)[number]['name'];
export type TimeoutPolicy = Partial<Record<TimeoutName, number>>;

/** Expiry is kept in ms modulo 2^32 and compared by the sign of differences: no timeout may be longer than this (24 days). */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / 1000);
/** Ids are small numbers given out by whoever translates zones to policies. */
export const MAX_POLICY_ID = 65535;

export class Timeouts {
  /** Milliseconds by policy id, then row. */
  private readonly tables: (Int32Array | undefined)[] = [toMs({})];

  /** Milliseconds of a row; a policy that has been deleted counts as the default one. */
  ms(policy: number, row: number): number {
    return (this.tables[policy] ?? this.tables[0]!)[row];
  }

  /** Sets the whole policy; what it does not name has its default. Policy 0 is the default policy. */
  set(id: number, policy: TimeoutPolicy): void {
    if (id < 0 || id > MAX_POLICY_ID) throw new RangeError(`timeout policy id ${id} is not in 0..${MAX_POLICY_ID}`);
    this.tables[id] = toMs(policy);
  }

  delete(id: number): void {
    if (id !== 0) this.tables[id] = undefined;
  }

  has(id: number): boolean {
    return this.tables[id] !== undefined;
  }
}

function toMs(policy: TimeoutPolicy): Int32Array {
  return Int32Array.from(TIMEOUT_NAMES, (row) => {
    const seconds = policy[row.name] ?? ('seconds' in row ? row.seconds : 0);
    return Math.min(seconds, MAX_SECONDS) * 1000;
  });
}
