/**
 * What a translation wants done besides forwarding. They are data: the bridge applies them for packets, repeats the
 * lasting ones while the flow is used, and a trace leaves them alone.
 */

export type Effect =
  /** The switch learned that a station is behind a port. */
  { type: 'mac-learn'; vlan: number; macHi: number; macLo: number; ofport: number };
