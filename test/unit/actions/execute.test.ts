/** Who gets which bytes, who owns the packet, and that no packet is lost or invented. */
import { expect, test } from 'vitest';
import { Executor } from '../../../datapath/actions/execute.js';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { CT_ACTION_WORDS } from '../../../datapath/conntrack/record/ct-action.js';
import { COMMIT_NAT_EXHAUSTED } from '../../../datapath/conntrack/record/reasons.js';
import { PacketBatch } from '../../../datapath/packet/batch.js';
import { packetWith, RecordingHost } from '../../helpers/recording-host.js';

const CT = new Int32Array(CT_ACTION_WORDS);

interface Row {
  name: string;
  build: (b: ProgramBuilder) => void;
  events: string[];
  multiplied?: number;
  memory?: number;
  trackerKeeps?: number;
}

const ROWS: Row[] = [
  { name: 'nothing_drops', build: () => {}, events: ['no-actions:41'] },
  { name: 'drop_names_its_reason', build: (b) => b.drop(1), events: ['explicit:41'] },
  { name: 'output', build: (b) => b.output(2), events: ['2:41'] },
  { name: 'output_to_two', build: (b) => b.output(2).output(3), events: ['2:41', '3:41'], multiplied: 1 },
  { name: 'ct_without_output_drops', build: (b) => b.ct(CT), events: ['ct:41', 'no-actions:41'] },
  { name: 'ct_then_recirc', build: (b) => b.ct(CT).recirc(7), events: ['ct:41', 'recirc(7):41'] },
  { name: 'output_then_recirc', build: (b) => b.output(2).recirc(7), events: ['recirc(7):41', '2:41'], multiplied: 1 },
  { name: 'recirc_then_output', build: (b) => b.recirc(7).output(2), events: ['recirc(7):41', '2:41'], multiplied: 1 },
  { name: 'userspace_counts_as_a_fate', build: (b) => b.userspace([7]), events: ['user:41'] },
  { name: 'clone_last', build: (b) => b.output(1).clone((c) => c.output(2)), events: ['1:41', '2:41'], multiplied: 1 },
  { name: 'clone_first', build: (b) => b.clone((c) => c.output(2)).output(1), events: ['2:41', '1:41'], multiplied: 1 },
  {
    name: 'clone_that_leads_nowhere',
    build: (b) => b.clone((c) => c.ctClear()).output(1),
    events: ['no-actions:41', '1:41'],
    multiplied: 1,
  },
  {
    name: 'clone_without_memory',
    build: (b) => b.clone((c) => c.output(2)).output(1),
    events: ['no-memory:41', '1:41'],
    multiplied: 1,
    memory: 0,
  },
  {
    name: 'change_after_output_without_memory',
    build: (b) => b.output(1).ct(CT).output(2),
    events: ['no-memory:41', '1:41'],
    multiplied: 1,
    memory: 0,
  },
  { name: 'held_by_the_tracker', build: (b) => b.ct(CT).output(2), events: [], trackerKeeps: 1 },
  {
    name: 'held_by_the_tracker_after_output',
    build: (b) => b.output(1).ct(CT).output(2),
    events: ['1:41'],
    multiplied: 1,
    trackerKeeps: 1,
  },
];

function run(row: Row, host: RecordingHost): void {
  const builder = new ProgramBuilder();
  row.build(builder);
  const batch = new PacketBatch();
  batch.push(packetWith([0x41]));
  host.live = 1;
  new Executor(host).run(batch, builder.build(), 0, 0);
  host.flush();
  expect(batch.count).toBe(0);
}

for (const row of ROWS) {
  test(row.name, () => {
    const host = new RecordingHost();
    host.memory = row.memory ?? host.memory;
    host.trackerKeeps = row.trackerKeeps ?? 0;
    run(row, host);
    expect(host.events).toEqual(row.events);
    expect(host.multiplication).toBe(row.multiplied ?? 0);
    expect(host.kept).toBe(row.trackerKeeps ?? 0);
    expect(host.live).toBe(0);
  });
}

test.each([
  {
    name: 'before_anything',
    build: (b: ProgramBuilder) => b.ct(CT).output(2),
    events: ['ct-nat-exhausted:41', '2:42'],
    multiplied: 0,
  },
  {
    name: 'after_output',
    build: (b: ProgramBuilder) => b.output(1).ct(CT).output(2),
    events: ['ct-nat-exhausted:41', '1:41', '1:42', '2:42'],
    multiplied: 2,
  },
])('refused_is_dropped_$name', ({ build, events, multiplied }) => {
  const host = new RecordingHost();
  host.conntrack.droppedRefusals = 1 << COMMIT_NAT_EXHAUSTED;
  host.conntrack.lastCommit[0] = COMMIT_NAT_EXHAUSTED;
  const batch = new PacketBatch();
  batch.push(packetWith([0x41]));
  batch.push(packetWith([0x42]));
  host.live = 2;
  new Executor(host).run(batch, build(new ProgramBuilder()).build(), 0, 0);
  host.flush();
  expect(host.events.filter((event) => !event.startsWith('ct:'))).toEqual(events);
  expect(host.multiplication).toBe(multiplied);
  expect(host.live).toBe(0);
});

test('truncate_cuts_the_next_output_only', () => {
  const host = new RecordingHost();
  const batch = new PacketBatch();
  batch.push(packetWith([1, 2, 3, 4]));
  batch.push(packetWith([9]));
  host.live = 2;
  new Executor(host).run(batch, new ProgramBuilder().truncate(2).output(1).output(2).build(), 0, 0);
  host.flush();
  expect(host.events).toEqual(['1:0102', '1:09', '2:01020304', '2:09']);
  expect(host.live).toBe(0);
});

test('clones_nested_too_deep_are_dropped', () => {
  const nest = (b: ProgramBuilder, depth: number): void => {
    if (depth === 0) b.output(1);
    else b.clone((c) => nest(c, depth - 1)).ctClear();
  };
  const host = new RecordingHost();
  run({ name: '', build: (b) => nest(b, 40), events: [] }, host);
  expect(host.events).toContain('nested-too-deep:41');
  expect(host.live).toBe(0);
  expect(1 + host.multiplication).toBe(host.events.length);
});
