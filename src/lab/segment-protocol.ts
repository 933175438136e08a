/** What the segment generator and its child in a host's namespace tell each other. */

/** How packets leave: the npm package raw-socket (AF_INET), or a port of ours (AF_PACKET). */
export type SendVia = 'raw-socket' | 'af-packet';

export interface Outgoing {
  /** IPv4 packet with right checksums. */
  packet: Uint8Array;
  /** Its destination, and the MAC addresses for a way that needs them. */
  to: string;
  macs: { src: string; dst: string };
}

export type ToChild = { kind: 'send' } & Outgoing;

export type FromChild = { kind: 'ready'; via: SendVia } | { kind: 'sent' } | { kind: 'failed'; message: string };
