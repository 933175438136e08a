import { expect, test } from 'vitest';
import { SET_HEADERS, type SetHeader } from '../../../datapath/actions/ops.js';
import { type DpAction, MAX_PROGRAM_WORDS, ProgramBuilder, readProgram } from '../../../datapath/actions/program.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS, CT_ZONE } from '../../../datapath/conntrack/record/ct-action.js';
import { DP_WORDS } from '../../../datapath/keys/layout.js';

const ctWords = new Int32Array(CT_ACTION_WORDS);
ctWords[CT_FLAGS] = CT_COMMIT;
ctWords[CT_ZONE] = 0xffff;

const ROWS: { name: string; build: (b: ProgramBuilder) => void; actions: DpAction[] }[] = [
  { name: 'nothing', build: () => {}, actions: [] },
  {
    name: 'output',
    build: (b) => b.output(3).output(0),
    actions: [
      { op: 'output', port: 3 },
      { op: 'output', port: 0 },
    ],
  },
  {
    name: 'vlan',
    build: (b) => b.popVlan().pushVlan(0x88a8, 0x1005),
    actions: [{ op: 'popVlan' }, { op: 'pushVlan', tpid: 0x88a8, tci: 0x1005 }],
  },
  {
    name: 'ct',
    build: (b) => b.ct(ctWords).ctClear().recirc(9),
    actions: [{ op: 'ct', words: ctWords }, { op: 'ctClear' }, { op: 'recirc', id: 9 }],
  },
  {
    name: "userspace, whose words are its owner's",
    build: (b) => b.userspace([7, -1]).userspace([]),
    actions: [
      { op: 'userspace', words: Int32Array.of(7, -1) },
      { op: 'userspace', words: new Int32Array(0) },
    ],
  },
  {
    name: 'truncate, drop',
    build: (b) => b.truncate(100).drop(1),
    actions: [
      { op: 'truncate', size: 100 },
      { op: 'drop', reason: 1 },
    ],
  },
  {
    name: 'clones inside clones',
    build: (b) => b.clone((c) => c.clone((d) => d.output(1)).recirc(2)).output(5),
    actions: [
      {
        op: 'clone',
        actions: [
          { op: 'clone', actions: [{ op: 'output', port: 1 }] },
          { op: 'recirc', id: 2 },
        ],
      },
      { op: 'output', port: 5 },
    ],
  },
];

for (const row of ROWS) {
  test(`program_read_back ${row.name}`, () => {
    const builder = new ProgramBuilder();
    row.build(builder);
    expect(builder.isEmpty).toBe(row.actions.length === 0);
    expect(readProgram(builder.build())).toEqual(row.actions);
  });
}

for (const header of Object.keys(SET_HEADERS) as SetHeader[]) {
  test(`set_keeps_only_the_words_and_bits_of_its_header ${header}`, () => {
    const at = 5;
    const key = new Int32Array(DP_WORDS + at).fill(-1);
    const mask = new Int32Array(DP_WORDS);
    const words: readonly number[] = SET_HEADERS[header].words;
    for (const word of words) mask[word] = 0x00ff00f0 + word;
    const [action] = readProgram(new ProgramBuilder().set(header, key, at, mask).build());
    expect(action).toEqual({ op: 'set', header, key: mask, mask });
  });
}

test('words_that_are_no_program_are_refused', () => {
  expect(() => readProgram(Int32Array.of(99, 0))).toThrow('opcode 99');
  expect(() => readProgram(Int32Array.of(3, 1, 77))).toThrow('77 is not a header');
});

test('a_builder_tells_when_it_has_grown_too_long', () => {
  const builder = new ProgramBuilder();
  while (!builder.isTooLong) builder.output(1);
  expect(builder.build().length).toBeGreaterThan(MAX_PROGRAM_WORDS);
});
