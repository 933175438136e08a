/** OpenFlow ports over datapath ports: configuration bits, and the description that controllers see. */
import type { PortState, PortStats } from '../../datapath/ports/port.js';
import { type PortTraits, type PortType, traitsOf } from '../../datapath/ports/port-types.js';
import type { Dpif } from '../dpif/dpif.js';
import type { PortDesc, PortStatsEntry } from '../openflow/message-types.js';
import type { XlateBundle, XlatePort } from '../xlate/view.js';

/** Ports that are one link: with one member, as long as nothing bonds them. */
export class Bundle implements XlateBundle {
  readonly ports: BridgePort[] = [];

  constructor(readonly id: number) {}
}

/** A port with both of its numbers, OpenFlow's and the datapath's, and how it was seen last. */
export class BridgePort implements XlatePort {
  config: PortDesc['config'] = { portDown: false, noRecv: false, noFlood: false, noFwd: false, noPacketIn: false };
  readonly name: string;
  /** It leaves by the datapath. */
  readonly peer = null;
  /** What carries it. */
  private readonly traits: PortTraits;
  private last: PortState;

  constructor(
    readonly ofport: number,
    readonly dpPort: number,
    private readonly dpif: Dpif,
    /** As it was asked for: a bridge's own is `internal`, whatever carries it. */
    readonly type: PortType,
    readonly bundle: Bundle,
  ) {
    bundle.ports.push(this);
    const { name, type: carrier } = dpif.port(dpPort)!;
    this.name = name;
    this.traits = traitsOf(carrier);
    this.last = dpif.portState(dpPort)!;
  }

  /** The port has an interface of the system, and not only memory of ours. */
  get isInterface(): boolean {
    return this.traits.isInterface;
  }

  /** Numbers of its queues; null for none. */
  get queues(): readonly number[] | null {
    return this.traits.queues;
  }

  /** The interface as it was last seen. */
  get seen(): PortState {
    return this.last;
  }

  /** The interface has been looked at. What it is like is kept while it is away: controllers know a port by its address. */
  note(state: PortState): void {
    const isAway = this.isInterface && state.ifindex === 0;
    this.last = isAway ? { ...this.last, ifindex: 0, adminUp: state.adminUp, linkUp: state.linkUp } : state;
  }

  /** Asks how the interface is now. */
  state(): PortState {
    return this.dpif.portState(this.dpPort) ?? this.last;
  }

  /** Null once the port is gone. */
  stats(): PortStats | null {
    return this.dpif.portStats(this.dpPort);
  }

  /** Throws a SwitchError where the system refuses. */
  setAdminUp(up: boolean): void {
    this.dpif.setPortAdminUp(this.dpPort, up);
  }

  /** The same. */
  setMtu(mtu: number): void {
    this.dpif.setPortMtu(this.dpPort, mtu);
  }

  get noFlood(): boolean {
    return this.config.noFlood;
  }

  get noForward(): boolean {
    return this.config.noFwd;
  }

  get noReceive(): boolean {
    return this.config.noRecv;
  }

  get noPacketIn(): boolean {
    return this.config.noPacketIn;
  }

  /** As controllers see it. */
  describe(): PortDesc {
    const state = this.last;
    const curr = featureBits(state, this.isInterface);
    return {
      port: this.ofport,
      mac: state.mac,
      name: this.name,
      config: { ...this.config, portDown: !state.adminUp },
      state: { linkDown: !state.linkUp, blocked: false, live: state.linkUp && state.adminUp },
      curr,
      advertised: 0,
      supported: 0,
      peer: 0,
      currSpeed: state.speed * 1000,
      maxSpeed: 0,
    };
  }
}

/** Bits of the port features, OpenFlow 1.1 numbering (OpenFlow 1.3, 7.2.1). */
const FEATURE_10GB_FD = 1 << 6;
const FEATURE_COPPER = 1 << 11;
const FEATURE_BY_SPEED = new Map<number, { half: number; full: number }>([
  [10, { half: 1 << 0, full: 1 << 1 }],
  [100, { half: 1 << 2, full: 1 << 3 }],
  [1000, { half: 1 << 4, full: 1 << 5 }],
  [10_000, { half: FEATURE_10GB_FD, full: FEATURE_10GB_FD }],
  [40_000, { half: 1 << 7, full: 1 << 7 }],
  [100_000, { half: 1 << 8, full: 1 << 8 }],
]);

/** Linux says of all of its interfaces that their medium is copper. */
function featureBits(state: PortState, isInterface: boolean): number {
  const bySpeed = FEATURE_BY_SPEED.get(state.speed);
  if (bySpeed === undefined) return 0;
  return (state.fullDuplex ? bySpeed.full : bySpeed.half) | (isInterface ? FEATURE_COPPER : 0);
}

/** The counters of an interface as OpenFlow has them; the duration is left 0 for who knows it. */
export function statsEntry(ofport: number, s: PortStats): PortStatsEntry {
  return {
    port: ofport,
    rxPackets: BigInt(s.rxPackets),
    txPackets: BigInt(s.txPackets),
    rxBytes: BigInt(s.rxBytes),
    txBytes: BigInt(s.txBytes),
    rxDropped: BigInt(s.rxDropped),
    txDropped: BigInt(s.txDropped),
    rxErrors: BigInt(s.rxErrors),
    txErrors: BigInt(s.txErrors),
    rxFrameErrors: BigInt(s.rxFrameErrors),
    rxOverErrors: BigInt(s.rxOverErrors),
    rxCrcErrors: BigInt(s.rxCrcErrors),
    collisions: BigInt(s.collisions),
    durationSec: 0,
    durationNsec: 0,
  };
}
