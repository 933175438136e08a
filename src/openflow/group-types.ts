/** Groups as plain objects (OpenFlow 1.5, sections 5.10 and 7.3.4.3), the same for all versions. */
import type { FieldName } from '../match/fields.js';
import type { Action } from './action-types.js';

/** Groups and buckets have numbers up to this; above are words. */
export const MAX_GROUP = 0xffffff00;
export const ALL_GROUPS = 0xfffffffc;
export const ANY_GROUP = 0xffffffff;

/** Where buckets are inserted, which are removed. */
export const BUCKET_FIRST = 0xfffffffd;
export const BUCKET_LAST = 0xfffffffe;
export const BUCKET_ALL = 0xffffffff;

export type GroupType = 'all' | 'select' | 'indirect' | 'ff';

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

export interface GroupSettings {
  type: GroupType;
  buckets: Bucket[];
  selection: Selection | null;
}

export interface GroupDesc extends GroupSettings {
  group: number;
}

export interface GroupMod extends GroupDesc {
  command: 'add' | 'modify' | 'add_or_modify' | 'delete' | 'insert_bucket' | 'remove_bucket';
  /** Of insert_bucket and remove_bucket: a bucket's id or BUCKET_*. */
  commandBucket: number;
}

export interface BucketCounters {
  packets: bigint;
  bytes: bigint;
}

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
