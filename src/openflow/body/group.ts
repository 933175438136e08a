/**
 * Groups: changing them, and their descriptions, statistics and features. Two layouts: OpenFlow 1.1's, and 1.5's with
 * properties and ids of buckets, which Open vSwitch's own messages for older versions have, too.
 */
import { readActions, writeActions } from '../action-codec.js';
import { encodeContext } from '../actions/wire.js';
import { OpenFlowError } from '../errors.js';
import {
  ALL_GROUPS,
  ANY_GROUP,
  BUCKET_ALL,
  BUCKET_FIRST,
  BUCKET_LAST,
  type Bucket,
  type BucketCounters,
  type GroupDesc,
  type GroupMod,
  type GroupSettings,
  type GroupStats,
  type GroupType,
  MAX_GROUP,
} from '../group-types.js';
import type { MessageBodies, OfVersion } from '../message-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { pad, port32, struct, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF13, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { type BodyContext, type CodecOf, listBody } from './codec.js';
import { readSelection, SELECTION_PROPERTY, writeSelection } from './group-selection.js';

const TYPES: readonly GroupType[] = ['all', 'select', 'indirect', 'ff'];
const ADD_OR_MODIFY = 0x8000;
const COMMANDS: Readonly<Record<number, GroupMod['command']>> = {
  0: 'add',
  1: 'modify',
  2: 'delete',
  3: 'insert_bucket',
  5: 'remove_bucket',
  [ADD_OR_MODIFY]: 'add_or_modify',
};
const COMMAND_NUMBERS = new Map(Object.entries(COMMANDS).map(([number, command]) => [command, Number(number)]));

const WEIGHT = 0;
const WATCH_PORT = 1;
const WATCH_GROUP = 2;

/** Whether the message has the layout of OpenFlow 1.5. */
const isNew = ({ version, variant }: BodyContext): boolean => version >= OF15 || variant === 'nx';

const usualWeight = (type: GroupType): number => (type === 'select' ? 1 : 0);

const MOD = struct({ command: u16, type: u8, _pad: pad(1), group: u32 });
const MOD_15 = struct({ bucketsSize: u16, _pad: pad(2), commandBucket: u32 });

export const groupMod: CodecOf<'group_mod'> = {
  read(r, context): GroupMod {
    const { command: number, type: typeNumber, group } = MOD.read(r);
    const command = COMMANDS[number];
    const type = TYPES[typeNumber];
    const mod: GroupMod = {
      // What they are is said when all has been read.
      command: command ?? 'add',
      type: type ?? 'all',
      group,
      commandBucket: BUCKET_ALL,
      buckets: [],
      selection: null,
    };
    if (isNew(context)) {
      const { bucketsSize, commandBucket } = MOD_15.read(r);
      if (bucketsSize > r.remaining) throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
      mod.commandBucket = commandBucket;
      checkCommandBucket(mod);
      mod.buckets = readBuckets15(r.sub(bucketsSize), context.version, mod.type);
      mod.selection = readGroupProperties(r, mod.type, mod.command);
    } else {
      mod.buckets = readBuckets11(r, context.version);
    }
    if (command === 'delete' && mod.buckets.length > 0 && refusesInDelete(context))
      throw new OpenFlowError('OFPGMFC_INVALID_GROUP');
    if (type === undefined) throw new OpenFlowError('OFPGMFC_BAD_TYPE');
    checkCount(mod);
    if (command === undefined) throw new OpenFlowError('OFPGMFC_BAD_COMMAND');
    checkBuckets(mod);
    return mod;
  },
  write(w, mod, context) {
    MOD.writeWith(w, mod, { command: COMMAND_NUMBERS.get(mod.command)!, type: TYPES.indexOf(mod.type) });
    if (!isNew(context)) return writeBuckets11(w, mod.buckets, context.version);
    const from = w.size;
    MOD_15.write(w, { bucketsSize: 0, commandBucket: mod.commandBucket });
    writeBuckets15(w, mod.buckets, context.version, mod.type);
    w.patch16(from, w.size - from - MOD_15.size);
    writeSelection(w, mod.selection, context.version);
  },
};

/** Only inserting and removing are about one bucket. */
function checkCommandBucket({ command, commandBucket: id }: GroupMod): void {
  const isOne = id <= MAX_GROUP || id === BUCKET_FIRST || id === BUCKET_LAST;
  const isValid = command === 'insert_bucket' ? isOne : id === BUCKET_ALL || (command === 'remove_bucket' && isOne);
  if (!isValid) throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
}

/** OpenFlow 1.3 says so; Open vSwitch forgets it in 1.5's layout. */
const refusesInDelete = (context: BodyContext): boolean => context.version >= OF13 && !isNew(context);

function checkCount({ command, type, buckets }: GroupMod): void {
  if (type === 'indirect' && buckets.length !== 1 && command !== 'delete')
    throw new OpenFlowError('OFPGMFC_INVALID_GROUP');
}

/** What is wrong with buckets whatever groups there are. */
function checkBuckets({ command, type, buckets }: GroupMod): void {
  if (command === 'remove_bucket' && buckets.length > 0) throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
  if (command === 'insert_bucket') return;
  for (const bucket of buckets) {
    const watches = bucket.watchPort !== null || bucket.watchGroup !== ANY_GROUP;
    if (bucket.weight !== 0 && type !== 'select') throw new OpenFlowError('OFPGMFC_INVALID_GROUP');
    if (type === 'ff' && !watches) throw new OpenFlowError('OFPGMFC_INVALID_GROUP');
    if ((type === 'all' || type === 'indirect') && watches) throw new OpenFlowError('OFPGMFC_WATCH_UNSUPPORTED');
  }
}

function readGroupProperties(r: Reader, type: GroupType, command: GroupMod['command']): GroupSettings['selection'] {
  let selection: GroupSettings['selection'] = null;
  readProperties(r.sub(r.remaining, 'OFPBPC_BAD_LEN'), 'OFPBPC_BAD_TYPE', {
    [SELECTION_PROPERTY]: (p) => {
      selection = readSelection(p, type, command === 'add' || command === 'modify' || command === 'add_or_modify');
    },
  });
  return selection;
}

const PORT_ANY = 0xffffffff;
/** `watch_port` of no port: null here, all ones on the wire. */
const watchPort = {
  size: 4,
  load: (r: Reader): number | null => {
    if (r.view.getUint32(r.pos) !== PORT_ANY) return port32.load(r);
    r.pos += 4;
    return null;
  },
  store: (w: Writer, port: number | null): void => (port === null ? w.u32(PORT_ANY) : port32.store(w, port)),
};

const BUCKET_11 = struct({ size: u16, weight: u16, watchPort, watchGroup: u32, _pad: pad(4) });

function readBuckets11(r: Reader, version: OfVersion): Bucket[] {
  const buckets: Bucket[] = [];
  while (r.remaining > 0) {
    const { size, weight, watchPort, watchGroup } = BUCKET_11.read(r);
    if (size < BUCKET_11.size || size % 8 !== 0 || size - BUCKET_11.size > r.remaining)
      throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
    const actions = readBucketActions(r, size - BUCKET_11.size, version);
    buckets.push({ id: buckets.length, weight, watchPort, watchGroup, actions });
  }
  return buckets;
}

const readBucketActions = (r: Reader, size: number, version: OfVersion): Bucket['actions'] =>
  readActions(r.sub(size, 'OFPBAC_BAD_LEN'), { version, outer: null });

function writeBuckets11(w: Writer, buckets: readonly Bucket[], version: OfVersion): void {
  for (const bucket of buckets) {
    const from = w.size;
    BUCKET_11.writeWith(w, bucket, { size: 0 });
    writeActions(w, bucket.actions, encodeContext(version));
    w.patchSize(from, from);
  }
}

const BUCKET_15 = struct({ size: u16, actionsSize: u16, id: u32 });

function readBuckets15(r: Reader, version: OfVersion, type: GroupType): Bucket[] {
  const buckets: Bucket[] = [];
  while (r.remaining > 0) {
    const { size, actionsSize, id } = BUCKET_15.read(r);
    if (size < BUCKET_15.size || size % 8 !== 0 || size - BUCKET_15.size > r.remaining)
      throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
    const body = r.sub(size - BUCKET_15.size, 'OFPGMFC_BAD_BUCKET');
    const actions = readBucketActions(body, actionsSize, version);
    const bucket: Bucket = { id, weight: usualWeight(type), watchPort: null, watchGroup: ANY_GROUP, actions };
    readBucketProperties(body, bucket);
    if (id > MAX_GROUP || buckets.some((other) => other.id === id)) throw new OpenFlowError('OFPGMFC_BAD_BUCKET');
    buckets.push(bucket);
  }
  return buckets;
}

function readBucketProperties(body: Reader, bucket: Bucket): void {
  readProperties(body, 'OFPBPC_BAD_TYPE', {
    [WEIGHT]: (p) => {
      bucket.weight = p.u16();
    },
    [WATCH_PORT]: (p) => {
      p.need(watchPort.size);
      bucket.watchPort = watchPort.load(p);
    },
    [WATCH_GROUP]: (p) => {
      bucket.watchGroup = p.u32();
    },
  });
}

function writeBuckets15(w: Writer, buckets: readonly Bucket[], version: OfVersion, type: GroupType): void {
  for (const bucket of buckets) {
    const from = w.size;
    BUCKET_15.writeWith(w, bucket, { size: 0, actionsSize: 0 });
    writeActions(w, bucket.actions, encodeContext(version));
    w.patch16(from + 2, w.size - from - BUCKET_15.size);
    if (type === 'select') writeProperty(w, WEIGHT, () => writeWeight(w, bucket.weight));
    if (bucket.watchPort !== null) writeProperty(w, WATCH_PORT, () => watchPort.store(w, bucket.watchPort));
    if (bucket.watchGroup !== ANY_GROUP) writeProperty(w, WATCH_GROUP, () => w.u32(bucket.watchGroup));
    w.patchSize(from, from);
  }
}

function writeWeight(w: Writer, weight: number): void {
  w.u16(weight);
  w.zeros(2);
}

const ONE_GROUP = struct({ group: u32, _pad: pad(4) });

export const groupRequest: CodecOf<'group_stats_request'> = {
  read: (r) => ONE_GROUP.read(r),
  write: (w, body) => ONE_GROUP.write(w, body),
};

/** Before 1.5 descriptions are of all groups; Open vSwitch's own message names one. */
export const groupDescRequest: CodecOf<'group_desc_request'> = {
  read: (r, context) => (isNew(context) ? ONE_GROUP.read(r) : { group: ALL_GROUPS }),
  write: (w, body, context) => {
    if (isNew(context)) ONE_GROUP.write(w, body);
  },
};

const DESC_11 = struct({ size: u16, type: u8, _pad: pad(1), group: u32 });
const DESC_15 = struct({ bucketsSize: u16, _pad: pad(6) });

function readDesc(r: Reader, context: BodyContext): GroupDesc {
  const { size, type: typeNumber, group } = DESC_11.read(r);
  const type = TYPES[typeNumber];
  if (type === undefined || size < DESC_11.size || size - DESC_11.size > r.remaining)
    throw new OpenFlowError('OFPBRC_BAD_LEN');
  const body = r.sub(size - DESC_11.size);
  if (!isNew(context)) return { group, type, selection: null, buckets: readBuckets11(body, context.version) };
  const { bucketsSize } = DESC_15.read(body);
  const buckets = readBuckets15(body.sub(bucketsSize), context.version, type);
  return { group, type, buckets, selection: readGroupProperties(body, type, 'add') };
}

function writeDesc(w: Writer, desc: GroupDesc, context: BodyContext): void {
  const from = w.size;
  DESC_11.writeWith(w, desc, { size: 0, type: TYPES.indexOf(desc.type) });
  if (isNew(context)) {
    DESC_15.write(w, { bucketsSize: 0 });
    const bucketsAt = w.size;
    writeBuckets15(w, desc.buckets, context.version, desc.type);
    w.patch16(from + DESC_11.size, w.size - bucketsAt);
    writeSelection(w, desc.selection, context.version);
  } else writeBuckets11(w, desc.buckets, context.version);
  w.patchSize(from, from);
}

export const groupDescReply: CodecOf<'group_desc_reply'> = listBody('groups', readDesc, writeDesc);

const STATS = struct({ size: u16, _pad: pad(2), group: u32, references: u32, _pad2: pad(4), packets: u64, bytes: u64 });
const DURATION = struct({ durationSec: u32, durationNsec: u32 });
const COUNTERS = struct({ packets: u64, bytes: u64 });

/** OpenFlow 1.3 brought the duration; Open vSwitch's own message has it. */
const hasDuration = ({ version }: BodyContext): boolean => version === OF10 || version >= OF13;

function readStats(r: Reader, context: BodyContext): GroupStats {
  const { size, ...head } = STATS.read(r);
  const duration = hasDuration(context) ? DURATION.read(r) : { durationSec: 0xffffffff, durationNsec: 0xffffffff };
  const used = STATS.size + (hasDuration(context) ? DURATION.size : 0);
  if (size < used || (size - used) % COUNTERS.size !== 0) throw new OpenFlowError('OFPBRC_BAD_LEN');
  const body = r.sub(size - used);
  const buckets: BucketCounters[] = [];
  while (body.remaining > 0) buckets.push(COUNTERS.read(body));
  return { ...head, ...duration, buckets };
}

function writeStats(w: Writer, stats: GroupStats, context: BodyContext): void {
  const from = w.size;
  STATS.writeWith(w, stats, { size: 0 });
  if (hasDuration(context)) DURATION.write(w, stats);
  for (const bucket of stats.buckets) COUNTERS.write(w, bucket);
  w.patchSize(from, from);
}

export const groupStatsReply: CodecOf<'group_stats_reply'> = listBody('groups', readStats, writeStats);

const KINDS = [0, 1, 2, 3] as const;

/** For each type of group how many there may be, and the numbers of actions as bits. */
export const groupFeaturesReply: CodecOf<'group_features_reply'> = {
  read(r): MessageBodies['group_features_reply'] {
    const types = r.u32();
    const capabilities = r.u32();
    return { types, capabilities, maxGroups: KINDS.map(() => r.u32()), actions: KINDS.map(() => r.u32()) };
  },
  write(w, { types, capabilities, maxGroups, actions }) {
    for (const value of [types, capabilities, ...maxGroups, ...actions]) w.u32(value);
  },
};
