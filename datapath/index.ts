/** The datapath as a library: a megaflow switch without rules, for whoever sets the upcall handler. */
export { DROP_REASONS, type DropReason } from './actions/drop-reasons.js';
export { type DpAction, ProgramBuilder, readProgram } from './actions/program.js';
export { type Clock, ManualClock, systemClock } from './base/clock.js';
export { Datapath, type DatapathOptions, type FlowSpec } from './dp/datapath.js';
export type { UserspaceHandler } from './dp/egress.js';
export type { RefreshHandler, UpcallHandler } from './dp/input.js';
export { Loop, type LoopOptions, type Poller } from './dp/loop.js';
export type { DpFlow } from './dp/megaflow.js';
export type { DatapathObserver } from './dp/observer.js';
export { BATCH_SIZE, PacketBatch } from './packet/batch.js';
export { Packet } from './packet/packet.js';
export { PacketPool } from './packet/pool.js';
export type { Port, PortState, PortStats } from './ports/port.js';
