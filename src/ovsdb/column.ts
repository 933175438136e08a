/**
 * What a column of an OVSDB table holds, in the program and in JSON (RFC 7047, section 5.1): one atom, one or none, a set, a map. A column
 * reads and writes its values, and knows what becomes of one by a change in the form of `monitor_cond` (ovsdb-server(7), section 4.1.12).
 */
import { OvsdbError } from './error.js';

/** The types of atoms, and what they are in the program. Integers have 64 bits in the database: beyond 2^53 they lose their last digits. */
export interface Atoms {
  string: string;
  integer: number;
  real: number;
  boolean: boolean;
  /** In text form, without the tag that it has in JSON. */
  uuid: string;
}

export type AtomType = keyof Atoms;

export interface Column<T> {
  /** The value where the server's schema lacks the column. */
  readonly empty: T;
  /** Throws an OvsdbError for what is not of this type. */
  decode(json: unknown): T;
  encode(value: T): unknown;
  /** The value after "modify", given what it was before. */
  changed(before: T, json: unknown): T;
  equals(a: T, b: T): boolean;
}

/** The value that a column has. */
export type ValueOf<C> = C extends Column<infer T> ? T : never;

const EMPTY: Atoms = { string: '', integer: 0, real: 0, boolean: false, uuid: '00000000-0000-0000-0000-000000000000' };

const JS_TYPE = { string: 'string', integer: 'number', real: 'number', boolean: 'boolean' } as const;

const wrong = (type: string, json: unknown): OvsdbError =>
  new OvsdbError('protocol', `${type} was expected, not ${JSON.stringify(json)?.slice(0, 60)}`);

function decodeAtom<A extends AtomType>(type: A, json: unknown): Atoms[A] {
  if (type === 'uuid') {
    if (!Array.isArray(json) || json[0] !== 'uuid' || typeof json[1] !== 'string') throw wrong('a UUID', json);
    return json[1] as Atoms[A];
  }
  if (typeof json !== JS_TYPE[type as Exclude<AtomType, 'uuid'>]) throw wrong(`a value of type ${type}`, json);
  return json as Atoms[A];
}

const encodeAtom = (type: AtomType, value: Atoms[AtomType]): unknown => (type === 'uuid' ? ['uuid', value] : value);

/** The items behind a tag, `["set", [...]]`; a set of one may be written as that one. */
function itemsOf(json: unknown, tag: 'set' | 'map'): readonly unknown[] {
  if (Array.isArray(json) && json[0] === tag && Array.isArray(json[1])) return json[1];
  if (tag === 'map') throw wrong('a map', json);
  return [json];
}

/** Exactly one atom. */
export function one<A extends AtomType>(type: A): Column<Atoms[A]> {
  const decode = (json: unknown): Atoms[A] => decodeAtom(type, json);
  return {
    empty: EMPTY[type],
    decode,
    encode: (value) => encodeAtom(type, value),
    changed: (_, json) => decode(json),
    equals: (a, b) => a === b,
  };
}

/** One atom, or none: null. */
export function optional<A extends AtomType>(type: A): Column<Atoms[A] | null> {
  const decode = (json: unknown): Atoms[A] | null => {
    const items = itemsOf(json, 'set');
    if (items.length > 1) throw wrong('one value or none', json);
    return items.length === 0 ? null : decodeAtom(type, items[0]);
  };
  return {
    empty: null,
    decode,
    encode: (value) => (value === null ? ['set', []] : encodeAtom(type, value)),
    changed: (_, json) => decode(json),
    equals: (a, b) => a === b,
  };
}

/** Any number of atoms, each once. A change names those that come or go. */
export function setOf<A extends AtomType>(type: A): Column<readonly Atoms[A][]> {
  const decode = (json: unknown): readonly Atoms[A][] => [
    ...new Set(itemsOf(json, 'set').map((item) => decodeAtom(type, item))),
  ];
  return {
    empty: [],
    decode,
    encode: (value) => ['set', value.map((item) => encodeAtom(type, item))],
    changed: (before, json) => {
      const toggled = decode(json);
      const kept = before.filter((item) => !toggled.includes(item));
      return [...kept, ...toggled.filter((item) => !before.includes(item))];
    },
    equals: (a, b) => a.length === b.length && a.every((item) => b.includes(item)),
  };
}

/** Atoms by atoms. A change names pairs: a new key comes, another value is taken, the same pair goes. */
export function mapOf<K extends AtomType, V extends AtomType>(
  key: K,
  value: V,
): Column<ReadonlyMap<Atoms[K], Atoms[V]>> {
  const decode = (json: unknown): Map<Atoms[K], Atoms[V]> =>
    new Map(
      itemsOf(json, 'map').map((pair) => {
        if (!Array.isArray(pair) || pair.length !== 2) throw wrong('a pair', pair);
        return [decodeAtom(key, pair[0]), decodeAtom(value, pair[1])];
      }),
    );
  return {
    empty: new Map(),
    decode,
    encode: (map) => ['map', [...map].map(([k, v]) => [encodeAtom(key, k), encodeAtom(value, v)])],
    changed: (before, json) => {
      const after = new Map(before);
      for (const [k, v] of decode(json)) {
        if (before.get(k) === v) after.delete(k);
        else after.set(k, v);
      }
      return after;
    },
    equals: (a, b) => a.size === b.size && [...a].every(([k, v]) => b.get(k) === v),
  };
}
