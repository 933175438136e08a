/** Groups as ovs-ofctl writes them: `group_id=1,type=select,bucket=weight:10,output:1,bucket=weight:20,output:2`. */

import { idToSend, NXM_VERSION } from '../match/field-ids.js';
import { FIELDS } from '../match/fields.js';
import {
  ALL_GROUPS,
  ANY_GROUP,
  BUCKET_ALL,
  BUCKET_FIRST,
  BUCKET_LAST,
  type Bucket,
  type GroupDesc,
  type GroupMod,
  type GroupType,
  MAX_GROUP,
  type Selection,
} from '../openflow/group-types.js';
import { OF10, OF15 } from '../openflow/version.js';
import { parseActions } from './action-parse.js';
import { formatActions } from './action-print.js';
import { TextError, within } from './error.js';
import { fieldNamed } from './match.js';
import { cNumber, formatPort, type Names, parsePort } from './names.js';
import { type Pair, PairScanner, pairs } from './scanner.js';
import { fieldMask, formatValue, parseBig, parseValue } from './values.js';

export type GroupCommand = GroupMod['command'];

const TYPES: Readonly<Record<string, GroupType>> = {
  all: 'all',
  select: 'select',
  indirect: 'indirect',
  ff: 'ff',
  fast_failover: 'ff',
};
const LONGEST_METHOD = 15;
const UNSET = -1;

/** What a command's text must and may say. */
const NEEDS_TYPE: ReadonlySet<GroupCommand> = new Set(['add', 'modify', 'add_or_modify']);

/** One group. Throws a TextError in ovs-ofctl's words. */
export function parseGroup(text: string, command: GroupCommand, names?: Names): GroupMod {
  const starts = bucketStarts(text);
  const draft = {
    group: UNSET,
    type: null as GroupType | null,
    commandBucket: UNSET,
    selection: null as Selection | null,
  };
  parseHead(draft, text, starts[0]?.keyAt ?? text.length, command);
  if (draft.group === UNSET) {
    if (command !== 'delete') throw new TextError('must specify a group_id', text);
    draft.group = ALL_GROUPS;
  }
  if (draft.type === null && NEEDS_TYPE.has(command)) throw new TextError('must specify a type', text);
  if (starts.length > 0 && (command === 'delete' || command === 'remove_bucket'))
    throw new TextError('bucket is not needed', text, starts[0]!.keyAt);
  checkCommandBucket(draft.commandBucket, command, text);
  const type = draft.type ?? 'all';
  checkSelection(draft.selection, text);
  const buckets = parseBuckets(text, starts, type, command, names);
  if (command === 'insert_bucket' && buckets.length === 0) throw new TextError('must specify a bucket', text);
  return {
    command,
    type,
    group: draft.group,
    commandBucket: draft.commandBucket === UNSET ? BUCKET_ALL : draft.commandBucket,
    buckets,
    selection: draft.selection,
  };
}

/** `keyAt` is where the word stands, `at` where the bucket begins. */
interface BucketStart {
  keyAt: number;
  at: number;
}

function bucketStarts(text: string): BucketStart[] {
  return [...text.matchAll(/(?<=^|[\s,])bucket\s*=\s*/g)].map((found) => ({
    keyAt: found.index,
    at: found.index + found[0].length,
  }));
}

interface Draft {
  group: number;
  type: GroupType | null;
  commandBucket: number;
  selection: Selection | null;
}

function parseHead(draft: Draft, text: string, to: number, command: GroupCommand): void {
  const scanner = new PairScanner(text, 0, to);
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) {
    const current = pair;
    within(text, current.valueAt, () => parseProperty(draft, current, command));
  }
}

function parseProperty(draft: Draft, { key, value }: Pair, command: GroupCommand): void {
  const text = value ?? '';
  const selection = (): Selection => (draft.selection ??= { method: '', param: 0n, fields: [] });
  if (value === null) throw new TextError(`unknown keyword ${key}`, key);
  switch (key) {
    case 'command_bucket_id':
      if (command !== 'insert_bucket' && command !== 'remove_bucket')
        throw new TextError('command bucket id is not needed', text);
      draft.commandBucket = bucketNamed(text);
      return;
    case 'group_id':
      draft.group = groupNumber(text);
      return;
    case 'type':
      if (!NEEDS_TYPE.has(command)) throw new TextError('type is not needed', text);
      if (!Object.hasOwn(TYPES, text)) throw new TextError(`invalid group type ${text}`, text);
      draft.type = TYPES[text]!;
      return;
    case 'selection_method':
      if (!NEEDS_TYPE.has(command)) throw new TextError('selection method is not needed', text);
      if (text.length > LONGEST_METHOD)
        throw new TextError(`selection method is longer than ${LONGEST_METHOD} bytes long`, text);
      selection().method = text;
      return;
    case 'selection_method_param':
      if (!NEEDS_TYPE.has(command)) throw new TextError('selection method param is not needed', text);
      selection().param = number64(text);
      return;
    case 'fields':
      if (!NEEDS_TYPE.has(command)) throw new TextError('fields are not needed', text);
      selection().fields = parseFields(text);
      return;
    default:
      throw new TextError(`unknown keyword ${key}`, key);
  }
}

function parseFields(text: string): Selection['fields'] {
  return pairs(text).map(({ key, value }) => {
    const field = fieldNamed(key);
    if (field === null) throw new TextError(`: unknown field ${key}`, text);
    if (idToSend(field, NXM_VERSION) === null)
      throw new TextError(`${key} has no number in OpenFlow, so no group can name it`, text);
    if (value === null) return { field, mask: fieldMask(field) };
    const mask = parseValue(value, field).value;
    if (mask === 0n) throw new TextError(`${key}: mask is zero`, text);
    if (mask !== fieldMask(field) && !FIELDS[field].maskable) throw new TextError(`${key}: not maskable`, text);
    return { field, mask };
  });
}

function checkSelection(selection: Selection | null, text: string): void {
  if (selection === null) return;
  if (selection.method === '' && selection.param !== 0n)
    throw new TextError('selection_method_param is only allowed with "selection_method"', text);
  if (selection.method !== 'hash' && selection.fields.length > 0)
    throw new TextError('fields may only be specified with "selection_method=hash"', text);
}

function checkCommandBucket(bucket: number, command: GroupCommand, text: string): void {
  if (command !== 'insert_bucket' && command !== 'remove_bucket') return;
  if (bucket === UNSET) throw new TextError('must specify a command bucket id', text);
  if (command === 'insert_bucket' && bucket === BUCKET_ALL)
    throw new TextError('command_bucket_id=all is not permitted', text);
}

const BUCKET_WORDS: Readonly<Record<string, number>> = { first: BUCKET_FIRST, last: BUCKET_LAST, all: BUCKET_ALL };

function bucketNamed(text: string): number {
  const named = Object.hasOwn(BUCKET_WORDS, text) ? BUCKET_WORDS[text]! : cNumber(text);
  if (named === null || (named > MAX_GROUP && named < BUCKET_FIRST))
    throw new TextError(`invalid command bucket id ${text}`, text);
  return named;
}

function groupNumber(text: string): number {
  const group = parseGroupId(text);
  if (group === null || (group > MAX_GROUP && group < ALL_GROUPS))
    throw new TextError(`invalid group id ${text}`, text);
  return group;
}

/** A number or `all` or `any`; null for anything else. */
export function parseGroupId(text: string): number | null {
  const word = text.toLowerCase();
  if (word === 'all') return ALL_GROUPS;
  if (word === 'any') return ANY_GROUP;
  const group = cNumber(text);
  return group === null || group > 0xffffffff ? null : group;
}

function number64(text: string): bigint {
  const value = parseBig(text);
  if (value === null || value < 0n || value >= 1n << 64n) throw new TextError(`invalid numeric format ${text}`, text);
  return value;
}

function number(text: string, max: number, what: string): number {
  const value = cNumber(text);
  if (value === null || value > max) throw new TextError(`invalid ${what} "${text}"`, text);
  return value;
}

function parseBuckets(
  text: string,
  starts: readonly BucketStart[],
  type: GroupType,
  command: GroupCommand,
  names?: Names,
): Bucket[] {
  const buckets: Bucket[] = [];
  const taken = new Set<number>();
  starts.forEach(({ at }, i) => {
    const bucket = parseBucket(text, at, starts[i + 1]?.keyAt ?? text.length, type, names);
    checkBucket(bucket, type, command, text, at);
    if (bucket.id === UNSET) for (bucket.id = 0; taken.has(bucket.id); ) bucket.id++;
    taken.add(bucket.id);
    buckets.push(bucket);
  });
  if (type === 'indirect' && buckets.length > 1)
    throw new TextError('Indirect groups can have at most one bucket.', text);
  return buckets;
}

function checkBucket(bucket: Bucket, type: GroupType, command: GroupCommand, text: string, at: number): void {
  const watches = bucket.watchPort !== null || bucket.watchGroup !== ANY_GROUP;
  if (type === 'ff' && !watches)
    throw new TextError('fast failover bucket requires watch_port or watch_group', text, at);
  if (type !== 'select' && bucket.weight !== 0 && command !== 'insert_bucket')
    throw new TextError('Only select groups can have bucket weights.', text, at);
}

function parseBucket(text: string, from: number, to: number, type: GroupType, names?: Names): Bucket {
  const bucket: Bucket = {
    id: UNSET,
    weight: type === 'select' ? 1 : 0,
    watchPort: null,
    watchGroup: ANY_GROUP,
    actions: [],
  };
  const actions: string[] = [];
  const scanner = new PairScanner(text, from, to);
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) {
    const { key, value, at, valueAt } = pair;
    const isActions = key === 'actions' || key === 'action';
    const isSetting = within(text, valueAt, () => parseBucketSetting(bucket, key, value ?? '', names));
    if (!isSetting) actions.push(isActions ? (value ?? '') : wholePair(text, at, valueAt, value));
  }
  if (actions.length === 0) throw new TextError('bucket must specify actions', text, from);
  bucket.actions = parseActions(actions.join(','), names);
  return bucket;
}

/** The pair as it was written. */
function wholePair(text: string, at: number, valueAt: number, value: string | null): string {
  const end = valueAt + (value?.length ?? 0);
  return text.slice(at, value !== null && text[valueAt - 1] === '(' ? end + 1 : end);
}

function parseBucketSetting(bucket: Bucket, key: string, text: string, names?: Names): boolean {
  switch (key) {
    case 'bucket_id': {
      const id = cNumber(text);
      if (id === null || id > MAX_GROUP) throw new TextError(`invalid bucket_id id ${text}`, text);
      bucket.id = id;
      return true;
    }
    case 'weight':
      bucket.weight = number(text, 0xffff, 'weight');
      return true;
    case 'watch_port': {
      const port = parsePort(text, names);
      if (port === null) throw new TextError(`${text}: invalid watch_port`, text);
      bucket.watchPort = port;
      return true;
    }
    case 'watch_group':
      bucket.watchGroup = number(text, 0xffffffff, 'watch_group');
      return true;
    default:
      return false;
  }
}

/** `all` and `any` as Open vSwitch writes them. */
export function formatGroupId(group: number): string {
  if (group === ALL_GROUPS) return 'ALL';
  return group === ANY_GROUP ? 'ANY' : String(group);
}

const bucketWord = (id: number): string =>
  Object.keys(BUCKET_WORDS).find((word) => BUCKET_WORDS[word] === id) ?? String(id);

const COMMAND_WORDS: Record<GroupCommand, string> = {
  add: 'ADD',
  modify: 'MOD',
  add_or_modify: 'ADD_OR_MOD',
  delete: 'DEL',
  insert_bucket: 'INSERT_BUCKET',
  remove_bucket: 'REMOVE_BUCKET',
};

/** A group-mod: what is to be done, then the group. */
export function formatGroupMod(mod: GroupMod, version: number, names?: Names): string {
  const changesBuckets = mod.command === 'insert_bucket' || mod.command === 'remove_bucket';
  const at = changesBuckets ? `command_bucket_id:${bucketWord(mod.commandBucket)},` : '';
  return `${COMMAND_WORDS[mod.command]} ${at}${format(mod, !changesBuckets, version, names)}`;
}

/** A group as dump-groups prints it. */
export const formatGroup = (group: GroupDesc, version: number, names?: Names): string =>
  format(group, true, version, names);

function format(desc: GroupDesc, showType: boolean, version: number, names?: Names): string {
  const parts = [`group_id=${desc.group}`];
  if (showType) parts.push(`type=${desc.type}`);
  if (desc.selection !== null && desc.selection.method !== '') parts.push(...formatSelection(desc.selection, names));
  const inherited: Names = { ...names, version };
  for (const bucket of desc.buckets) parts.push(`bucket=${formatBucket(bucket, desc.type, version, inherited)}`);
  return parts.join(',');
}

function formatSelection({ method, param, fields }: Selection, names?: Names): string[] {
  const parts = [`selection_method=${method}`];
  if (param !== 0n) parts.push(`selection_method_param=${param}`);
  const shown = fields.map(({ field, mask }) =>
    mask === fieldMask(field) ? field : `${field}=${formatValue(field, mask, fieldMask(field), names)}`,
  );
  if (shown.length === 1 && shown[0] === fields[0]!.field) parts.push(`fields=${shown[0]}`);
  else if (shown.length > 0) parts.push(`fields(${shown.join(',')})`);
  return parts;
}

function formatBucket(bucket: Bucket, type: GroupType, version: number, names: Names): string {
  const parts: string[] = [];
  if (version >= OF15 || version === OF10) parts.push(`bucket_id:${bucket.id}`);
  if (bucket.weight !== (type === 'select' ? 1 : 0)) parts.push(`weight:${bucket.weight}`);
  if (bucket.watchPort !== null) parts.push(`watch_port:${formatPort(bucket.watchPort, names)}`);
  if (bucket.watchGroup !== ANY_GROUP) parts.push(`watch_group:${bucket.watchGroup}`);
  parts.push(`actions=${formatActions(bucket.actions, names)}`);
  return parts.join(',');
}
