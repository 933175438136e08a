/**
 * Which asynchronous messages a connection wants: for each kind, a bit per reason, once for the roles primary and equal and
 * once for secondary.
 */
import type { RoleName } from '../openflow/message-types.js';

export const ASYNC_KINDS = [
  'packet_in',
  'port_status',
  'flow_removed',
  'role_status',
  'table_status',
  'requestforward',
] as const;
export type AsyncKind = (typeof ASYNC_KINDS)[number];

/**
 * A reason for packet-ins beyond PACKET_IN, not on the wire: an action of a table-miss flow. To OpenFlow 1.3 and later that is `noMatch`,
 * earlier an action like others.
 */
export const EXPLICIT_MISS = 6;

/** Reasons of a flow-removed (OpenFlow 1.5, section 7.4.2). */
export const FLOW_REMOVED = {
  idleTimeout: 0,
  hardTimeout: 1,
  delete: 2,
  groupDelete: 3,
  meterDelete: 4,
  eviction: 5,
} as const;
export type FlowRemovedReason = (typeof FLOW_REMOVED)[keyof typeof FLOW_REMOVED];

const ALL_PACKET_INS = 0b111011; // an expired TTL only on request
const ALL_PORT_STATUS = 0b111;
const ALL_FLOW_REMOVED = 0b111111;

const PRIMARY = 0;
const SECONDARY = 1;

/** Which asynchronous messages one connection wants, for the roles primary or equal and secondary (OFPT_SET_ASYNC). */
export class AsyncConfig {
  /** [for primary and equal, for secondary] of each kind: in the order of the wire. */
  private readonly masks: Record<AsyncKind, [number, number]> = {
    packet_in: [ALL_PACKET_INS, 0],
    port_status: [ALL_PORT_STATUS, ALL_PORT_STATUS],
    flow_removed: [ALL_FLOW_REMOVED, 0],
    // Nothing is sent of these; what the peer has set it can ask for.
    role_status: [0, 0],
    table_status: [0, 0],
    requestforward: [0, 0],
  };

  wants(kind: AsyncKind, reason: number, role: RoleName): boolean {
    return (this.masks[kind][role === 'secondary' ? SECONDARY : PRIMARY] & (1 << reason)) !== 0;
  }

  /** Packet-ins of one reason to primary and equal, on or off. */
  setPacketIn(reason: number, on: boolean): void {
    const masks = this.masks.packet_in;
    masks[PRIMARY] = on ? masks[PRIMARY] | (1 << reason) : masks[PRIMARY] & ~(1 << reason);
  }

  toWire(): number[] {
    return ASYNC_KINDS.flatMap((kind) => this.masks[kind]);
  }

  /** Takes masks in the order of `toWire`; those that are negative or missing stay as they are. */
  fromWire(masks: readonly number[]): void {
    ASYNC_KINDS.forEach((kind, i) => {
      for (const role of [PRIMARY, SECONDARY]) {
        const mask = masks[i * 2 + role] ?? -1;
        if (mask >= 0) this.masks[kind][role] = mask;
      }
    });
  }
}
