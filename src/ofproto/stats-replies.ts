/**
 * Answers that are lists: flows, ports, tables. They come in parts, each made when the one before is on its way, so that a
 * dump of a million flows needs memory for one part. A null is no part: work goes on, and packets may flow meanwhile.
 */
import { OFPP } from '../openflow/action-types.js';
import { MAX_GROUP } from '../openflow/group-types.js';
import type { FlowStats, MessageBodies, PortDesc, PortStatsEntry } from '../openflow/message-types.js';
import { standardActions } from '../openflow/standard-actions.js';
import { selectInSteps } from './flow-query.js';
import { groupsOf } from './groups.js';
import type { Ofproto } from './ofproto.js';
import type { PortEntry } from './ports.js';
import { MAX_RULES, VISIBLE_TABLES } from './table.js';

/** Entries of one part: an encoded flow is some hundred bytes, a part 64 kB at most (the codec cuts further if need be). */
const PART_ENTRIES = 200;

export function* flowStats(
  ofproto: Ofproto,
  request: MessageBodies['flow_stats_request'],
  now: number,
): Generator<MessageBodies['flow_stats_reply'] | null> {
  if (ofproto.provider !== null) yield* ofproto.provider.pushStatsInSteps();
  let flows: FlowStats[] = [];
  for (const rule of selectInSteps(ofproto, request)) {
    if (rule === null) {
      yield null;
      continue;
    }
    if (flows.length === PART_ENTRIES) {
      yield { flows, more: true };
      flows = [];
    }
    flows.push(rule.stats(now));
  }
  yield { flows, more: false };
}

export function* aggregate(
  ofproto: Ofproto,
  request: MessageBodies['aggregate_request'],
): Generator<MessageBodies['aggregate_reply'] | null> {
  if (ofproto.provider !== null) yield* ofproto.provider.pushStatsInSteps();
  let packets = 0;
  let bytes = 0;
  let flows = 0;
  for (const rule of selectInSteps(ofproto, request)) {
    if (rule === null) {
      yield null;
      continue;
    }
    flows++;
    packets += rule.packets;
    bytes += rule.bytes;
  }
  yield { packets: BigInt(packets), bytes: BigInt(bytes), flows };
}

export function tableStats(ofproto: Ofproto): MessageBodies['table_stats_reply'] {
  ofproto.provider?.pushStats();
  const tables = ofproto.tables.slice(0, VISIBLE_TABLES).map(({ id, name, visibleSize, lookups, matches }) => ({
    table: id,
    name,
    maxEntries: MAX_RULES,
    activeCount: visibleSize,
    lookupCount: BigInt(lookups),
    matchedCount: BigInt(matches),
  }));
  return { tables, more: false };
}

export function* groupStats(
  ofproto: Ofproto,
  group: number,
  now: number,
): Generator<MessageBodies['group_stats_reply']> {
  ofproto.provider?.pushStats();
  const references = countReferences(ofproto);
  for (const { entries, more } of parts(ofproto.groups.select(group)))
    yield { groups: entries.map((entry) => entry.stats(references.get(entry.id) ?? 0, now)), more };
}

/** How many flows send packets to each group. */
function countReferences(ofproto: Ofproto): Map<number, number> {
  const counts = new Map<number, number>();
  for (const table of ofproto.tables)
    for (const rule of table)
      for (const id of new Set(groupsOf(rule.instructions))) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

export function* groupDescs(ofproto: Ofproto, group: number): Generator<MessageBodies['group_desc_reply']> {
  for (const { entries, more } of parts(ofproto.groups.select(group)))
    yield { groups: entries.map((entry) => entry.describe()), more };
}

/** All four types; weights of buckets, liveness and chaining. */
const GROUP_TYPES = 0xf;
const GROUP_CAPABILITIES = 7;

export function groupFeatures(version: number): MessageBodies['group_features_reply'] {
  return {
    types: GROUP_TYPES,
    capabilities: GROUP_CAPABILITIES,
    maxGroups: Array.from({ length: 4 }, () => MAX_GROUP),
    actions: Array.from({ length: 4 }, () => standardActions(version)),
  };
}

export function* tableFeatures(ofproto: Ofproto): Generator<MessageBodies['table_features_reply']> {
  const tables = ofproto.tables.slice(0, VISIBLE_TABLES);
  for (const { entries, more } of parts(tables)) {
    yield { tables: entries.map(({ id, name }) => ({ table: id, name, maxEntries: MAX_RULES })), more };
  }
}

export function tableDesc(ofproto: Ofproto): MessageBodies['table_desc_reply'] {
  const tables = ofproto.tables.slice(0, VISIBLE_TABLES).map(({ id }) => ({ table: id, config: 0 }));
  return { tables, more: false };
}

export function* portDescs(ofproto: Ofproto, port: number): Generator<MessageBodies['port_desc_reply']> {
  for (const { entries, more } of parts(portsAsked(ofproto, port)))
    yield { ports: entries.map(({ desc }) => desc), more };
}

export function* portStats(ofproto: Ofproto, port: number, now: number): Generator<MessageBodies['port_stats_reply']> {
  ofproto.provider?.pushStats();
  for (const { entries, more } of parts(portsAsked(ofproto, port))) {
    yield { ports: entries.map((entry) => statsOf(ofproto, entry, now)), more };
  }
}

export const allPorts = (ofproto: Ofproto): PortDesc[] => portsAsked(ofproto, OFPP.NONE).map(({ desc }) => desc);

/** The port of that number, or with OFPP_NONE all of them, the local one first: so does Open vSwitch. */
export function portsAsked(ofproto: Ofproto, port: number): PortEntry[] {
  if (port === OFPP.NONE) {
    const all = ofproto.ports.list();
    const isLocal = ({ desc }: PortEntry): boolean => desc.port === OFPP.LOCAL;
    return [...all.filter(isLocal), ...all.filter((entry) => !isLocal(entry))];
  }
  const entry = ofproto.ports.entry(port);
  return entry === null ? [] : [entry];
}

function statsOf(ofproto: Ofproto, { desc, createdMs }: PortEntry, now: number): PortStatsEntry {
  const age = Math.max(0, now - createdMs);
  const counters = ofproto.provider?.portStats(desc.port) ?? unknownStats(desc.port);
  return { ...counters, durationSec: Math.floor(age / 1000), durationNsec: Math.floor((age % 1000) * 1e6) };
}

/** A counter that nobody keeps. */
export const UNKNOWN = 0xffff_ffff_ffff_ffffn;

const unknownStats = (port: number): PortStatsEntry => ({
  port,
  rxPackets: UNKNOWN,
  txPackets: UNKNOWN,
  rxBytes: UNKNOWN,
  txBytes: UNKNOWN,
  rxDropped: UNKNOWN,
  txDropped: UNKNOWN,
  rxErrors: UNKNOWN,
  txErrors: UNKNOWN,
  rxFrameErrors: UNKNOWN,
  rxOverErrors: UNKNOWN,
  rxCrcErrors: UNKNOWN,
  collisions: UNKNOWN,
  durationSec: 0,
  durationNsec: 0,
});

/** One empty part if there is nothing: even then there is an answer. */
export function* parts<T>(entries: readonly T[]): Generator<{ entries: T[]; more: boolean }> {
  let from = 0;
  do {
    const to = from + PART_ENTRIES;
    yield { entries: entries.slice(from, to), more: to < entries.length };
    from = to;
  } while (from < entries.length);
}
