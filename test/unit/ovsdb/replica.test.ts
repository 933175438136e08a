/** Rows as a server tells them, in each of its forms, and what counts as new configuration. */
import { expect, test } from 'vitest';
import { Replica } from '../../../src/ovsdb/replica.js';
import { Transaction } from '../../../src/ovsdb/transaction.js';

const B = 'b0000000-0000-0000-0000-000000000000';
const P = 'c0000000-0000-0000-0000-000000000000';

/** The same rows, and the same changes of them, in the words of `update` and of `update2`. */
const FORMS = {
  1: {
    begin: { Bridge: { [B]: { new: { name: 'br0', fail_mode: ['set', []], ports: ['set', []] } } } },
    change: {
      Bridge: {
        [B]: { old: { fail_mode: ['set', []] }, new: { name: 'br0', fail_mode: 'secure', ports: ['uuid', P] } },
      },
    },
    state: {
      Bridge: { [B]: { old: {}, new: { name: 'br0', fail_mode: 'secure', ports: ['uuid', P], datapath_id: '01' } } },
    },
    end: { Bridge: { [B]: { old: { name: 'br0' } } } },
  },
  2: {
    begin: { Bridge: { [B]: { initial: { name: 'br0' } } } },
    change: { Bridge: { [B]: { modify: { fail_mode: 'secure', ports: ['uuid', P] } } } },
    state: { Bridge: { [B]: { modify: { datapath_id: '01' } } } },
    end: { Bridge: { [B]: { delete: null } } },
  },
} as const;

test.each([1, 2] as const)('form %i: a row comes, changes, and goes', (form) => {
  const replica = new Replica();
  const { begin, change, state, end } = FORMS[form];
  expect(replica.apply(begin, form)).toBe(true);
  const first = replica.row('Bridge', B);
  expect(first).toMatchObject({ _uuid: B, name: 'br0', fail_mode: null, ports: [], datapath_type: '' });
  expect(replica.apply(change, form)).toBe(true);
  expect(replica.row('Bridge', B)).toMatchObject({ name: 'br0', fail_mode: 'secure', ports: [P] });
  // Who holds a row keeps what it said.
  expect(first).toMatchObject({ fail_mode: null });
  // What the switch writes is nothing new to it.
  expect(replica.apply(state, form)).toBe(false);
  expect(replica.row('Bridge', B)).toMatchObject({ datapath_id: '01' });
  expect(replica.apply(end, form)).toBe(true);
  expect(replica.row('Bridge', B)).toBeNull();
});

const WRONG: readonly (readonly [string, unknown])[] = [
  ['no object', []],
  ['a table that was not asked for', { AutoAttach: {} }],
  ['a name that every object has', { constructor: {} }],
  ['a row that is no object', { Bridge: { [B]: 5 } }],
  ['a change of an unknown row', { Bridge: { [B]: { modify: { name: 'br0' } } } }],
  ['a column of another type', { Bridge: { [B]: { insert: { name: 7 } } } }],
];

test.each(WRONG)('refused: %s', (_, updates) => {
  expect(() => new Replica().apply(updates, 2)).toThrow();
});

test('a transaction says only what is different, asserts its lock, and leaves out what the server does not know', () => {
  const replica = new Replica();
  replica.apply({ Bridge: { [B]: { initial: { name: 'br0', datapath_id: '01' } } } }, 2);
  const row = replica.row('Bridge', B)!;
  const same = new Transaction(replica, 'lock');
  same.set('Bridge', row, { datapath_id: '01' });
  expect(same.isEmpty).toBe(true);
  const other = new Transaction(replica, 'lock');
  other.set('Bridge', row, { datapath_id: '02', datapath_version: 'x' });
  expect(other.params((_, column) => column !== 'datapath_version')).toEqual([
    'Open_vSwitch',
    { op: 'assert', lock: 'lock' },
    { op: 'update', table: 'Bridge', where: [['_uuid', '==', ['uuid', B]]], row: { datapath_id: '02' } },
  ]);
});
