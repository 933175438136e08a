/** Multipart requests and replies as ovs-ofctl prints them. */

import { OFPP } from '../openflow/action-types.js';
import type { GroupStats } from '../openflow/group-types.js';
import { ANY_GROUP } from '../openflow/group-types.js';
import type {
  FlowStatsRequest,
  MessageName,
  MessageOf,
  PortStatsEntry,
  TableStatsEntry,
} from '../openflow/message-types.js';
import { formatDuration, formatFlowStats } from './flow.js';
import { formatGroup, formatGroupId } from './group.js';
import { formatMatch } from './match.js';
import type { BodyPrinter, MessagePrintOptions } from './message.js';
import { formatPort, formatTable, type Names } from './names.js';
import { formatPortDescs } from './port.js';
import { QUEUE_BODIES } from './queue.js';

type StatsName = Extract<
  MessageName,
  `${'desc' | 'group_stats' | 'group_desc' | 'group_features' | 'flow_stats' | 'aggregate' | 'table_stats' | 'table_desc' | 'table_features' | 'port_stats' | 'port_desc' | 'queue_stats' | 'queue_desc'}_${string}`
>;

const UNKNOWN = (1n << 64n) - 1n;

const empty = (): string => '\n';

function formatDesc({ body }: MessageOf<'desc_reply'>): string {
  return (
    `\nManufacturer: ${body.manufacturer}\nHardware: ${body.hardware}\nSoftware: ${body.software}\n` +
    `Serial Num: ${body.serial}\nDP Description: ${body.datapath}\n`
  );
}

function formatSelection({ body }: { body: FlowStatsRequest }, { names }: MessagePrintOptions): string {
  const parts: string[] = [];
  if (body.table !== 255) parts.push(`table=${formatTable(body.table, names)}`);
  if (body.outPort !== OFPP.NONE) parts.push(`out_port=${formatPort(body.outPort, names)}`);
  if (body.outGroup !== ANY_GROUP) parts.push(`out_group=${body.outGroup}`);
  const match = formatMatch(body.match, { names });
  if (match !== '') parts.push(match);
  return parts.length === 0 ? '\n' : ` ${parts.join(' ')}\n`;
}

function formatFlows({ body, version }: MessageOf<'flow_stats_reply'>, { names }: MessagePrintOptions): string {
  return `\n${body.flows.map((flow) => `${formatFlowStats(flow, { names: { ...names, version } })}\n`).join('')}`;
}

function formatAggregate({ body }: MessageOf<'aggregate_reply'>): string {
  return ` packet_count=${body.packets} byte_count=${body.bytes} flow_count=${body.flows}\n`;
}

/** One table's block, without its number: equal ones that follow each other are told once. */
function tableBlock(entry: TableStatsEntry, isFirst: boolean, isOf10: boolean): string {
  const counters = `    active=${entry.activeCount}, lookup=${entry.lookupCount}, matched=${entry.matchedCount}\n`;
  if (!isOf10) return counters;
  return counters + (isFirst ? `    max_entries=${entry.maxEntries}\n${OF10_MATCHING}` : '    (same features)\n');
}

const OF10_MATCHING =
  '    matching:\n      exact match or wildcard: in_port eth_{src,dst,type} vlan_{vid,pcp} ip_{src,dst} nw_{proto,tos} tcp_{src,dst}\n';

const sameTable = (a: TableStatsEntry, b: TableStatsEntry): boolean =>
  a.activeCount === b.activeCount && a.lookupCount === b.lookupCount && a.matchedCount === b.matchedCount;

function formatTables({ body, version }: MessageOf<'table_stats_reply'>, { names }: MessagePrintOptions): string {
  let text = '\n';
  for (let i = 0; i < body.tables.length; ) {
    const entry = body.tables[i]!;
    const previous = body.tables[i - 1];
    let end = i + 1;
    if (previous !== undefined && sameTable(entry, previous)) {
      while (end < body.tables.length && sameTable(body.tables[end]!, entry)) end++;
      text += ditto(entry, body.tables[end - 1]!, names);
    } else {
      text += `  table ${tableWord(entry, names)}:\n${tableBlock(entry, i === 0, version === 1)}\n`;
    }
    i = end;
  }
  return text.replace(/\n\n$/, '\n');
}

function ditto(first: TableStatsEntry, last: TableStatsEntry, names: Names | undefined): string {
  const which =
    first === last
      ? `table ${tableWord(first, names)}`
      : `tables ${tableWord(first, names)}...${tableWord(last, names)}`;
  return `  ${which}: ditto\n\n`;
}

function tableWord({ table, name }: TableStatsEntry, names: Names | undefined): string {
  const text = formatTable(table, names);
  return name === '' || text !== String(table) || name === `table${table}` ? text : `${text} ("${name}")`;
}

function formatTableDescs({ body }: MessageOf<'table_desc_reply'>, { names }: MessagePrintOptions): string {
  const block = (table: number): string =>
    `  table ${formatTable(table, names)}:\n   eviction=off eviction_flags=OTHER|IMPORTANCE|LIFETIME\n   vacancy=off\n`;
  return `\n${body.tables.map(({ table }) => block(table)).join('\n')}`;
}

function formatTableFeatures({ body }: MessageOf<'table_features_reply'>): string {
  const block = ({ table, name, maxEntries }: (typeof body.tables)[number]): string =>
    `  table ${table}${name === '' ? '' : ` ("${name}")`}:\n    max_entries=${maxEntries}\n`;
  return `\n${body.tables.map(block).join('\n')}`;
}

function formatGroupStats({ group, references, packets, bytes, buckets, ...at }: GroupStats): string {
  const hasDuration = at.durationSec !== 0xffffffff;
  const duration = hasDuration ? `duration=${formatDuration(at.durationSec, at.durationNsec)}s,` : '';
  const counters = buckets.map((bucket, i) => `,bucket${i}:packet_count=${bucket.packets},byte_count=${bucket.bytes}`);
  return `group_id=${group},${duration}ref_count=${references},packet_count=${packets},byte_count=${bytes}${counters.join('')}`;
}

const GROUP_TYPE_NAMES = ['all', 'select', 'indirect', 'fast failover'];
/** Names of actions in the order they are printed, with their bits in 1.0, 1.1 and later: -1 where they have none. */
const ACTION_BITS: readonly (readonly [name: string, of10: number, of11: number, of12: number])[] = [
  ['output', 0, 0, 0],
  ['group', -1, 22, 22],
  ['enqueue', 11, -1, -1],
  ['set_field', -1, -1, 25],
  ['set_vlan_vid', 1, 1, -1],
  ['set_vlan_pcp', 2, 2, -1],
  ['strip_vlan', 3, 18, 18],
  ['push_vlan', -1, 17, 17],
  ['mod_dl_src', 4, 3, -1],
  ['mod_dl_dst', 5, 4, -1],
  ['mod_nw_src', 6, 5, -1],
  ['mod_nw_dst', 7, 6, -1],
  ['mod_nw_tos', 8, 7, -1],
  ['mod_nw_ecn', -1, 8, -1],
  ['mod_nw_ttl', -1, 23, 23],
  ['mod_tp_src', 9, 9, -1],
  ['mod_tp_dst', 10, 10, -1],
  ['dec_ttl', -1, 24, 24],
  ['set_mpls_label', -1, 13, -1],
  ['set_mpls_tc', -1, 14, -1],
  ['set_mpls_ttl', -1, 15, 15],
  ['dec_mpls_ttl', -1, 16, 16],
  ['push_mpls', -1, 19, 19],
  ['pop_mpls', -1, 20, 20],
  ['set_queue', -1, 21, 21],
];

function actionNames(bits: number, version: number): string {
  const column = version === 1 ? 1 : version === 2 ? 2 : 3;
  const isSet = (bit: number): boolean => bit >= 0 && ((bits >>> bit) & 1) === 1;
  return ACTION_BITS.filter((row) => isSet(row[column]))
    .map(([name]) => name)
    .join(' ');
}

function formatGroupFeatures({ body, version }: MessageOf<'group_features_reply'>): string {
  const head = `\n Group table:\n    Types:  0x${body.types.toString(16)}\n    Capabilities:  0x${body.capabilities.toString(16)}\n`;
  const blocks = GROUP_TYPE_NAMES.map((name, i) =>
    ((body.types >>> i) & 1) === 0
      ? ''
      : `    ${name} group:\n       max_groups=0x${body.maxGroups[i]!.toString(16)}\n       actions: ${actionNames(body.actions[i]!, version)}\n`,
  );
  return head + blocks.join('');
}

const count = (value: bigint): string => (value === UNKNOWN ? '?' : String(value));

function formatPortStats(entry: PortStatsEntry, names: Names | undefined, version: number): string {
  const port = formatPort(entry.port, names);
  const rx = [
    `rx pkts=${count(entry.rxPackets)}`,
    `bytes=${count(entry.rxBytes)}`,
    `drop=${count(entry.rxDropped)}`,
    `errs=${count(entry.rxErrors)}`,
    `frame=${count(entry.rxFrameErrors)}`,
    `over=${count(entry.rxOverErrors)}`,
    `crc=${count(entry.rxCrcErrors)}`,
  ];
  const tx = [
    `tx pkts=${count(entry.txPackets)}`,
    `bytes=${count(entry.txBytes)}`,
    `drop=${count(entry.txDropped)}`,
    `errs=${count(entry.txErrors)}`,
    `coll=${count(entry.collisions)}`,
  ];
  const duration =
    version < 4 || entry.durationSec === 0xffffffff
      ? ''
      : `           duration=${formatDuration(entry.durationSec, entry.durationNsec)}s\n`;
  return `  port ${port.padStart(2)}: ${rx.join(', ')}\n           ${tx.join(', ')}\n${duration}`;
}

function formatPorts({ body, version }: MessageOf<'port_stats_reply'>, { names }: MessagePrintOptions): string {
  return ` ${body.ports.length} ports\n${body.ports.map((entry) => formatPortStats(entry, names, version)).join('')}`;
}

const formatPortRequest = ({ body }: { body: { port: number } }, { names }: MessagePrintOptions): string =>
  ` port_no=${formatPort(body.port, names)}\n`;

export const STATS_BODIES: { [N in StatsName]: BodyPrinter<N> } = {
  desc_request: empty,
  desc_reply: formatDesc,
  flow_stats_request: formatSelection,
  flow_stats_reply: formatFlows,
  aggregate_request: formatSelection,
  aggregate_reply: formatAggregate,
  group_stats_request: ({ body }) => ` group_id=${formatGroupId(body.group)}\n`,
  group_stats_reply: ({ body }) => `\n${body.groups.map((group) => ` ${formatGroupStats(group)}\n`).join('')}`,
  group_desc_request: ({ body }) => ` group_id=${formatGroupId(body.group)}\n`,
  group_desc_reply: ({ body, version }, { names }) =>
    `\n${body.groups.map((group) => ` ${formatGroup(group, version, names)}\n`).join('')}`,
  group_features_request: empty,
  group_features_reply: formatGroupFeatures,
  table_stats_request: empty,
  table_stats_reply: formatTables,
  table_desc_request: empty,
  table_desc_reply: formatTableDescs,
  table_features_request: empty,
  table_features_reply: formatTableFeatures,
  port_stats_request: formatPortRequest,
  port_stats_reply: formatPorts,
  ...QUEUE_BODIES,
  port_desc_request: ({ body }, { names }) => ` port=${formatPort(body.port, names)}\n`,
  port_desc_reply: ({ body, version }) => `\n${formatPortDescs(body.ports, version)}`,
};
