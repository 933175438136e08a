/**
 * Fixed-size structures, declared once and used in both directions:
 *
 *     const HEADER = struct({ cookie: u64, table: u8, _pad: pad(3), outPort: port32 });
 *
 * Members lie in the order written; names that start with "_" are padding and no part of the value. The list is
 * compiled when the struct is made; `read` checks the size once, so an item's `load` need not.
 */
import { OFPP } from './action-types.js';
import { OpenFlowError } from './errors.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

export interface Item<T> {
  readonly size: number;
  load(r: Reader): T;
  store(w: Writer, value: T): void;
}

type Members = Record<string, Item<never> | Item<unknown>>;
type ValueOf<I> = I extends Item<infer T> ? T : never;
export type StructValue<M> = { [K in keyof M as K extends `_${string}` ? never : K]: ValueOf<M[K]> };

export interface Struct<T> {
  readonly size: number;
  read(r: Reader): T;
  write(w: Writer, value: T): void;
  /** The same with some members given apart, where `value` has them otherwise or not at all. */
  writeWith<F extends Partial<T>>(w: Writer, value: Omit<T, keyof F>, fixed: F): void;
}

export const u8: Item<number> = {
  size: 1,
  load: (r) => r.bytes[r.pos++]!,
  store: (w, value) => w.u8(value),
};

export const u16: Item<number> = {
  size: 2,
  load: (r) => r.view.getUint16((r.pos += 2) - 2),
  store: (w, value) => w.u16(value),
};

export const u32: Item<number> = {
  size: 4,
  load: (r) => r.view.getUint32((r.pos += 4) - 4),
  store: (w, value) => w.u32(value),
};

export const u64: Item<bigint> = {
  size: 8,
  load: (r) => r.view.getBigUint64((r.pos += 8) - 8),
  store: (w, value) => w.u64(value),
};

export const pad = (size: number): Item<undefined> => ({
  size,
  load: (r) => {
    r.pos += size;
    return undefined;
  },
  store: (w) => w.zeros(size),
});

export const text = (size: number): Item<string> => ({
  size,
  load: (r) => r.text(size),
  store: (w, value) => w.text(value, size),
});

export const mac: Item<Uint8Array> = {
  size: 6,
  load: (r) => r.take(6),
  store: (w, value) => w.bytes(value),
};

/** 32-bit port numbers of OpenFlow 1.1 and later: the reserved ones lie 0xffff0000 higher than the canonical. */
const RESERVED_OFFSET = 0xffff0000;

export function portFrom32(port: number): number {
  if (port < OFPP.MAX) return port;
  if (port >= RESERVED_OFFSET + OFPP.MAX) return port - RESERVED_OFFSET;
  throw new OpenFlowError('OFPBAC_BAD_OUT_PORT', `port ${port} is outside the supported range`);
}

export const portTo32 = (port: number): number => (port < OFPP.MAX ? port : port + RESERVED_OFFSET);

export const port32: Item<number> = {
  size: 4,
  load: (r) => portFrom32(r.view.getUint32((r.pos += 4) - 4)),
  store: (w, value) => w.u32(portTo32(value)),
};

export function struct<M extends Members>(members: M): Struct<StructValue<M>> {
  const names = Object.keys(members);
  const items = names.map((name) => members[name] as Item<unknown>);
  const named = names.map((name) => !name.startsWith('_'));
  /** Copied for each value: filling in members that are there is quicker than adding them one by one. */
  const blank = Object.fromEntries(names.filter((_, i) => named[i]).map((name) => [name, undefined as unknown]));
  const size = items.reduce((sum, item) => sum + item.size, 0);
  return {
    size,
    read(r) {
      r.need(size);
      const value = { ...blank };
      for (let i = 0; i < items.length; i++) {
        const member = items[i]!.load(r);
        if (named[i]) value[names[i]!] = member;
      }
      return value as StructValue<M>;
    },
    write(w, value) {
      const members = value as Record<string, unknown>;
      for (let i = 0; i < items.length; i++) items[i]!.store(w, members[names[i]!]);
    },
    writeWith(w, value, fixed) {
      const members = value as Record<string, unknown>;
      const others = fixed as Record<string, unknown>;
      for (let i = 0; i < items.length; i++) {
        const name = names[i]!;
        items[i]!.store(w, name in others ? others[name] : members[name]);
      }
    },
  };
}
