/** Groups as plain objects (OpenFlow 1.5, sections 5.10 and 7.3.4.3), the same for all versions. */
import type { FieldName } from '../match/fields.js';
import type { Action } from './action-types.js';

/** Groups and buckets have numbers up to this; above are words. */
export const MAX_GROUP = 0xffffff00;
/** OFPG_ALL: of a deletion or a request, every group. */
export const ALL_GROUPS = 0xfffffffc;
/** OFPG_ANY: no group in particular, such as the one that a bucket does not watch. */
export const ANY_GROUP = 0xffffffff;

/** Where buckets are inserted, which are removed. */
export const BUCKET_FIRST = 0xfffffffd;
/** OFPG_BUCKET_LAST: behind the last bucket; of a removal, the last one. */
export const BUCKET_LAST = 0xfffffffe;
/** OFPG_BUCKET_ALL: of a removal, every bucket of the group. */
export const BUCKET_ALL = 0xffffffff;

/**
 * What a group does: sends a copy to `all` buckets, to one that it `select`s, to its only one (`indirect`), or to the first live one (`ff`,
 * fast failover).
 */
export type GroupType = 'all' | 'select' | 'indirect' | 'ff';

/** One set of actions of a group, run on a copy of the packet. */
export interface Bucket {
  /** Unique in its group. Before OpenFlow 1.5 buckets are numbered as they come. */
  id: number;
  /** Share of a select group; 0 in others. */
  weight: number;
  /** The bucket is live if this port, or this group, is: null and ANY_GROUP watch nothing. */
  watchPort: number | null;
  watchGroup: number;
  actions: Action[];
}

/** How a select group chooses, if the controller says (Netronome's extension, Open vSwitch's default otherwise). */
export interface Selection {
  method: string;
  param: bigint;
  /** Fields that `hash` looks at, with their masks. */
  fields: { field: FieldName; mask: bigint }[];
}

/** What a group-mod sets. */
export interface GroupSettings {
  type: GroupType;
  buckets: Bucket[];
  selection: Selection | null;
}

/** A group and its number, as OFPMP_GROUP_DESC lists it. */
export interface GroupDesc extends GroupSettings {
  group: number;
}

/** Adds, changes or removes a group or some of its buckets (ofp_group_mod). */
export interface GroupMod extends GroupDesc {
  command: 'add' | 'modify' | 'add_or_modify' | 'delete' | 'insert_bucket' | 'remove_bucket';
  /** Of insert_bucket and remove_bucket: a bucket's id or BUCKET_*. */
  commandBucket: number;
}

/** What a bucket has forwarded since the group was made. */
export interface BucketCounters {
  packets: bigint;
  bytes: bigint;
}

/** Counters of one group (ofp_group_stats); the time is how long ago it was made. */
export interface GroupStats {
  group: number;
  /** Flows and groups that send packets here. */
  references: number;
  packets: bigint;
  bytes: bigint;
  durationSec: number;
  durationNsec: number;
  buckets: BucketCounters[];
}
