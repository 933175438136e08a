/**
 * The datapath by itself, without OpenFlow: a megaflow switch for whoever sets the upcall handler, which says what to do with packets that
 * no cached flow matches; its ports; and the connection tracker, which works alone, too. docs/howto/use-as-a-library.md has examples.
 */

export type { Decision } from './actions/decision.js';
export { DROP_REASONS, type DropReason } from './actions/drop-reasons.js';
export type { SetHeader } from './actions/ops.js';
export { type DpAction, ProgramBuilder, readProgram } from './actions/program.js';
export { type Clock, ManualClock, RunningClock, type Stops, systemClock } from './base/clock.js';
export { SwitchError } from './base/error.js';
export { type Rng, SeededRng } from './base/rng.js';
export { Conntrack, type ConntrackOptions } from './conntrack/conntrack.js';
export type { CtObserver } from './conntrack/observer.js';
export type { OutcomeCounters } from './conntrack/outcome-counters.js';
export type { TimeoutName, TimeoutPolicy, Timeouts } from './conntrack/protocols/timeouts.js';
export type { ConnEntry, CtTuple, DumpFilter, TcpEntry } from './conntrack/query/dump.js';
export type { FlushFilter, FlushWalk, PartialTuple } from './conntrack/query/flush.js';
export type { ClosedConn, History, InvalidPacket } from './conntrack/query/history.js';
export type { ConnWalk, WalkCursor, WalkFilter } from './conntrack/query/walk.js';
export { type CtAction, type CtNat, ctWords } from './conntrack/record/ct-action.js';
export { CAUSES, COMMITS, REASONS, type ReasonRow } from './conntrack/record/reasons.js';
export type { Traffic } from './conntrack/record/traffic.js';
export type { Zones } from './conntrack/record/zones.js';
export { Datapath, type DatapathOptions, type FlowSpec } from './dp/datapath.js';
export type { DpFlow } from './dp/dp-flow.js';
export type { UserspaceHandler } from './dp/egress.js';
export type { RefreshHandler, UpcallHandler } from './dp/input.js';
export { Loop, type LoopOptions, type Poller } from './dp/loop.js';
export type { DatapathObserver } from './dp/observer.js';
export type { Pauses } from './dp/pauses.js';
export type { PortEntry } from './dp/port-table.js';
export type { DatapathStats } from './dp/stats.js';
export { type ComposeOptions, compose } from './keys/compose.js';
export { extract } from './keys/extract.js';
/** Where everything lies in a flow key: `layout.W_IN_PORT`, `layout.DP_WORDS` and the others. */
export * as layout from './keys/layout.js';
export { BATCH_SIZE, PacketBatch } from './packet/batch.js';
export { CT_STATE_BITS } from './packet/ct-state.js';
export { lentPacket, Packet, packetOf } from './packet/packet.js';
export { PacketPool, type PoolMemory } from './packet/pool.js';
export { PacketPort } from './ports/af-packet.js';
export { type DummyOptions, DummyPort } from './ports/dummy.js';
export { openPort } from './ports/open.js';
export { type PcapOptions, PcapPort } from './ports/pcap-file.js';
export type { Port, PortState, PortStats } from './ports/port.js';
export type { DatapathType, PortDescription, PortOptions, PortType } from './ports/port-types.js';
export { EpollPoller } from './ports/sys/poll.js';
export { type TapOptions, TapPort } from './ports/tap.js';
