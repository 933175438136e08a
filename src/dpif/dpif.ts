/**
 * The boundary between control side and datapath, after Open vSwitch's lib/dpif-provider.h: above it OpenFlow, below it packets. Only plain
 * data crosses - numbers, typed arrays, objects of these - so that the datapath may live in this thread (in-process.ts), in another one, or
 * partly in the kernel, and nothing above has to know. Cached flows are named by ids; nobody above holds one.
 *
 * What is lent (key rows, statistics to be filled) is valid during the call. `now` is monotonic milliseconds.
 */
import type { Decision as ProgramAndOrigin } from '../../datapath/actions/decision.js';
import type { DatapathObserver } from '../../datapath/dp/observer.js';
import type { Pauses } from '../../datapath/dp/pauses.js';
import type { PortState, PortStats } from '../../datapath/ports/port.js';
import type { DatapathType, PortClass, PortDescription } from '../../datapath/ports/port-types.js';
import type { DpifConntrack } from './conntrack.js';

/** What to do with packets, always with the number by which the client knows it again. */
export type Decision = Required<ProgramAndOrigin>;

/** A flow to be installed; key and mask are DP_WORDS words with the layout of datapath/keys/layout.ts. */
export interface FlowPut extends Decision {
  readonly key: Int32Array;
  readonly mask: Int32Array;
  /** One that is older than the datapath's is asked about before it is used: see `DpifClient.outdated`. */
  readonly epoch: number;
}

/** What a flow has forwarded. */
export interface FlowStats {
  packets: number;
  bytes: number;
  /** When a packet last hit it, 0 if none has. */
  usedMs: number;
  /** TCP flags of all packets that hit it, OR-ed. */
  tcpFlags: number;
}

/** A flow as it is printed. Its mask may have more bits than were asked for. */
export interface FlowEntry extends Readonly<FlowStats> {
  readonly id: number;
  /** 128 bits that name key and mask, as a UUID. */
  readonly ufid: string;
  readonly key: Int32Array;
  readonly mask: Int32Array;
  readonly program: Int32Array;
}

/** A packet that a `userspace` action has sent up. */
export interface UserspacePacket {
  /** The packet, its checksums completed, cut where an action before has said so; and its size before that. */
  readonly frame: Uint8Array;
  readonly size: number;
  /** DP_WORDS words: its headers and metadata as they are now. */
  readonly key: Int32Array;
  /** Protocol of its connection, 0 if it has none, and 4 or 6. */
  readonly ctProto: number;
  readonly ctFamily: number;
}

/** Lookups in the flow table since the start: answered, gone up, and of these, given up. */
export interface LookupStats {
  readonly hits: number;
  readonly misses: number;
  readonly lost: number;
}

/** A port of the datapath. */
export interface DpPort {
  readonly number: number;
  readonly name: string;
  /** What carries it; `traitsOf` says what can be done with it. */
  readonly type: PortClass;
}

/**
 * Who decides: flow set-up. An implementation calls when it likes. The one in this process calls with the packet in hand and goes on with
 * the answer; another may gather many calls, carry them over, and bring the answers to packets that wait on its side.
 */
export interface DpifClient {
  /**
   * No flow matches the packet whose key is at `keys[at]`; `packet` is its number for observers. Null: it is dropped. The client usually
   * puts a flow before it answers.
   */
  missed(keys: Int32Array, at: number, size: number, packet: number, now: number): Decision | null;
  /**
   * A packet has hit a flow of an older epoch. True: it may be used, the client has brought it up to date; false: the packet has missed.
   */
  outdated(flow: number, now: number): boolean;
  /** `words` are the arguments of the action as the client wrote them into the program. */
  toUserspace(packet: UserspacePacket, words: Int32Array, now: number): void;
}

/** One datapath, as the control side sees it. Calls come from one thread and do not wait. */
export interface Dpif {
  /** As dpif/show prints it, e.g. netdev@ovs-netdev. */
  readonly name: string;
  readonly type: DatapathType;

  setClient(client: DpifClient): void;

  /** Flows of another epoch than the present are shown to the client before they are used. */
  epoch: number;
  readonly flowCount: number;
  flowLimit: number;
  readonly lookups: LookupStats;
  readonly pauses: Pauses;
  /** Notified of each packet's way, in numbers; null while nobody looks. */
  observer: DatapathObserver | null;

  /**
   * Installs a flow and returns its id: that of the flow with the same key and mask if there is one, which is changed; 0 if it is not
   * taken.
   */
  putFlow(flow: FlowPut, now: number): number;
  /** Gives a flow that is there another epoch, and another program unless that is null. */
  setFlow(id: number, decision: Decision | null, epoch: number): void;
  /** Removes a flow and fills in what it had forwarded; false if there is none of that id. */
  removeFlow(id: number, stats: FlowStats): boolean;
  /** Fills in what the flow has forwarded; false if there is none of that id. */
  flowStats(id: number, stats: FlowStats): boolean;
  /** The flow's key under its mask, made anew; null if there is none of that id. */
  flowKey(id: number): Int32Array | null;
  /** The flow's mask, only lent; null if there is none of that id. */
  flowMask(id: number): Int32Array | null;
  flow(id: number): FlowEntry | null;
  /** In the order of installation. */
  flowIds(): number[];

  /** Runs a program on a frame as if it had come from that port (-1: none); false if there is no memory for it. */
  execute(frame: Uint8Array, inPort: number, decision: Decision, now: number): boolean;

  readonly conntrack: DpifConntrack;

  /** Opens a port and gives it the number wanted or the lowest free one from 1; throws a SwitchError if that cannot be. */
  addPort(port: PortDescription, wanted?: number): number;
  /** Lets go of a port and closes it. Not to be called by the client while it is asked something. */
  removePort(number: number): void;
  /** These throw a SwitchError where the system refuses. */
  setPortAdminUp(number: number, up: boolean): void;
  setPortMtu(number: number, mtu: number): void;
  /** Gives a frame to a dummy port as if it had come from outside; false if the port is not one. */
  injectFrame(number: number, frame: Uint8Array): boolean;
  /** In the order in which they were added. */
  ports(): readonly DpPort[];
  port(number: number): DpPort | null;
  portState(number: number): PortState | null;
  portStats(number: number): PortStats | null;
}

/** Counters of a flow that has forwarded nothing. */
export const noStats = (): FlowStats => ({ packets: 0, bytes: 0, usedMs: 0, tcpFlags: 0 });
