/**
 * What an action is to the codec: a row with its encodings, its place in the action set, and its documentation. Decoding and
 * encoding read the same row, so a number stands once. All rows: table.ts.
 */

import type { Action, ActionOf, ActionType } from '../action-types.js';
import type { Reader } from '../reader.js';
import { OF10, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { close, type DecodeContext, type EncodeContext, NX_VENDOR, ONF_VENDOR, open, openVendor } from './wire.js';

/** Lists of actions, for the one action that holds some (ct). */
export type DecodeList = (r: Reader, context: DecodeContext) => Action[];
export type EncodeList = (w: Writer, actions: readonly Action[], context: EncodeContext) => void;

/** What stands behind the header, in both directions. The header, the padding to 8 bytes and the length are not its business. */
export interface Body<A extends Action> {
  /** Throws OpenFlowError. `r` holds the rest of the action and nothing else; what is left of it is ignored. */
  readonly read: (r: Reader, context: DecodeContext, list: DecodeList) => A;
  readonly write: (w: Writer, action: A, context: EncodeContext, list: EncodeList) => void;
}

/** A body without lists in it. */
export interface PlainBody<A extends Action> extends Body<A> {
  readonly write: (w: Writer, action: A, context: EncodeContext) => void;
}

/** Number and size of an action, and the first and last version that has it so. */
export interface Frame {
  /** 0 for the actions of the standard. */
  readonly vendor: number;
  readonly code: number;
  readonly from: number;
  readonly to: number;
  /** Bytes with the header; at least that many if `isOpen`. */
  readonly size: number;
  readonly isOpen: boolean;
}

export type Encoding<A extends Action> = Frame & Body<A>;
export type PlainEncoding<A extends Action> = Frame & PlainBody<A>;

function encoding<B>(vendor: number, code: number, from: number, to: number, size: number, body: B): Frame & B {
  return { vendor, code, from, to, size: Math.abs(size), isOpen: size < 0, ...body };
}

/** An action of the standard. A negative size is the smallest of those allowed. */
export const of = <B>(code: number, from: number, to: number, size: number, body: B): Frame & B =>
  encoding(0, code, from, to, size, body);

/** An extension of Nicira's, in all versions unless said otherwise. */
export const nx = <B>(code: number, size: number, body: B, from = OF10, to = OF15): Frame & B =>
  encoding(NX_VENDOR, code, from, to, size, body);

/** An extension of the Open Networking Foundation's. */
export const onf = <B>(code: number, from: number, to: number, size: number, body: B): Frame & B =>
  encoding(ONF_VENDOR, code, from, to, size, body);

/** The body of an action that says nothing but its name. */
export const nothing = <A extends Action>(action: A): PlainBody<A> => ({
  read: () => ({ ...action }),
  write: () => {},
});

/** `body` behind bytes that are ignored when read and zero when sent. */
export const behind = <A extends Action>(size: number, body: PlainBody<A>): PlainBody<A> => ({
  read: (r, context, list) => {
    r.skip(size);
    return body.read(r, context, list);
  },
  write: (w, action, context) => {
    w.zeros(size);
    body.write(w, action, context);
  },
});

/**
 * Where an action stands in a set of actions (write_actions, buckets of groups): `first` come before all others, by their rank;
 * `rewrite` next, in the order written; of `final` only that of the lowest rank is run. Null: no set can hold it.
 */
export type SetPlace =
  | { readonly kind: 'first' | 'final'; readonly rank: number }
  | { readonly kind: 'rewrite' }
  | null;

/** Ranks of openvswitch(7), "Action Set". */
export const first = (rank: number): SetPlace => ({ kind: 'first', rank });
export const final = (rank: number): SetPlace => ({ kind: 'final', rank });
export const REWRITE: SetPlace = { kind: 'rewrite' };

/** A line of docs/reference/actions.md. */
export interface ActionDoc {
  /** As ovs-ofctl reads it; what differs is in capitals. */
  readonly syntax: string;
  /** Whose encoding the reference page shows; null for what stands only inside another action. */
  readonly example: string | null;
  readonly meaning: string;
}

export const doc = (syntax: string, example: string | null, meaning: string): ActionDoc => ({
  syntax,
  example,
  meaning,
});

export interface ActionRow<T extends ActionType> {
  /** All are understood. Sent is the first that the version has, unless `encode` says otherwise. */
  readonly encodings: readonly Encoding<ActionOf<T>>[];
  /** Where more than the version decides, or where a version lacks the action: writes what does the same there. */
  readonly encode?: (w: Writer, action: ActionOf<T>, context: EncodeContext) => void;
  readonly place: SetPlace;
  /** One for each way to write the action in text. */
  readonly docs: readonly [ActionDoc, ...ActionDoc[]];
}

/** The rows of a family. */
export type Rows<T extends ActionType> = { readonly [K in T]: ActionRow<K> };

/** Writes the whole action. */
export function send<A extends Action>(w: Writer, encoding: PlainEncoding<A>, action: A, context: EncodeContext): void {
  sendList(w, encoding, action, context, noList);
}

/** As `send`, for the action that has a list in it. */
export function sendList<A extends Action>(
  w: Writer,
  encoding: Encoding<A>,
  action: A,
  context: EncodeContext,
  list: EncodeList,
): void {
  const from = encoding.vendor === 0 ? open(w, encoding.code) : openVendor(w, encoding.vendor, encoding.code);
  encoding.write(w, action, context, list);
  close(w, from);
}

function noList(): void {
  throw new Error('a plain body has no list');
}

/** Writes the first of the encodings that the version has; nothing if it has none. */
export function sendFirst<A extends Action>(
  w: Writer,
  encodings: readonly Encoding<A>[],
  action: A,
  context: EncodeContext,
  list: EncodeList = noList,
): void {
  for (const encoding of encodings)
    if (encoding.from <= context.version && context.version <= encoding.to)
      return sendList(w, encoding, action, context, list);
}
