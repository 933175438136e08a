/** What NXT_CT_FLUSH says. A part that is zero matches everything. */

/** Addresses have 128 bits, IPv4 ones mapped into IPv6. */
export interface CtFlushTuple {
  src: bigint;
  dst: bigint;
  srcPort: number;
  dstPort: number;
  icmpId: number;
  icmpType: number;
  icmpCode: number;
}

/** Which connections are to be forgotten. */
export interface CtFlush {
  proto: number;
  /** Null: not said. */
  zone: number | null;
  /** Null: any. */
  mark: { value: number; mask: number } | null;
  labels: { value: bigint; mask: bigint } | null;
  orig: CtFlushTuple;
  reply: CtFlushTuple;
}
