/** Values of OVSDB: JSON and back, what a change makes of them, and what is refused. */
import { expect, test } from 'vitest';
import { type Column, mapOf, one, optional, setOf } from '../../../src/ovsdb/column.js';

const U = '11111111-2222-3333-4444-555555555555';
const V = '66666666-7777-8888-9999-000000000000';

/** Column, JSON, value: read, written and read again. */
const VALUES: readonly (readonly [string, Column<unknown>, unknown, unknown])[] = [
  ['a string', one('string'), 'br0', 'br0'],
  ['an integer', one('integer'), -1, -1],
  ['a real', one('real'), 0.5, 0.5],
  ['a boolean', one('boolean'), true, true],
  ['a UUID', one('uuid'), ['uuid', U], U],
  ['one or none: none', optional('string'), ['set', []], null],
  ['one or none: one', optional('integer'), 65534, 65534],
  ['one or none: one, as a set', optional('integer'), ['set', [7]], 7],
  ['a set of none', setOf('string'), ['set', []], []],
  ['a set of one, without its tag', setOf('uuid'), ['uuid', U], [U]],
  ['a set', setOf('integer'), ['set', [1, 2]], [1, 2]],
  [
    'a set of UUIDs',
    setOf('uuid'),
    [
      'set',
      [
        ['uuid', U],
        ['uuid', V],
      ],
    ],
    [U, V],
  ],
  [
    'a map',
    mapOf('string', 'integer'),
    [
      'map',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  ['a map to UUIDs', mapOf('integer', 'uuid'), ['map', [[5, ['uuid', U]]]], new Map([[5, U]])],
  ['an empty map', mapOf('string', 'string'), ['map', []], new Map()],
];

test.each(VALUES)('%s', (_, column, json, value) => {
  expect(column.decode(json)).toEqual(value);
  expect(column.decode(column.encode(value))).toEqual(value);
  expect(column.equals(column.decode(json), value)).toBe(true);
  expect(column.equals(value, column.empty)).toBe(isEmpty(value));
});

const isEmpty = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.length === 0) || (value instanceof Map && value.size === 0);

/** Column, before, "modify", after. */
const CHANGES: readonly (readonly [string, Column<unknown>, unknown, unknown, unknown])[] = [
  ['one: the new value', one('string'), 'a', 'b', 'b'],
  ['one or none: the new value, even if it is the old one', optional('integer'), 5, 5, 5],
  ['one or none: none', optional('integer'), 5, ['set', []], null],
  ['a set: who comes and who goes', setOf('string'), ['a', 'b'], ['set', ['b', 'c']], ['a', 'c']],
  ['a set: one comes', setOf('string'), [], 'x', ['x']],
  [
    'a map: comes, goes, takes another value',
    mapOf('string', 'string'),
    new Map([
      ['goes', '1'],
      ['stays', '2'],
      ['changes', '3'],
    ]),
    [
      'map',
      [
        ['goes', '1'],
        ['changes', '4'],
        ['comes', '5'],
      ],
    ],
    new Map([
      ['stays', '2'],
      ['changes', '4'],
      ['comes', '5'],
    ]),
  ],
];

test.each(CHANGES)('a change of %s', (_, column, before, json, after) => {
  expect(column.changed(before, json)).toEqual(after);
});

const WRONG: readonly (readonly [string, Column<unknown>, unknown])[] = [
  ['a number for a string', one('string'), 1],
  ['a string for a number', one('integer'), '1'],
  ['nothing', one('boolean'), undefined],
  ['null', one('string'), null],
  ['a bare UUID', one('uuid'), U],
  ['a UUID without its text', one('uuid'), ['uuid']],
  ['two for one or none', optional('string'), ['set', ['a', 'b']]],
  ['a map for a set', setOf('string'), ['map', []]],
  ['a set for a map', mapOf('string', 'string'), ['set', []]],
  ['half a pair', mapOf('string', 'string'), ['map', [['a']]]],
  ['a pair of other types', mapOf('string', 'integer'), ['map', [['a', 'b']]]],
];

test.each(WRONG)('refused: %s', (_, column, json) => {
  expect(() => column.decode(json)).toThrow(/was expected/);
});
