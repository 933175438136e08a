/**
 * THE table of messages: each with all its encodings - what kind of header, which number, in which versions - and the
 * codec of its body. A message with several encodings in one version has the standard one and variants (message-types.ts).
 */

import { bundleControl } from './body/bundle.js';
import { type BodyCodec, type CodecOf, data, empty } from './body/codec.js';
import { ctFlush } from './body/ct-flush.js';
import { flowMod, flowMod10, nxFlowMod } from './body/flow-mod.js';
import * as stats from './body/flow-stats.js';
import {
  groupDescReply,
  groupDescRequest,
  groupFeaturesReply,
  groupMod,
  groupRequest,
  groupStatsReply,
} from './body/group.js';
import { error, hello } from './body/hello.js';
import { nxPacketIn, nxPacketIn2, packetIn, packetIn10, packetOut } from './body/packet.js';
import { portDescReply, portDescRequest, portMod, portStatsReply, portStatsRequest, portStatus } from './body/port.js';
import {
  queueConfigReply,
  queueConfigRequest,
  queueDescReply,
  queueDescRequest,
  queueStatsReply,
  queueStatsRequest,
} from './body/queue.js';
import {
  asyncMasks,
  asyncProperties,
  configReply,
  controllerId,
  ctFlushZone,
  descReply,
  featuresReply,
  flowFormat,
  flowModTableId,
  nxRole,
  packetInFormat,
  role,
  roleReply,
  setConfig,
} from './body/switch.js';
import { tableDescReply, tableFeaturesReply, tableMod, tableStatsReply } from './body/table.js';
import type { MessageBodies, MessageName, Variant } from './message-types.js';
import { OF10, OF11, OF12, OF13, OF14, OF15 } from './version.js';

/** Which header the number is found in. */
export type Kind = 'message' | 'request' | 'reply' | 'nx' | 'onf' | 'nxRequest' | 'nxReply';

export interface MessageEncoding<B> {
  readonly kind: Kind;
  readonly code: number;
  readonly from: number;
  readonly to: number;
  /** As Open vSwitch and the specifications call it. */
  readonly title: string;
  readonly codec: BodyCodec<B>;
  readonly variant?: Variant;
  /** The body's size: at least, and in steps of (0: exactly `min`, unless anything may follow). */
  readonly min: number;
  readonly step: number;
}

interface Size {
  min?: number;
  step?: number;
}

function encoding<B>(
  kind: Kind,
  code: number,
  [from, to]: readonly [number, number],
  title: string,
  codec: BodyCodec<B>,
  { min = 0, step = 1 }: Size = {},
  variant?: Variant,
): MessageEncoding<B> {
  return { kind, code, from, to, title, codec, min, step, ...(variant ? { variant } : {}) };
}

const ALL = [OF10, OF15] as const;
const ONLY_10 = [OF10, OF10] as const;
const FROM_11 = [OF11, OF15] as const;
const FROM_11_TO_13 = [OF11, OF13] as const;
const FROM_12 = [OF12, OF15] as const;
const FROM_13 = [OF13, OF15] as const;
const FROM_14 = [OF14, OF15] as const;
const NONE: Size = { min: 0, step: 0 };
const exactly = (min: number): Size => ({ min, step: 0 });
const steps8 = (min: number): Size => ({ min, step: 8 });

/** The codec of bundle_add needs that of whole messages: codec.ts gives it in. */
export type MessageEncodings = { readonly [N in MessageName]: readonly MessageEncoding<MessageBodies[N]>[] };

// biome-ignore format: a table, one row a line
export const makeEncodings = (bundleAdd: CodecOf<'bundle_add'>): MessageEncodings => ({
  hello: [encoding('message', 0, ALL, 'OFPT_HELLO', hello)],
  error: [encoding('message', 1, ALL, 'OFPT_ERROR', error, { min: 4 })],
  echo_request: [encoding('message', 2, ALL, 'OFPT_ECHO_REQUEST', data)],
  echo_reply: [encoding('message', 3, ALL, 'OFPT_ECHO_REPLY', data)],
  features_request: [encoding('message', 5, ALL, 'OFPT_FEATURES_REQUEST', empty, NONE)],
  features_reply: [
    encoding('message', 6, ONLY_10, 'OFPT_FEATURES_REPLY', featuresReply, { min: 24, step: 48 }),
    encoding('message', 6, [OF11, OF12], 'OFPT_FEATURES_REPLY', featuresReply, { min: 24, step: 64 }),
    encoding('message', 6, FROM_13, 'OFPT_FEATURES_REPLY', featuresReply, exactly(24)),
  ],
  get_config_request: [encoding('message', 7, ALL, 'OFPT_GET_CONFIG_REQUEST', empty, NONE)],
  get_config_reply: [encoding('message', 8, ALL, 'OFPT_GET_CONFIG_REPLY', configReply, exactly(4))],
  set_config: [encoding('message', 9, ALL, 'OFPT_SET_CONFIG', setConfig, exactly(4))],
  packet_in: [
    encoding('message', 10, ONLY_10, 'OFPT_PACKET_IN', packetIn10, { min: 10 }),
    encoding('message', 10, FROM_11, 'OFPT_PACKET_IN', packetIn, { min: 8 }),
    encoding('nx', 17, ALL, 'NXT_PACKET_IN', nxPacketIn, { min: 24 }, 'nx'),
    encoding('nx', 30, ALL, 'NXT_PACKET_IN2', nxPacketIn2, steps8(0), 'nx2'),
  ],
  flow_removed: [
    encoding('message', 11, ONLY_10, 'OFPT_FLOW_REMOVED', stats.flowRemoved10, exactly(80)),
    encoding('message', 11, [OF11, OF14], 'OFPT_FLOW_REMOVED', stats.flowRemoved, steps8(40)),
    encoding('message', 11, [OF15, OF15], 'OFPT_FLOW_REMOVED', stats.flowRemoved15, steps8(16)),
    encoding('nx', 14, ALL, 'NXT_FLOW_REMOVED', stats.nxFlowRemoved, steps8(40), 'nx'),
  ],
  port_status: [
    encoding('message', 12, ONLY_10, 'OFPT_PORT_STATUS', portStatus, exactly(56)),
    encoding('message', 12, FROM_11_TO_13, 'OFPT_PORT_STATUS', portStatus, exactly(72)),
    encoding('message', 12, FROM_14, 'OFPT_PORT_STATUS', portStatus, steps8(48)),
  ],
  packet_out: [
    encoding('message', 13, ONLY_10, 'OFPT_PACKET_OUT', packetOut, { min: 8 }),
    encoding('message', 13, [OF11, OF14], 'OFPT_PACKET_OUT', packetOut, { min: 16 }),
    encoding('message', 13, [OF15, OF15], 'OFPT_PACKET_OUT', packetOut, { min: 8 }),
  ],
  flow_mod: [
    encoding('message', 14, ONLY_10, 'OFPT_FLOW_MOD', flowMod10, steps8(64)),
    encoding('message', 14, FROM_11, 'OFPT_FLOW_MOD', flowMod, steps8(40)),
    encoding('nx', 13, ALL, 'NXT_FLOW_MOD', nxFlowMod, steps8(32), 'nx'),
  ],
  group_mod: [
    encoding('message', 15, [OF11, OF14], 'OFPT_GROUP_MOD', groupMod, steps8(8)),
    encoding('message', 15, [OF15, OF15], 'OFPT_GROUP_MOD', groupMod, steps8(16)),
    encoding('nx', 31, [OF10, OF14], 'NXT_GROUP_MOD', groupMod, steps8(16), 'nx'),
  ],
  port_mod: [
    encoding('message', 15, ONLY_10, 'OFPT_PORT_MOD', portMod, exactly(24)),
    encoding('message', 16, FROM_11_TO_13, 'OFPT_PORT_MOD', portMod, exactly(32)),
    encoding('message', 16, FROM_14, 'OFPT_PORT_MOD', portMod, steps8(24)),
  ],
  table_mod: [
    encoding('message', 17, FROM_11_TO_13, 'OFPT_TABLE_MOD', tableMod, exactly(8)),
    encoding('message', 17, FROM_14, 'OFPT_TABLE_MOD', tableMod, steps8(8)),
  ],
  barrier_request: [
    encoding('message', 18, ONLY_10, 'OFPT_BARRIER_REQUEST', empty, NONE),
    encoding('message', 20, FROM_11, 'OFPT_BARRIER_REQUEST', empty, NONE),
  ],
  barrier_reply: [
    encoding('message', 19, ONLY_10, 'OFPT_BARRIER_REPLY', empty, NONE),
    encoding('message', 21, FROM_11, 'OFPT_BARRIER_REPLY', empty, NONE),
  ],
  role_request: [
    encoding('message', 24, FROM_12, 'OFPT_ROLE_REQUEST', role, exactly(16)),
    encoding('nx', 10, ALL, 'NXT_ROLE_REQUEST', nxRole, exactly(4), 'nx'),
  ],
  role_reply: [
    encoding('message', 25, FROM_12, 'OFPT_ROLE_REPLY', roleReply, exactly(16)),
    encoding('nx', 11, ALL, 'NXT_ROLE_REPLY', nxRole, exactly(4), 'nx'),
  ],
  bundle_control: [
    encoding('onf', 2300, [OF13, OF13], 'ONFT_BUNDLE_CONTROL', bundleControl, steps8(8)),
    encoding('message', 33, FROM_14, 'OFPT_BUNDLE_CONTROL', bundleControl, steps8(8)),
  ],
  bundle_add: [
    encoding('onf', 2301, [OF13, OF13], 'ONFT_BUNDLE_ADD_MESSAGE', bundleAdd, { min: 8 }),
    encoding('message', 34, FROM_14, 'OFPT_BUNDLE_ADD_MESSAGE', bundleAdd, { min: 8 }),
  ],
  set_packet_in_format: [encoding('nx', 16, ALL, 'NXT_SET_PACKET_IN_FORMAT', packetInFormat, exactly(4))],
  set_flow_format: [encoding('nx', 12, ALL, 'NXT_SET_FLOW_FORMAT', flowFormat, exactly(4))],
  flow_mod_table_id: [encoding('nx', 15, ALL, 'NXT_FLOW_MOD_TABLE_ID', flowModTableId, exactly(8))],
  flow_age: [encoding('nx', 18, ALL, 'NXT_FLOW_AGE', empty, NONE)],
  set_controller_id: [encoding('nx', 20, ALL, 'NXT_SET_CONTROLLER_ID', controllerId, exactly(8))],
  set_async: [
    encoding('message', 28, [OF13, OF13], 'OFPT_SET_ASYNC', asyncMasks, exactly(24)),
    encoding('message', 28, FROM_14, 'OFPT_SET_ASYNC', asyncProperties, steps8(0)),
    encoding('nx', 19, ALL, 'NXT_SET_ASYNC_CONFIG', asyncMasks, exactly(24), 'nx'),
    encoding('nx', 27, [OF10, OF13], 'NXT_SET_ASYNC_CONFIG2', asyncProperties, steps8(0), 'nx2'),
  ],
  get_async_request: [encoding('message', 26, FROM_13, 'OFPT_GET_ASYNC_REQUEST', empty, NONE)],
  get_async_reply: [
    encoding('message', 27, [OF13, OF13], 'OFPT_GET_ASYNC_REPLY', asyncMasks, exactly(24)),
    encoding('message', 27, FROM_14, 'OFPT_GET_ASYNC_REPLY', asyncProperties, steps8(0)),
  ],
  ct_flush_zone: [encoding('nx', 29, ALL, 'NXT_CT_FLUSH_ZONE', ctFlushZone, exactly(8))],
  ct_flush: [encoding('nx', 32, ALL, 'NXT_CT_FLUSH', ctFlush, steps8(8))],
  desc_request: [encoding('request', 0, ALL, 'OFPST_DESC request', empty, NONE)],
  desc_reply: [encoding('reply', 0, ALL, 'OFPST_DESC reply', descReply, exactly(1056))],
  flow_stats_request: [
    encoding('request', 1, ONLY_10, 'OFPST_FLOW request', stats.request10, exactly(44)),
    encoding('request', 1, FROM_11, 'OFPST_FLOW request', stats.request, steps8(32)),
    encoding('nxRequest', 0, ALL, 'NXST_FLOW request', stats.nxRequest, steps8(8), 'nx'),
  ],
  flow_stats_reply: [
    encoding('reply', 1, ONLY_10, 'OFPST_FLOW reply', stats.reply10),
    encoding('reply', 1, [OF11, OF14], 'OFPST_FLOW reply', stats.reply),
    encoding('reply', 1, [OF15, OF15], 'OFPST_FLOW reply', stats.reply15),
    encoding('nxReply', 0, ALL, 'NXST_FLOW reply', stats.nxReply, {}, 'nx'),
  ],
  aggregate_request: [
    encoding('request', 2, ONLY_10, 'OFPST_AGGREGATE request', stats.request10, exactly(44)),
    encoding('request', 2, FROM_11, 'OFPST_AGGREGATE request', stats.request, steps8(32)),
    encoding('nxRequest', 1, ALL, 'NXST_AGGREGATE request', stats.nxRequest, steps8(8), 'nx'),
  ],
  aggregate_reply: [
    encoding('reply', 2, [OF10, OF14], 'OFPST_AGGREGATE reply', stats.aggregateReply, exactly(24)),
    encoding('reply', 2, [OF15, OF15], 'OFPST_AGGREGATE reply', stats.aggregateReply15),
    encoding('nxReply', 1, ALL, 'NXST_AGGREGATE reply', stats.aggregateReply, exactly(24), 'nx'),
  ],
  table_stats_request: [encoding('request', 3, ALL, 'OFPST_TABLE request', empty, NONE)],
  table_stats_reply: [encoding('reply', 3, ALL, 'OFPST_TABLE reply', tableStatsReply)],
  port_stats_request: [encoding('request', 4, ALL, 'OFPST_PORT request', portStatsRequest, exactly(8))],
  port_stats_reply: [encoding('reply', 4, ALL, 'OFPST_PORT reply', portStatsReply)],
  queue_stats_request: [encoding('request', 5, ALL, 'OFPST_QUEUE request', queueStatsRequest, exactly(8))],
  queue_stats_reply: [encoding('reply', 5, ALL, 'OFPST_QUEUE reply', queueStatsReply)],
  queue_desc_request: [
    encoding('message', 20, ONLY_10, 'OFPT_QUEUE_GET_CONFIG_REQUEST', queueConfigRequest, exactly(4)),
    encoding('message', 22, FROM_11_TO_13, 'OFPT_QUEUE_GET_CONFIG_REQUEST', queueConfigRequest, exactly(8)),
    encoding('request', 15, FROM_14, 'OFPST_QUEUE_DESC request', queueDescRequest, exactly(8)),
  ],
  queue_desc_reply: [
    encoding('message', 21, ONLY_10, 'OFPT_QUEUE_GET_CONFIG_REPLY', queueConfigReply, steps8(8)),
    encoding('message', 23, FROM_11_TO_13, 'OFPT_QUEUE_GET_CONFIG_REPLY', queueConfigReply, steps8(8)),
    encoding('reply', 15, FROM_14, 'OFPST_QUEUE_DESC reply', queueDescReply),
  ],
  group_stats_request: [
    encoding('request', 6, FROM_11, 'OFPST_GROUP request', groupRequest, exactly(8)),
    encoding('nxRequest', 7, ONLY_10, 'NXST_GROUP request', groupRequest, exactly(8), 'nx'),
  ],
  group_stats_reply: [
    encoding('reply', 6, FROM_11, 'OFPST_GROUP reply', groupStatsReply),
    encoding('nxReply', 7, ONLY_10, 'NXST_GROUP reply', groupStatsReply, {}, 'nx'),
  ],
  group_desc_request: [
    encoding('request', 7, [OF11, OF14], 'OFPST_GROUP_DESC request', groupDescRequest, NONE),
    encoding('request', 7, [OF15, OF15], 'OFPST_GROUP_DESC request', groupDescRequest, exactly(8)),
    encoding('nxRequest', 8, ONLY_10, 'NXST_GROUP_DESC request', groupDescRequest, exactly(8), 'nx'),
  ],
  group_desc_reply: [
    encoding('reply', 7, FROM_11, 'OFPST_GROUP_DESC reply', groupDescReply),
    encoding('nxReply', 8, ONLY_10, 'NXST_GROUP_DESC reply', groupDescReply, {}, 'nx'),
  ],
  group_features_request: [
    encoding('request', 8, FROM_12, 'OFPST_GROUP_FEATURES request', empty, NONE),
    encoding('nxRequest', 9, [OF10, OF11], 'NXST_GROUP_FEATURES request', empty, NONE, 'nx'),
  ],
  group_features_reply: [
    encoding('reply', 8, FROM_12, 'OFPST_GROUP_FEATURES reply', groupFeaturesReply, exactly(40)),
    encoding('nxReply', 9, [OF10, OF11], 'NXST_GROUP_FEATURES reply', groupFeaturesReply, exactly(40), 'nx'),
  ],
  table_features_request: [encoding('request', 12, FROM_13, 'OFPST_TABLE_FEATURES request', empty, NONE)],
  table_features_reply: [encoding('reply', 12, FROM_13, 'OFPST_TABLE_FEATURES reply', tableFeaturesReply)],
  port_desc_request: [
    encoding('request', 13, [OF10, OF14], 'OFPST_PORT_DESC request', portDescRequest, NONE),
    encoding('request', 13, [OF15, OF15], 'OFPST_PORT_DESC request', portDescRequest, exactly(8)),
  ],
  port_desc_reply: [encoding('reply', 13, ALL, 'OFPST_PORT_DESC reply', portDescReply)],
  table_desc_request: [encoding('request', 14, FROM_14, 'OFPST_TABLE_DESC request', empty, NONE)],
  table_desc_reply: [encoding('reply', 14, FROM_14, 'OFPST_TABLE_DESC reply', tableDescReply)],
});
