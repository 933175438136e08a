/**
 * OpenFlow messages as plain objects, independent of the version on the wire. One name per message whatever its encoding
 * (NXT_FLOW_MOD and OFPT_FLOW_MOD are both 'flow_mod'). 64-bit numbers are bigint; ports canonical (action-types.ts).
 * Times in seconds and nanoseconds, as on the wire.
 */
import type { Match } from '../match/match.js';
import type { Action, Instruction } from './action-types.js';
import type { CtFlush } from './ct-flush-types.js';
import type { ErrorName } from './errors.js';
import type { GroupDesc, GroupMod, GroupStats } from './group-types.js';

/** The version byte of a message's header: 1 is OpenFlow 1.0, 2 is 1.1, ... 6 is 1.5. */
export type OfVersion = 1 | 2 | 3 | 4 | 5 | 6;

/**
 * Adds, changes or removes rules (ofp_flow_mod; OpenFlow 1.5, section 7.3.4.2). `newFlowMod` gives one whose fields all say "nothing
 * special".
 */
export interface FlowMod {
  command: 'add' | 'modify' | 'modify_strict' | 'delete' | 'delete_strict';
  /** 255: all tables (delete), or the first table that may take it (add over OpenFlow 1.0). */
  table: number;
  match: Match;
  priority: number;
  cookie: bigint;
  /** Deletes and modifies only flows whose cookie equals `cookie` under this mask; 0 = any. */
  cookieMask: bigint;
  /** With modify: set the cookie (false when the wire says "leave", all ones). */
  modifyCookie: boolean;
  /**
   * With modify, where `cookieMask` makes `cookie` the one to look for: the one to set (OpenFlow 1.0 with NXM only). Without
   * `modifyCookie`: that of the flow that is added if there is none to modify (OpenFlow 1.1).
   */
  newCookie?: bigint;
  /** Seconds without a packet, and seconds altogether, after which the rule goes; 0 for never. */
  idleTimeout: number;
  hardTimeout: number;
  /** Which rules a full table evicts first: those with the lowest (OpenFlow 1.4 and later). */
  importance: number;
  /** A packet that the switch has kept, which takes the new rule's actions; NO_BUFFER for none. */
  bufferId: number;
  /** Deletes only rules with an output to this port and to this group; OFPP.NONE and ANY_GROUP for any. */
  outPort: number;
  outGroup: number;
  flags: FlowModFlags;
  instructions: Instruction[];
}

/** Flags of a flow-mod and of the rule that it makes; a version that lacks one leaves it out. */
export interface FlowModFlags {
  sendFlowRem: boolean;
  checkOverlap: boolean;
  resetCounts: boolean;
  /** Accepted and returned; counters are kept all the same, as in Open vSwitch. */
  noPacketCounts: boolean;
  noByteCounts: boolean;
}

/**
 * Which rules are asked for: those at least as specific as the match, in the table (255: all), with an output to port and group if those
 * are not NONE and ANY, and with the cookie under its mask.
 */
export interface FlowStatsRequest {
  table: number;
  match: Match;
  outPort: number;
  outGroup: number;
  cookie: bigint;
  cookieMask: bigint;
}

/** One rule with its counters (ofp_flow_stats). Timeouts and durations in seconds, 0 for a timeout that is not set. */
export interface FlowStats {
  table: number;
  match: Match;
  priority: number;
  cookie: bigint;
  durationSec: number;
  durationNsec: number;
  idleTimeout: number;
  hardTimeout: number;
  /** Seconds since last used / modified, -1 unknown (Nicira extension, OpenFlow 1.0 with NXM only). */
  idleAge: number;
  hardAge: number;
  importance: number;
  packets: bigint;
  bytes: bigint;
  flags: FlowModFlags;
  instructions: Instruction[];
}

/** A port of the switch (ofp_port). */
export interface PortDesc {
  port: number;
  mac: Uint8Array;
  name: string;
  config: {
    portDown: boolean;
    noStp?: boolean;
    noRecv: boolean;
    noRecvStp?: boolean;
    noFlood: boolean;
    noFwd: boolean;
    noPacketIn: boolean;
  };
  state: { linkDown: boolean; blocked: boolean; live: boolean };
  /** Feature bits in OpenFlow 1.1+ numbering. */
  curr: number;
  advertised: number;
  supported: number;
  peer: number;
  /** kbit/s */
  currSpeed: number;
  maxSpeed: number;
}

/** Counters of one port (ofp_port_stats), and how long it has been there. */
export interface PortStatsEntry {
  port: number;
  /** All ones (2^64 - 1) where not known. */
  rxPackets: bigint;
  txPackets: bigint;
  rxBytes: bigint;
  txBytes: bigint;
  rxDropped: bigint;
  txDropped: bigint;
  rxErrors: bigint;
  txErrors: bigint;
  rxFrameErrors: bigint;
  rxOverErrors: bigint;
  rxCrcErrors: bigint;
  collisions: bigint;
  durationSec: number;
  durationNsec: number;
}

/** Counters of one queue of a port (ofp_queue_stats), and how long it has been there. */
export interface QueueStats {
  port: number;
  queue: number;
  /** All ones (2^64 - 1) where not known. */
  txBytes: bigint;
  txPackets: bigint;
  txErrors: bigint;
  /** All ones (2^32 - 1) where not known, or not said before OpenFlow 1.3. */
  durationSec: number;
  durationNsec: number;
}

/** What a queue guarantees and allows; a rate that is not set is absent. */
export interface QueueDesc {
  port: number;
  queue: number;
  /** Tenths of a per cent of the port's speed; above 1000 it is switched off. */
  minRate?: number;
  maxRate?: number;
}

/** Counters of one table (ofp_table_stats): rules in it, packets looked up, packets that matched. */
export interface TableStatsEntry {
  table: number;
  name: string;
  maxEntries: number;
  activeCount: number;
  lookupCount: bigint;
  matchedCount: bigint;
}

/** A packet that the switch sends to a controller, and why. */
export interface PacketIn {
  packet: Uint8Array;
  /** Full length of the frame; `packet` may be cut to the controller's max_len. */
  totalLen: number;
  table: number;
  cookie: bigint;
  /** OFPR_*: a value of PACKET_IN (packet-in-reasons.ts). */
  reason: number;
  /** Pipeline fields at the time (only non-zero metadata, in_port always). */
  metadata: Match;
  /** Of a `controller` action: bytes that it has for the controller. */
  userdata?: Uint8Array;
  /** Of a `controller(pause)` action: state that NXT_RESUME gives back to go on. */
  continuation?: Uint8Array;
}

/** A packet that a controller has the switch forward, as if it had come in by `inPort`. */
export interface PacketOut {
  inPort: number;
  /** Pipeline fields the packet starts with, beside in_port (OpenFlow 1.5 only). */
  metadata?: Match;
  /** NO_BUFFER with the frame in `packet`; any other is of a packet that the switch has kept. */
  bufferId: number;
  packet: Uint8Array;
  actions: Action[];
}

/** Body of each message; `Message` is `{ name, xid, version, body }`. */
export interface MessageBodies {
  hello: { versions: number }; // bitmap, bit v set for wire version v
  error: { error: ErrorName | { type: number; code: number; experimenter?: number }; data: Uint8Array };
  echo_request: { data: Uint8Array };
  echo_reply: { data: Uint8Array };
  features_request: null;
  features_reply: {
    datapathId: bigint;
    nBuffers: number;
    nTables: number;
    auxiliaryId: number;
    capabilities: {
      flowStats: boolean;
      tableStats: boolean;
      portStats: boolean;
      groupStats: boolean;
      ipReasm: boolean;
      queueStats: boolean;
      arpMatchIp: boolean;
      portBlocked: boolean;
      bundles: boolean;
      flowMonitoring: boolean;
    };
    /** OpenFlow 1.0 to 1.2 only. */
    ports: PortDesc[];
  };
  get_config_request: null;
  get_config_reply: SwitchConfigBody;
  set_config: SwitchConfigBody;
  packet_in: PacketIn;
  packet_out: PacketOut;
  flow_removed: Omit<FlowStats, 'flags' | 'instructions' | 'idleAge' | 'hardAge'> & { reason: number };
  port_status: { reason: 'add' | 'delete' | 'modify'; desc: PortDesc };
  port_mod: { port: number; mac: Uint8Array; config: number; mask: number; advertise: number };
  table_mod: { table: number; config: number };
  flow_mod: FlowMod;
  group_mod: GroupMod;
  barrier_request: null;
  barrier_reply: null;
  role_request: { role: RoleName; generationId?: bigint };
  role_reply: { role: RoleName; generationId?: bigint };
  bundle_control: { bundleId: number; type: BundleControlType; flags: number };
  bundle_add: { bundleId: number; flags: number; message: Message };
  set_packet_in_format: { format: number };
  set_flow_format: { format: number };
  flow_mod_table_id: { set: boolean };
  flow_age: null;
  set_controller_id: { id: number };
  set_async: { masks: number[] };
  get_async_request: null;
  get_async_reply: { masks: number[] };
  ct_flush_zone: { zone: number };
  ct_flush: CtFlush;
  desc_request: null;
  desc_reply: { manufacturer: string; hardware: string; software: string; serial: string; datapath: string };
  flow_stats_request: FlowStatsRequest;
  flow_stats_reply: { flows: FlowStats[]; more: boolean };
  aggregate_request: FlowStatsRequest;
  aggregate_reply: { packets: bigint; bytes: bigint; flows: number };
  group_stats_request: { group: number };
  group_stats_reply: { groups: GroupStats[]; more: boolean };
  group_desc_request: { group: number };
  group_desc_reply: { groups: GroupDesc[]; more: boolean };
  group_features_request: null;
  /** By type of group (all, select, indirect, ff): how many there may be, and the numbers of actions as bits. */
  group_features_reply: { types: number; capabilities: number; maxGroups: number[]; actions: number[] };
  table_stats_request: null;
  table_stats_reply: { tables: TableStatsEntry[]; more: boolean };
  table_desc_request: null;
  table_desc_reply: { tables: { table: number; config: number }[]; more: boolean };
  table_features_request: null;
  table_features_reply: { tables: { table: number; name: string; maxEntries: number }[]; more: boolean };
  port_stats_request: { port: number };
  port_stats_reply: { ports: PortStatsEntry[]; more: boolean };
  /** All ports if `port` is OFPP_NONE, all queues if `queue` is 2^32 - 1. */
  queue_stats_request: { port: number; queue: number };
  queue_stats_reply: { queues: QueueStats[]; more: boolean };
  /** Up to OpenFlow 1.3 always all queues, and never those of the local port alone. */
  queue_desc_request: { port: number; queue: number };
  /** `port` is what was asked for; since 1.4 only the queues say theirs, and it is OFPP_NONE. */
  queue_desc_reply: { port: number; queues: QueueDesc[]; more: boolean };
  port_desc_request: { port: number };
  port_desc_reply: { ports: PortDesc[]; more: boolean };
}

/**
 * Settings of a switch (ofp_switch_config): what it does with fragments (OFPC_FRAG_*), with packets whose TTL has run out (before
 * OpenFlow 1.3), and how many bytes of a packet without a rule it sends.
 */
export interface SwitchConfigBody {
  /** OFPC_FRAG_*: 0 normal, 1 drop, 2 reassemble, 3 nx-match. */
  fragments: number;
  invalidTtlToController: boolean;
  missSendLen: number;
}

/** The role of a controller; `primary` and `secondary` are OFPCR_ROLE_MASTER and OFPCR_ROLE_SLAVE of the specifications. */
export type RoleName = 'nochange' | 'equal' | 'primary' | 'secondary';
/** What is done with a bundle, and the answers to it (OFPBCT_*). */
export type BundleControlType =
  | 'open_request'
  | 'open_reply'
  | 'close_request'
  | 'close_reply'
  | 'commit_request'
  | 'commit_reply'
  | 'discard_request'
  | 'discard_reply';

/** The names of all messages; a multipart message ends in `_request` or `_reply` like others. */
export type MessageName = keyof MessageBodies;
/**
 * Which encoding, where a version has several: absent is the standard one, 'nx' Nicira's, 'nx2' its successor
 * (NXT_PACKET_IN2, NXT_SET_ASYNC_CONFIG2). A reply must have that of its request.
 */
export type Variant = 'nx' | 'nx2';
/** The message of that name: header and body. `xid` is what answers repeat, 32 bits. */
export type MessageOf<N extends MessageName> = {
  name: N;
  version: OfVersion;
  xid: number;
  variant?: Variant;
  body: MessageBodies[N];
};
/** Any message. */
export type Message = { [N in MessageName]: MessageOf<N> }[MessageName];
