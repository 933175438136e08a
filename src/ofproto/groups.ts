/**
 * The groups of a switch. Changing a group replaces its buckets and starts its counters anew, as in Open vSwitch; whoever
 * holds a bucket to add packets to it therefore never counts for another. Groups may name groups that do not exist, or
 * each other: packets sent there are dropped, and loops end at the limit of the translation's depth.
 */
import type { Action, Instruction } from '../openflow/action-types.js';
import type { ErrorName } from '../openflow/errors.js';
import {
  ALL_GROUPS,
  ANY_GROUP,
  BUCKET_ALL,
  BUCKET_FIRST,
  BUCKET_LAST,
  type Bucket,
  type GroupDesc,
  type GroupMod,
  type GroupStats,
  type GroupType,
  MAX_GROUP,
  type Selection,
} from '../openflow/group-types.js';

/** Groups of a switch, and buckets of a group: bounds on memory far above what programs use. */
export const MAX_GROUPS = 1 << 16;
const MAX_BUCKETS = 4096;

export interface CountedBucket extends Bucket {
  packets: number;
  bytes: number;
}

/** A group with its counters. Modifying one makes another object. */
export class Group {
  packets = 0;
  bytes = 0;
  readonly buckets: readonly CountedBucket[];

  constructor(
    readonly id: number,
    readonly type: GroupType,
    buckets: readonly Bucket[],
    readonly selection: Selection | null,
    readonly createdMs: number,
  ) {
    this.buckets = buckets.map((bucket) => ({ ...bucket, packets: 0, bytes: 0 }));
  }

  /** Packets have gone through the bucket; through all of them if it is null. */
  addStats(bucket: CountedBucket | null, packets: number, bytes: number): void {
    this.packets += packets;
    this.bytes += bytes;
    for (const each of bucket === null ? this.buckets : [bucket]) {
      each.packets += packets;
      each.bytes += bytes;
    }
  }

  describe(): GroupDesc {
    const { id, type, buckets, selection } = this;
    return { group: id, type, buckets: [...buckets], selection };
  }

  stats(references: number, now: number): GroupStats {
    const age = Math.max(0, now - this.createdMs);
    return {
      group: this.id,
      references,
      packets: BigInt(this.packets),
      bytes: BigInt(this.bytes),
      durationSec: Math.floor(age / 1000),
      durationNsec: Math.floor(age % 1000) * 1e6,
      buckets: this.buckets.map(({ packets, bytes }) => ({ packets: BigInt(packets), bytes: BigInt(bytes) })),
    };
  }
}

/** What a group-mod does to one group: `after` is null where it goes, `before` where it is new. */
export interface GroupChange {
  id: number;
  before: Group | null;
  after: Group | null;
}

/** The groups of one switch, by number. */
export class GroupTable {
  private readonly groups = new Map<number, Group>();

  get(id: number): Group | null {
    return this.groups.get(id) ?? null;
  }

  has(id: number): boolean {
    return this.groups.has(id);
  }

  /** The group of that number, or all of them. */
  select(id: number): Group[] {
    if (id === ALL_GROUPS || id === ANY_GROUP) return [...this.groups.values()];
    const group = this.get(id);
    return group === null ? [] : [group];
  }

  put({ id, after }: GroupChange): void {
    if (after === null) this.groups.delete(id);
    else this.groups.set(id, after);
  }

  /** What the group-mod would change, or why it is refused. */
  plan(mod: GroupMod, now: number): GroupChange[] | ErrorName {
    if (mod.command === 'delete')
      return this.select(mod.group).map((before) => ({ id: before.id, before, after: null }));
    if (mod.group > MAX_GROUP) return 'OFPGMFC_INVALID_GROUP';
    const before = this.get(mod.group);
    const buckets = before === null ? bucketsOfNew(mod, this.groups.size) : bucketsOfKnown(mod, before);
    if (typeof buckets === 'string') return buckets;
    if (buckets.length > MAX_BUCKETS) return 'OFPGMFC_OUT_OF_BUCKETS';
    const keeps = mod.command === 'insert_bucket' || mod.command === 'remove_bucket';
    const { type, selection } = keeps && before !== null ? before : mod;
    const after = new Group(mod.group, type, buckets, selection, before?.createdMs ?? now);
    return [{ id: mod.group, before, after }];
  }
}

function bucketsOfNew(mod: GroupMod, count: number): readonly Bucket[] | ErrorName {
  if (mod.command !== 'add' && mod.command !== 'add_or_modify') return 'OFPGMFC_UNKNOWN_GROUP';
  return count >= MAX_GROUPS ? 'OFPGMFC_OUT_OF_GROUPS' : mod.buckets;
}

function bucketsOfKnown(mod: GroupMod, group: Group): readonly Bucket[] | ErrorName {
  switch (mod.command) {
    case 'insert_bucket':
      return inserted(mod, group);
    case 'remove_bucket':
      return removed(mod, group);
    case 'add':
      return 'OFPGMFC_GROUP_EXISTS';
    default:
      return mod.buckets;
  }
}

function inserted({ buckets, commandBucket }: GroupMod, group: Group): readonly Bucket[] | ErrorName {
  const old = group.buckets;
  if (buckets.some(({ id }) => old.some((other) => other.id === id))) return 'OFPGMFC_BUCKET_EXISTS';
  if (group.type === 'indirect' && old.length + buckets.length > 1) return 'OFPGMFC_OUT_OF_BUCKETS';
  if (commandBucket === BUCKET_FIRST) return [...buckets, ...old];
  if (commandBucket === BUCKET_LAST) return [...old, ...buckets];
  const at = old.findIndex(({ id }) => id === commandBucket);
  return at < 0 ? 'OFPGMFC_UNKNOWN_BUCKET' : [...old.slice(0, at + 1), ...buckets, ...old.slice(at + 1)];
}

function removed({ commandBucket }: GroupMod, { buckets }: Group): readonly Bucket[] | ErrorName {
  if (commandBucket === BUCKET_ALL) return [];
  const last = buckets.length - 1;
  const isNamed = ({ id }: Bucket): boolean => id === commandBucket;
  const at = commandBucket === BUCKET_FIRST ? 0 : commandBucket === BUCKET_LAST ? last : buckets.findIndex(isNamed);
  return at < 0 || last < 0 ? 'OFPGMFC_UNKNOWN_BUCKET' : buckets.filter((_, i) => i !== at);
}

/** Actions must not send packets to groups that do not exist. */
export const missingGroup = (ofproto: { groups: GroupTable }, actions: readonly Action[]): ErrorName | null =>
  groupsOfActions(actions).every((id) => ofproto.groups.has(id)) ? null : 'OFPBAC_BAD_OUT_GROUP';

/** The groups that actions send packets to. */
function groupsOfActions(actions: readonly Action[]): number[] {
  return actions.flatMap((action) => (action.type === 'group' ? [action.group] : []));
}

/** The groups that instructions send packets to. */
export function groupsOf(instructions: readonly Instruction[]): number[] {
  return instructions.flatMap((instruction) =>
    instruction.type === 'apply_actions' || instruction.type === 'write_actions'
      ? groupsOfActions(instruction.actions)
      : [],
  );
}
