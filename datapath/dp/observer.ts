/**
 * What the datapath reports of each packet while an observer is set: numbers only, text is the observer's business.
 * `packet` is the number the packet got when it came in; its clones share it. Ports, flows and recirculations are named by
 * their numbers, drop reasons by their ids (actions/drop-reasons.ts).
 */
export interface DatapathObserver {
  /** The packet came in by that port; bytes. */
  rx(packet: number, port: number, size: number): void;
  /** A cached flow answered. */
  flow(packet: number, flow: number, recircId: number): void;
  /** No cached flow answered: the packet goes up. */
  miss(packet: number, recircId: number): void;
  /** The packet has been through the tracker; `reason` is the id of a CtReason (conntrack/reasons.ts). */
  ct(packet: number, zone: number, state: number, reason: number): void;
  /** The packet was queued at that port; bytes. */
  tx(packet: number, port: number, size: number): void;
  /** The packet ended here, for that reason. */
  drop(packet: number, reason: number): void;
}
