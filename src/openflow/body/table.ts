/** Flow tables: statistics, description, features, modification. */
import { OpenFlowError } from '../errors.js';
import type { MessageBodies, TableStatsEntry } from '../message-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { standardActions } from '../standard-actions.js';
import { pad, struct, text, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF11, OF12, OF13, OF14 } from '../version.js';
import type { Writer } from '../writer.js';
import { type BodyContext, type CodecOf, listBody } from './codec.js';
import { instructionsOf, writeTableProperties } from './table-properties.js';

const NAME = text(32);
const COUNTERS = { activeCount: u32, lookupCount: u64, matchedCount: u64 };

/** 1.0 to 1.2 say in statistics what tables can do: bits of fields, instructions and actions, the same for all tables but the last. */
const STATS_10 = struct({ table: u8, _pad: pad(3), name: NAME, wildcards: u32, maxEntries: u32, ...COUNTERS });
const CAN_10 = { wildcards: 0x003fffff };

const STATS_11 = struct({
  table: u8,
  _pad: pad(7),
  name: NAME,
  wildcards: u32,
  match: u32,
  instructions: u32,
  writeActions: u32,
  applyActions: u32,
  config: u32,
  maxEntries: u32,
  ...COUNTERS,
});
const CAN_11 = {
  wildcards: 0xfbff,
  match: 0xfbff,
  writeActions: standardActions(OF11),
  applyActions: standardActions(OF11),
  config: 0,
};

const STATS_12 = struct({
  table: u8,
  _pad: pad(7),
  name: NAME,
  match: u64,
  wildcards: u64,
  writeActions: u32,
  applyActions: u32,
  writeSetFields: u64,
  applySetFields: u64,
  metadataMatch: u64,
  metadataWrite: u64,
  instructions: u32,
  config: u32,
  maxEntries: u32,
  ...COUNTERS,
});
const ALL_BITS = 0xffffffffffffffffn;
const CAN_12 = {
  match: 0x101ffffffffdn,
  wildcards: 0x101ffffffffdn,
  writeActions: standardActions(OF12),
  applyActions: standardActions(OF12),
  writeSetFields: 0xffffffbddn,
  applySetFields: 0xffffffbddn,
  metadataMatch: ALL_BITS,
  metadataWrite: ALL_BITS,
  config: 0,
};

const STATS_13 = struct({ table: u8, _pad: pad(3), ...COUNTERS });

function readStats(r: Reader, { version }: BodyContext): TableStatsEntry {
  if (version >= OF13) return { ...STATS_13.read(r), name: '', maxEntries: 0 };
  const codec = version === OF10 ? STATS_10 : version === OF11 ? STATS_11 : STATS_12;
  const { table, name, maxEntries, activeCount, lookupCount, matchedCount } = codec.read(r);
  return { table, name, maxEntries, activeCount, lookupCount, matchedCount };
}

function writeStats(w: Writer, stats: TableStatsEntry, { version }: BodyContext): void {
  const instructions = instructionsOf(stats.table).reduce((bits, type) => bits | (1 << type), 0);
  if (version === OF10) STATS_10.writeWith(w, stats, CAN_10);
  else if (version === OF11) STATS_11.writeWith(w, stats, { ...CAN_11, instructions });
  else if (version === OF12) STATS_12.writeWith(w, stats, { ...CAN_12, instructions });
  else STATS_13.write(w, stats);
}

export const tableStatsReply: CodecOf<'table_stats_reply'> = listBody('tables', readStats, writeStats);

type TableDesc = MessageBodies['table_desc_reply']['tables'][number];

const DESC = struct({ size: u16, table: u8, _pad: pad(1), config: u32 });
const EVICTION = 2;
/** Other, importance and lifetime: by what flows would be chosen. */
const EVICTION_FLAGS = 7;

function readDesc(r: Reader): TableDesc {
  const { size, table, config } = DESC.read(r);
  if (size < DESC.size || size - DESC.size > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  readProperties(r.sub(size - DESC.size), null, {});
  return { table, config };
}

function writeDesc(w: Writer, desc: TableDesc): void {
  const from = w.size;
  DESC.writeWith(w, desc, { size: 0 });
  writeProperty(w, EVICTION, () => w.u32(EVICTION_FLAGS));
  w.patchSize(from, from);
}

export const tableDescReply: CodecOf<'table_desc_reply'> = listBody('tables', readDesc, writeDesc);

type TableFeatures = MessageBodies['table_features_reply']['tables'][number];

const FEATURES = struct({
  size: u16,
  table: u8,
  _pad: pad(5),
  name: NAME,
  metadataMatch: u64,
  metadataWrite: u64,
  config: u32,
  maxEntries: u32,
});

/** What a table can do is said, but not kept: it is the same for all tables of a switch. */
function readFeatures(r: Reader): TableFeatures {
  const { size, table, name, maxEntries } = FEATURES.read(r);
  if (size < FEATURES.size || size - FEATURES.size > r.remaining) throw new OpenFlowError('OFPBPC_BAD_LEN');
  r.skip(size - FEATURES.size);
  return { table, name, maxEntries };
}

function writeFeatures(w: Writer, features: TableFeatures, { version }: BodyContext): void {
  const from = w.size;
  FEATURES.writeWith(w, features, { size: 0, metadataMatch: ALL_BITS, metadataWrite: ALL_BITS, config: 0 });
  writeTableProperties(w, features.table, version);
  w.patchSize(from, from);
}

export const tableFeaturesReply: CodecOf<'table_features_reply'> = listBody('tables', readFeatures, writeFeatures);

const MOD = struct({ table: u8, _pad: pad(3), config: u32 });

export const tableMod: CodecOf<'table_mod'> = {
  read(r, { version }) {
    const mod = MOD.read(r);
    if (version >= OF14) readProperties(r, 'OFPTMFC_BAD_CONFIG', { [EVICTION]: () => {}, 3: () => {} });
    return mod;
  },
  write: (w, body) => MOD.write(w, body),
};
