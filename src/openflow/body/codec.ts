/** The interface of a message body's codec, and the two simplest. */
import type { MessageBodies, MessageName, OfVersion, Variant } from '../message-types.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

export interface BodyContext {
  readonly version: OfVersion;
  readonly variant: Variant | undefined;
  /** NXT_FLOW_MOD_TABLE_ID is on: the upper byte of an OpenFlow 1.0 flow_mod's command is a table. */
  readonly tableId: boolean;
  /** Of a multipart message: more parts follow. */
  readonly more: boolean;
}

export interface BodyCodec<B> {
  /** All of `r` is the body; what is left unread makes the message too long. */
  read(r: Reader, context: BodyContext): B;
  write(w: Writer, body: B, context: BodyContext): void;
  /** For replies that are lists: how one entry is written, so that they can be cut into parts. */
  readonly list?: ListCodec;
}

export interface ListCodec {
  readonly key: string;
  writeEntry(w: Writer, entry: unknown, context: BodyContext): void;
}

export type CodecOf<N extends MessageName> = BodyCodec<MessageBodies[N]>;

export const empty: BodyCodec<null> = { read: () => null, write: () => {} };

export const data: BodyCodec<{ data: Uint8Array }> = {
  read: (r) => ({ data: r.rest() }),
  write: (w, body) => w.bytes(body.data),
};

/** A reply `{ [key]: entries, more }`. */
export function listBody<K extends string, E>(
  key: K,
  readEntry: (r: Reader, context: BodyContext) => E,
  writeEntry: (w: Writer, entry: E, context: BodyContext) => void,
): BodyCodec<Record<K, E[]> & { more: boolean }> {
  return {
    read(r, context) {
      const entries: E[] = [];
      while (r.remaining > 0) entries.push(readEntry(r, context));
      return { [key]: entries, more: context.more } as Record<K, E[]> & { more: boolean };
    },
    write(w, body, context) {
      for (const entry of body[key]) writeEntry(w, entry, context);
    },
    list: { key, writeEntry: (w, entry, context) => writeEntry(w, entry as E, context) },
  };
}
