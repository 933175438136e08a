/**
 * What the switch does with each message. A handler answers with nothing, an error, one message or a list in parts; the
 * session sends it. Order on a connection is kept: a barrier is answered when all before it is done, simply because each
 * message is done before the next is looked at.
 */

import type { ErrorName } from '../openflow/errors.js';
import type { Message, MessageBodies, MessageName, OfVersion } from '../openflow/message-types.js';
import { ALL_TABLES } from '../openflow/new-flow-mod.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';
import { OF10, OF12, OF13, OF14 } from '../openflow/version.js';
import { addToBundle, controlBundle } from './bundles.js';
import { message, type OfConnection } from './connection.js';
import { checkFlowMod, FlowTransaction } from './flow-mod.js';
import { missingGroup } from './groups.js';
import type { Ofproto } from './ofproto.js';
import { checkPacketOut } from './packet-out.js';
import { applyPortMod, checkPortMod } from './port-mod.js';
import { chooseQueues, queueDescParts, queueStatsParts } from './queue-replies.js';
import { isRefused, setRole } from './roles.js';
import * as stats from './stats-replies.js';
import { VISIBLE_TABLES } from './table.js';

export interface Request<N extends MessageName = MessageName> {
  readonly ofproto: Ofproto;
  readonly connection: OfConnection;
  readonly body: MessageBodies[N];
  readonly version: OfVersion;
  readonly xid: number;
  /** The bytes of the message, to be quoted. */
  readonly raw: Uint8Array;
  readonly now: number;
}

type BodyOf = { [N in MessageName]: { name: N; body: MessageBodies[N] } }[MessageName];
/** Null: nothing to say. The parts of a list are made as they are taken; a null among them is work without a part. */
type Answer = ErrorName | null | BodyOf | Iterable<BodyOf | null>;
type Handler<N extends MessageName> = (request: Request<N>) => Answer;

/**
 * What `handle` gives back: an error, or messages in order (none, often). At each null others may have their turn before it is asked for
 * more.
 */
export type Outcome = ErrorName | Iterable<Message | null>;

const NOTHING: readonly Message[] = [];

export function handle(
  ofproto: Ofproto,
  connection: OfConnection,
  received: Message,
  raw: Uint8Array,
  now: number,
): Outcome {
  const { name, version, xid, body } = received;
  if (isRefused(connection, name)) return 'OFPBRC_IS_SECONDARY';
  const handler = HANDLERS[name] as Handler<MessageName>;
  const answer = handler({ ofproto, connection, body, version, xid, raw, now });
  if (answer === null) return NOTHING;
  if (typeof answer === 'string') return answer;
  const variant = received.variant ?? null;
  const toMessage = (reply: BodyOf): Message => message(version, xid, reply.name, reply.body, variant);
  return 'name' in answer ? [toMessage(answer)] : mapped(answer, toMessage);
}

function* mapped(bodies: Iterable<BodyOf | null>, toMessage: (body: BodyOf) => Message): Generator<Message | null> {
  for (const body of bodies) yield body === null ? null : toMessage(body);
}

const reply = <N extends MessageName>(name: N, body: MessageBodies[N]): BodyOf => ({ name, body }) as BodyOf;

function* list<N extends MessageName>(name: N, bodies: Iterable<MessageBodies[N] | null>): Generator<BodyOf | null> {
  for (const body of bodies) yield body === null ? null : reply(name, body);
}

/** The peer's own replies and asynchronous messages have no place on a switch's side. */
const notForSwitches = (): ErrorName => 'OFPBRC_BAD_TYPE';
const ignore = (): null => null;

const HANDLERS: { [N in MessageName]: Handler<N> } = {
  hello: ignore,
  error: ignore,
  echo_request: ({ body }) => reply('echo_reply', { data: body.data }),
  echo_reply: ignore,
  features_request: features,
  features_reply: notForSwitches,
  get_config_request: getConfig,
  get_config_reply: notForSwitches,
  set_config: setConfig,
  packet_in: notForSwitches,
  packet_out: packetOut,
  flow_removed: notForSwitches,
  port_status: notForSwitches,
  port_mod: portMod,
  table_mod: tableMod,
  flow_mod: flowMod,
  group_mod: groupMod,
  barrier_request: () => reply('barrier_reply', null),
  barrier_reply: notForSwitches,
  role_request: role,
  role_reply: notForSwitches,
  bundle_control: (request) => controlBundle(request, request.body) ?? bundleReply(request.body),
  bundle_add: (request) => addToBundle(request, request.body),
  set_packet_in_format: ({ connection, body }) => {
    connection.packetInVariant = PACKET_IN_VARIANTS[body.format] ?? null;
    return null;
  },
  set_flow_format: ({ connection, body }) => {
    connection.flowVariant = body.format === FLOW_FORMAT_NXM ? 'nx' : null;
    return null;
  },
  flow_mod_table_id: ({ connection, body }) => {
    connection.flowModTableId = body.set;
    return null;
  },
  flow_age: ignore,
  set_controller_id: ({ ofproto, connection, body }) => {
    connection.controllerId = body.id;
    ofproto.noticeMisses();
    return null;
  },
  set_async: setAsync,
  get_async_request: ({ connection }) => reply('get_async_reply', { masks: connection.async.toWire() }),
  get_async_reply: notForSwitches,
  ct_flush_zone: ({ ofproto, body, now }) => ofproto.provider?.flushConntrackZone(body.zone, now) ?? null,
  ct_flush: ({ ofproto, body, now }) => ofproto.provider?.flushConntrack(body, now) ?? null,
  desc_request: ({ ofproto }) => reply('desc_reply', ofproto.description),
  desc_reply: notForSwitches,
  flow_stats_request: ({ ofproto, body, now }) => list('flow_stats_reply', stats.flowStats(ofproto, body, now)),
  flow_stats_reply: notForSwitches,
  aggregate_request: ({ ofproto, body }) => list('aggregate_reply', stats.aggregate(ofproto, body)),
  aggregate_reply: notForSwitches,
  group_stats_request: ({ ofproto, body, now }) =>
    list('group_stats_reply', stats.groupStats(ofproto, body.group, now)),
  group_stats_reply: notForSwitches,
  group_desc_request: ({ ofproto, body }) => list('group_desc_reply', stats.groupDescs(ofproto, body.group)),
  group_desc_reply: notForSwitches,
  group_features_request: ({ version }) => reply('group_features_reply', stats.groupFeatures(version)),
  group_features_reply: notForSwitches,
  table_stats_request: ({ ofproto }) => reply('table_stats_reply', stats.tableStats(ofproto)),
  table_stats_reply: notForSwitches,
  table_desc_request: ({ ofproto }) => reply('table_desc_reply', stats.tableDesc(ofproto)),
  table_desc_reply: notForSwitches,
  table_features_request: ({ ofproto }) => list('table_features_reply', stats.tableFeatures(ofproto)),
  table_features_reply: notForSwitches,
  port_stats_request: ({ ofproto, body, now }) => list('port_stats_reply', stats.portStats(ofproto, body.port, now)),
  port_stats_reply: notForSwitches,
  queue_stats_request: ({ ofproto, body }) => queueStats(ofproto, body),
  queue_stats_reply: notForSwitches,
  queue_desc_request: ({ ofproto, body }) => queueDescs(ofproto, body),
  queue_desc_reply: notForSwitches,
  port_desc_request: ({ ofproto, body }) => list('port_desc_reply', stats.portDescs(ofproto, body.port)),
  port_desc_reply: notForSwitches,
};

/** Null is a list that is there, an error that of a port or queue that is not. */
function queueStats(ofproto: Ofproto, body: MessageBodies['queue_stats_request']): Answer {
  const chosen = chooseQueues(ofproto, body, 'OFPQOFC_BAD_QUEUE');
  return typeof chosen === 'string' ? chosen : list('queue_stats_reply', queueStatsParts(chosen));
}

function queueDescs(ofproto: Ofproto, body: MessageBodies['queue_desc_request']): Answer {
  const chosen = chooseQueues(ofproto, body, 'NXQOFC_QUEUE_ERROR');
  return typeof chosen === 'string' ? chosen : list('queue_desc_reply', queueDescParts(body.port, chosen));
}

/** NXPIF_*: as in the standard, NXT_PACKET_IN, NXT_PACKET_IN2. */
const PACKET_IN_VARIANTS = [null, 'nx', 'nx2'] as const;
const FLOW_FORMAT_NXM = 2;

function features({ ofproto, version }: Request): Answer {
  return reply('features_reply', {
    datapathId: ofproto.datapathId,
    nBuffers: 0,
    nTables: VISIBLE_TABLES,
    auxiliaryId: 0,
    capabilities: {
      flowStats: true,
      tableStats: true,
      portStats: true,
      groupStats: version > OF10,
      ipReasm: false,
      queueStats: true,
      arpMatchIp: true,
      portBlocked: false,
      bundles: true,
      flowMonitoring: false,
    },
    ports: version < OF13 ? stats.allPorts(ofproto) : [],
  });
}

function getConfig({ ofproto, connection }: Request): Answer {
  return reply('get_config_reply', {
    fragments: ofproto.config.fragments,
    invalidTtlToController: connection.async.wants('packet_in', PACKET_IN.invalidTtl, 'equal'),
    missSendLen: connection.missSendLen,
  });
}

/** OFPC_FRAG_REASM. */
const FRAGMENTS_REASSEMBLE = 2;

/** What concerns the whole switch a secondary controller may not set, and is not told so. A tool on the bridge's own socket may. */
const maySetFragments = ({ role, kind }: OfConnection): boolean => role !== 'secondary' || kind === 'service';

/** Reassembly is nothing the datapath can do for all fragments: asked for, the mode stays, and the asker sees that it did. */
function setConfig({ ofproto, connection, body, version }: Request<'set_config'>): Answer {
  if (version < OF13) connection.async.setPacketIn(PACKET_IN.invalidTtl, body.invalidTtlToController);
  if (
    maySetFragments(connection) &&
    body.fragments !== FRAGMENTS_REASSEMBLE &&
    body.fragments !== ofproto.config.fragments
  ) {
    ofproto.config.fragments = body.fragments;
    ofproto.changed();
  }
  connection.missSendLen = body.missSendLen;
  ofproto.noticeMisses();
  return null;
}

function packetOut({ ofproto, body, version, now }: Request<'packet_out'>): Answer {
  return (
    checkPacketOut(ofproto, body, version) ??
    missingGroup(ofproto, body.actions) ??
    ofproto.provider?.packetOut(body, now) ??
    null
  );
}

/** Done at once: the next packet sees it. */
function flowMod({ ofproto, body, version, now }: Request<'flow_mod'>): Answer {
  const error = checkFlowMod(body, version);
  if (error !== null) return error;
  const transaction = new FlowTransaction(ofproto, now);
  const refused = transaction.stage(body);
  if (refused === null) transaction.commit();
  return refused;
}

function groupMod({ ofproto, body, now }: Request<'group_mod'>): Answer {
  const transaction = new FlowTransaction(ofproto, now);
  const refused = transaction.stageGroup(body);
  if (refused === null) transaction.commit();
  return refused;
}

function portMod({ ofproto, connection, body }: Request<'port_mod'>): Answer {
  const error = checkPortMod(ofproto, body);
  if (error === null) applyPortMod(ofproto, body, connection);
  return error;
}

/** OpenFlow 1.1 and 1.2 configure what is done on a miss, 1.4 and later eviction, 1.3 nothing. */
const MISS_CONFIG = ['controller', 'continue', 'drop'] as const;

function tableMod({ ofproto, body, version }: Request<'table_mod'>): Answer {
  if (body.table >= VISIBLE_TABLES && body.table !== ALL_TABLES) return 'OFPTMFC_EPERM';
  const tables = body.table === ALL_TABLES ? ofproto.tables.slice(0, VISIBLE_TABLES) : [ofproto.tables[body.table]!];
  if (version <= OF12) {
    const missConfig = MISS_CONFIG[body.config & 3];
    if (missConfig === undefined) return 'OFPTMFC_BAD_CONFIG';
    for (const table of tables) table.missConfig = missConfig;
    ofproto.changed();
  }
  // Eviction and vacancy events are not there to be switched on.
  return version >= OF14 && body.config !== 0 ? 'OFPTMFC_BAD_CONFIG' : null;
}

function role({ ofproto, connection, body }: Request<'role_request'>): Answer {
  const error = setRole(ofproto, connection, body);
  if (error !== null) return error;
  const generationId = ofproto.roleGeneration;
  return reply(
    'role_reply',
    generationId === null ? { role: connection.role } : { role: connection.role, generationId },
  );
}

function setAsync({ ofproto, connection, body }: Request<'set_async'>): Answer {
  connection.async.fromWire(body.masks);
  // Who configures asynchronous messages wants them, even on the service socket.
  if (connection.missSendLen === 0) connection.missSendLen = ASYNC_MISS_SEND_LEN;
  ofproto.noticeMisses();
  return null;
}

const ASYNC_MISS_SEND_LEN = 128;

const BUNDLE_REPLIES = {
  open_request: 'open_reply',
  close_request: 'close_reply',
  commit_request: 'commit_reply',
  discard_request: 'discard_reply',
} as const;

function bundleReply({ bundleId, type }: MessageBodies['bundle_control']): Answer {
  return reply('bundle_control', { bundleId, type: BUNDLE_REPLIES[type as keyof typeof BUNDLE_REPLIES], flags: 0 });
}
