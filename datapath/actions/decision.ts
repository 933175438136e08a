/** What to do with packets, as whoever was asked has decided. */
export interface Decision {
  /** See ops.ts. */
  readonly program: Int32Array;
  /** By it the decider knows the decision again; the tracker keeps it with packets that it finds invalid. 0 where it is left out. */
  readonly origin?: number;
}
