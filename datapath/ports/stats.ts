/** Counters of a port, all zero: what every kind of port starts with. */
import type { PortStats } from './port.js';

export const noStats = (): PortStats => ({
  rxPackets: 0,
  txPackets: 0,
  rxBytes: 0,
  txBytes: 0,
  rxDropped: 0,
  txDropped: 0,
  rxErrors: 0,
  txErrors: 0,
  rxFrameErrors: 0,
  rxOverErrors: 0,
  rxCrcErrors: 0,
  collisions: 0,
});
