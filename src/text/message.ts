/**
 * OpenFlow messages as `ovs-ofctl` prints them: a header line, `OFPT_HELLO (OF1.3) (xid=0x1):`, and what the message says.
 * One printer for each message; the long ones are in message-stats.ts.
 */

import { OFPP } from '../openflow/action-types.js';
import { messageTitle, peekTitle, xidOf } from '../openflow/codec.js';
import { type ErrorName, OpenFlowError } from '../openflow/errors.js';
import { ANY_GROUP } from '../openflow/group-types.js';
import type { FlowMod, Message, MessageName, MessageOf, SwitchConfigBody } from '../openflow/message-types.js';
import { NO_BUFFER, NO_COOKIE } from '../openflow/new-flow-mod.js';
import { PACKET_IN_NAMES } from '../openflow/packet-in-reasons.js';
import { isVersion, OF10, versionName } from '../openflow/version.js';
import { formatActions, formatInstructions, hexBytes } from './action-print.js';
import { formatMacBytes } from './address.js';
import { formatCtFlush } from './ct-flush.js';
import { formatDuration, formatFlowFlags } from './flow.js';
import { formatGroupMod } from './group.js';
import { hexDump } from './hexdump.js';
import { formatMatch } from './match.js';
import { STATS_BODIES } from './message-stats.js';
import { formatPort, formatTable, type Names } from './names.js';
import { formatPacket } from './packet.js';
import { formatFeatures, formatPortConfig, formatPortDesc, formatPortDescs } from './port.js';

/** How a message is printed. */
export interface MessagePrintOptions {
  names?: Names | undefined;
  /** 0: no packets; 1: packets in one line; 3: their bytes, too. */
  verbosity?: number;
  /** How the bytes of a message inside an error are read; without it they are dumped. */
  decode?: ((bytes: Uint8Array) => Message) | undefined;
}

export type BodyPrinter<N extends MessageName> = (message: MessageOf<N>, options: MessagePrintOptions) => string;
type BodyPrinters = { [N in MessageName]: BodyPrinter<N> };

/** The whole message, ending in a newline. */
export function formatMessage(message: Message, options: MessagePrintOptions = {}): string {
  const body = (BODIES[message.name] as (m: Message, o: MessagePrintOptions) => string)(message, options);
  const more = (message.body as { more?: boolean } | null)?.more ? ' flags=[more]' : '';
  return `${formatHeader(message)}${more}${body}${body.endsWith('\n') ? '' : '\n'}`;
}

/** `OFPST_FLOW reply (OF1.3) (xid=0x2):` */
export const formatHeader = (message: Message): string =>
  headerLine(messageTitle(message), message.version, message.xid);

function headerLine(title: string, version: number, xid: number): string {
  const ofVersion = isVersion(version) && version > OF10 ? ` (OF${versionName(version)})` : '';
  return `${title}${ofVersion} (xid=0x${(xid >>> 0).toString(16)}):`;
}

const nothing = (): string => '';

const bitmap = (versions: number): string => {
  const list: string[] = [];
  for (let v = 1; v <= 6; v++) if ((versions & (1 << v)) !== 0) list.push(`0x${v.toString(16).padStart(2, '0')}`);
  return `\n version bitmap: ${list.join(', ')}\n`;
};

function formatError({ body }: MessageOf<'error'>, { decode, ...options }: MessagePrintOptions): string {
  const text = ` ${errorName(body.error)}\n`;
  if (body.error === 'OFPHFC_INCOMPATIBLE' || body.error === 'OFPHFC_EPERM')
    return `${text}${new TextDecoder().decode(body.data)}`;
  return text + quoted(body.data, decode, options);
}

export function errorName(error: ErrorName | { type: number; code: number; experimenter?: number }): string {
  if (typeof error === 'string') return error;
  const vendor = error.experimenter === undefined ? '' : `vendor 0x${error.experimenter.toString(16)}, `;
  return `***unknown error*** (${vendor}type ${error.type}, code ${error.code})`;
}

/** The message that an error is about: as a message if all of it is there. */
function quoted(data: Uint8Array, decode: MessagePrintOptions['decode'], options: MessagePrintOptions): string {
  const claimed = data.length >= 4 ? (data[2]! << 8) | data[3]! : 0;
  if (claimed > data.length) return `(***truncated to ${data.length} bytes from ${claimed}***)\n${hexDump(data, true)}`;
  const whole = data.subarray(0, claimed);
  if (decode === undefined || claimed === 0) return hexDump(data, true);
  try {
    return formatMessage(decode(whole), { ...options, verbosity: 1 });
  } catch (error) {
    if (!(error instanceof OpenFlowError)) throw error;
    return `${unreadable(whole)}***decode error: ${error.name}***\n${hexDump(whole, true)}`;
  }
}

/** The header line of a message whose contents cannot be read, if what it would be is known. */
function unreadable(bytes: Uint8Array): string {
  const title = peekTitle(bytes);
  return title === null ? '' : `${headerLine(title, bytes[0]!, xidOf(bytes))} `;
}

function formatEcho(
  { body }: MessageOf<'echo_request'> | MessageOf<'echo_reply'>,
  { verbosity = 0 }: MessagePrintOptions,
): string {
  const dump = verbosity > 1 ? hexDump(body.data, true) : '';
  return ` ${body.data.length} bytes of payload\n${dump}`;
}

const CAPABILITIES = {
  flowStats: 'FLOW_STATS',
  tableStats: 'TABLE_STATS',
  portStats: 'PORT_STATS',
  groupStats: 'GROUP_STATS',
  ipReasm: 'IP_REASM',
  queueStats: 'QUEUE_STATS',
  arpMatchIp: 'ARP_MATCH_IP',
  portBlocked: 'PORT_BLOCKED',
  bundles: 'BUNDLES',
  flowMonitoring: 'FLOW_MONITORING',
} as const satisfies Record<keyof MessageOf<'features_reply'>['body']['capabilities'], string>;

/** What every switch of OpenFlow 1.0 is made to say that it can do. */
const OF10_ACTIONS =
  'actions: output enqueue set_vlan_vid set_vlan_pcp strip_vlan mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_tp_src mod_tp_dst\n';

function formatFeaturesReply({ body, version }: MessageOf<'features_reply'>): string {
  const can = Object.entries(CAPABILITIES).filter(([key]) => body.capabilities[key as keyof typeof CAPABILITIES]);
  const auxiliary = body.auxiliaryId === 0 ? '' : `, auxiliary_id:${body.auxiliaryId}`;
  return (
    ` dpid:${body.datapathId.toString(16).padStart(16, '0')}\n` +
    `n_tables:${body.nTables}, n_buffers:${body.nBuffers}${auxiliary}\n` +
    `capabilities: ${can.length === 0 ? '0' : can.map(([, word]) => word).join(' ')}\n` +
    (version === 1 ? OF10_ACTIONS : '') +
    formatPortDescs(body.ports, version)
  );
}

export const FRAGMENT_MODES = ['normal', 'drop', 'reassemble', 'nx-match'] as const;

function formatConfig({ body }: { body: SwitchConfigBody }): string {
  const ttl = body.invalidTtlToController ? ' invalid_ttl_to_controller' : '';
  return ` frags=${FRAGMENT_MODES[body.fragments] ?? body.fragments}${ttl} miss_send_len=${body.missSendLen}\n`;
}

const COMMANDS: Record<FlowMod['command'], string> = {
  add: 'ADD',
  modify: 'MOD',
  modify_strict: 'MOD_STRICT',
  delete: 'DEL',
  delete_strict: 'DEL_STRICT',
};

function formatFlowMod({ body: mod, version }: MessageOf<'flow_mod'>, { names }: MessagePrintOptions): string {
  const parts: string[] = [COMMANDS[mod.command]];
  const isAnyTable = mod.table === 255 && version === 1;
  if (mod.table !== 0 && !isAnyTable) parts.push(`table:${formatTable(mod.table, names)}`);
  const match = formatMatch(mod.match, { names, priority: mod.priority });
  if (match !== '') parts.push(match);
  if (mod.cookieMask !== 0n) parts.push(`cookie:0x${mod.cookie.toString(16)}/0x${mod.cookieMask.toString(16)}`);
  else if (mod.cookie !== 0n && (mod.modifyCookie || mod.newCookie !== undefined || mod.command === 'add'))
    parts.push(`cookie:0x${mod.cookie.toString(16)}`);
  if (mod.idleTimeout !== 0) parts.push(`idle:${mod.idleTimeout}`);
  if (mod.hardTimeout !== 0) parts.push(`hard:${mod.hardTimeout}`);
  if (mod.importance !== 0) parts.push(`importance:${mod.importance}`);
  if (mod.bufferId !== NO_BUFFER) parts.push(`buf:0x${mod.bufferId.toString(16)}`);
  if (mod.outPort !== OFPP.NONE) parts.push(`out_port:${formatPort(mod.outPort, names)}`);
  if (mod.outGroup !== ANY_GROUP) parts.push(`out_group:${mod.outGroup}`);
  // Implied by every addition of OpenFlow 1.0 and 1.1, where nothing on the wire says it.
  const flags = formatFlowFlags({ ...mod.flags, resetCounts: mod.flags.resetCounts && version > 2 });
  if (flags !== '') parts.push(flags);
  return ` ${parts.join(' ')} actions=${formatInstructions(mod.instructions, { ...names, version })}\n`;
}

function formatPacketOut(
  { body, version }: MessageOf<'packet_out'>,
  { names, verbosity = 0 }: MessagePrintOptions,
): string {
  const actions = formatActions(body.actions, { ...names, version });
  const head = ` in_port=${formatPort(body.inPort, names)} actions=${actions}`;
  if (body.bufferId !== NO_BUFFER) return `${head} buffer=0x${body.bufferId.toString(16).padStart(8, '0')}\n`;
  return `${head} data_len=${body.packet.length}\n${formatData(body.packet, verbosity, names)}`;
}

/** The packet's summary from verbosity 1 on, its bytes from 3 on. */
function formatData(packet: Uint8Array, verbosity: number, names?: Names): string {
  if (verbosity < 1 || packet.length === 0) return '';
  return `${formatPacket(packet, names?.colors)}\n${verbosity > 2 ? hexDump(packet) : ''}`;
}

const PACKET_OUT_TABLE = 0xff;

function formatPacketIn(message: MessageOf<'packet_in'>, { names, verbosity = 0 }: MessagePrintOptions): string {
  const { body, variant } = message;
  const parts: string[] = [];
  if (body.table !== 0 && body.table !== PACKET_OUT_TABLE) parts.push(`table_id=${formatTable(body.table, names)}`);
  const hasCookie = variant !== undefined || message.version >= 4;
  if (body.cookie !== NO_COOKIE && hasCookie) parts.push(`cookie=0x${body.cookie.toString(16)}`);
  parts.push(`total_len=${body.totalLen}`, formatMatch(body.metadata, { names }));
  parts.push(`(via ${PACKET_IN_NAMES[body.reason] ?? body.reason})`, `data_len=${body.packet.length}`);
  parts.push(
    body.totalLen === body.packet.length || body.packet.length < body.totalLen ? '(unbuffered)' : '(***error***)',
  );
  const userdata = body.userdata?.length ? ` userdata=${hexBytes(body.userdata)}\n` : '';
  const continuation = body.continuation ? ` continuation data: ${body.continuation.length} bytes\n` : '';
  return ` ${parts.join(' ')}\n${userdata}${continuation}${formatData(body.packet, verbosity, names)}`;
}

const REMOVED_REASONS = ['idle', 'hard', 'delete', 'group_delete', 'meter_delete', 'eviction'];

function formatFlowRemoved({ body, version }: MessageOf<'flow_removed'>, { names }: MessagePrintOptions): string {
  const match = formatMatch(body.match, { names, priority: body.priority });
  const parts = [match, `reason=${REMOVED_REASONS[body.reason] ?? body.reason}`];
  if (body.table !== 255 && version > 1) parts.push(`table_id=${formatTable(body.table, names)}`);
  if (body.cookie !== 0n) parts.push(`cookie:0x${body.cookie.toString(16)}`);
  parts.push(`duration${formatDuration(body.durationSec, body.durationNsec)}s`, `idle${body.idleTimeout}`);
  if (body.hardTimeout !== 0) parts.push(`hard${body.hardTimeout}`);
  parts.push(`pkts${body.packets}`, `bytes${body.bytes}`);
  return ` ${parts.join(' ')}\n`;
}

const PORT_REASONS = { add: 'ADD', delete: 'DEL', modify: 'MOD' } as const;

function formatPortMod({ body }: MessageOf<'port_mod'>): string {
  const advertise = formatFeatures(body.advertise);
  return (
    ` port: ${formatPort(body.port)}: addr:${formatMacBytes(body.mac)}\n` +
    `     config: ${formatPortConfig(body.config)}\n` +
    `     mask:   ${formatPortConfig(body.mask)}\n` +
    `     advertise: ${advertise === '' ? 'UNCHANGED' : advertise}\n`
  );
}

const MISS_CONFIGS = ['controller', 'continue', 'drop'];

/** What a packet that no flow matches meets, which tables have a setting for in OpenFlow 1.1 and 1.2 only. */
function formatTableMod({ body, version }: MessageOf<'table_mod'>): string {
  const miss = version < 4 ? `, flow_miss_config=${MISS_CONFIGS[body.config & 3] ?? 'Unknown'}` : '';
  return ` table_id=${body.table === 255 ? 'ALL' : body.table}${miss}\n`;
}

function formatRole({ body }: MessageOf<'role_request'> | MessageOf<'role_reply'>): string {
  const generation = body.generationId === undefined ? '' : ` generation_id=${body.generationId}`;
  return ` role=${body.role}${generation}\n`;
}

const BUNDLE_FLAGS: readonly (readonly [number, string])[] = [
  [1, 'atomic'],
  [2, 'ordered'],
];

function bundleFlags(flags: number): string {
  const named = BUNDLE_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  return named.length === 0 ? '0' : named.join(' ');
}

function formatBundleAdd({ body }: MessageOf<'bundle_add'>, options: MessagePrintOptions): string {
  return `\n bundle_id=${body.bundleId} flags=${bundleFlags(body.flags)}\n${formatMessage(body.message, options)}`;
}

const hexWord = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
const formatMasks = (masks: readonly number[]): string => ` masks: ${masks.map(hexWord).join(' ')}\n`;

const PACKET_IN_FORMATS = ['standard', 'nxt_packet_in', 'nxt_packet_in2'];

export const BODIES: BodyPrinters = {
  ...STATS_BODIES,
  hello: ({ body }) => bitmap(body.versions),
  error: formatError,
  echo_request: formatEcho,
  echo_reply: formatEcho,
  features_request: nothing,
  features_reply: formatFeaturesReply,
  get_config_request: nothing,
  get_config_reply: formatConfig,
  set_config: formatConfig,
  packet_in: formatPacketIn,
  packet_out: formatPacketOut,
  flow_removed: formatFlowRemoved,
  port_status: ({ body, version }) => ` ${PORT_REASONS[body.reason]}:${formatPortDesc(body.desc, version)}`,
  port_mod: formatPortMod,
  table_mod: formatTableMod,
  flow_mod: formatFlowMod,
  group_mod: ({ body, version }, { names }) => `\n ${formatGroupMod(body, version, names)}\n`,
  barrier_request: nothing,
  barrier_reply: nothing,
  role_request: formatRole,
  role_reply: formatRole,
  bundle_control: ({ body }) =>
    `\n bundle_id=${body.bundleId} type=${body.type.toUpperCase()} flags=${bundleFlags(body.flags)}\n`,
  bundle_add: formatBundleAdd,
  set_packet_in_format: ({ body }) => ` format=${PACKET_IN_FORMATS[body.format] ?? body.format}\n`,
  set_flow_format: ({ body }) => ` format=${body.format === 0 ? 'openflow10' : 'nxm'}\n`,
  flow_mod_table_id: ({ body }) => ` ${body.set ? 'enable' : 'disable'}\n`,
  flow_age: nothing,
  set_controller_id: ({ body }) => ` id=${body.id}\n`,
  set_async: ({ body }) => formatMasks(body.masks),
  get_async_request: nothing,
  get_async_reply: ({ body }) => formatMasks(body.masks),
  ct_flush: ({ body }) => formatCtFlush(body),
  ct_flush_zone: ({ body }) => ` zone_id=0x${body.zone.toString(16)}\n`,
};
