/** The datapath as a switch without rules: misses, cached flows, recirculation, what is counted, what is told. */
import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import type { DpFlow } from '../../../datapath/dp/megaflow.js';
import { DP_WORDS, W_DL, W_IN_PORT, W_RECIRC_ID } from '../../../datapath/keys/layout.js';
import { DummyPort } from '../../../datapath/ports/dummy.js';

const EXACT = new Int32Array(DP_WORDS);
for (const word of [W_IN_PORT, W_RECIRC_ID, W_DL, W_DL + 1, W_DL + 2]) EXACT[word] = -1;

/** A frame of an experimental type to 02:00:00:00:00:`to`. */
function frame(to: number, size = 60): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, 0xaa, 0x88, 0xb5]);
  return bytes;
}

const program = (build: (b: ProgramBuilder) => void): Int32Array => {
  const builder = new ProgramBuilder();
  build(builder);
  return builder.build();
};

/** Two dummy ports, 1 and 2; what arrives at either and matches no flow gets what `plan` says for its recirculation. */
class Bench {
  readonly datapath = new Datapath({ name: 'test' });
  readonly ports = [new DummyPort('p1'), new DummyPort('p2')];
  readonly upcalls: string[] = [];
  readonly flows: DpFlow[] = [];
  plan: (recircId: number) => Int32Array | null = () => null;

  constructor() {
    for (const port of this.ports) this.datapath.addPort(port);
    this.datapath.setUpcall((packet, keys, at, now) => {
      this.upcalls.push(`port ${keys[at + W_IN_PORT]} recirc ${keys[at + W_RECIRC_ID]} size ${packet.size}`);
      const plan = this.plan(packet.recircId);
      if (plan === null) return null;
      const flow = this.datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask: EXACT, program: plan }, now);
      this.flows.push(flow!);
      return { program: plan };
    });
  }

  receive(...frames: Uint8Array[]): void {
    for (const bytes of frames) this.ports[0].inject(bytes);
    this.datapath.poll(1000);
  }

  /** First bytes behind the addresses of what port 2 has sent. */
  get sent(): readonly Uint8Array[] {
    return this.ports[1].sent;
  }

  drops(): Record<string, number> {
    return Object.fromEntries(this.datapath.stats.dropsByReason().map((d) => [d.reason, d.packets]));
  }

  /** Nothing is lost, nothing leaks. */
  expectBalance(): void {
    expect(this.datapath.stats.inFlight).toBe(0);
    expect(this.datapath.pool.live).toBe(0);
  }
}

test('miss_goes_up_and_the_next_packet_hits', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2));
  bench.receive(frame(1, 100));
  bench.receive(frame(1, 70), frame(1, 80));
  expect(bench.upcalls).toEqual(['port 1 recirc 0 size 100']);
  expect(bench.sent.map((bytes) => bytes.length)).toEqual([100, 70, 80]);
  const [flow] = bench.flows;
  expect([flow.packets, flow.bytes, flow.usedMs]).toEqual([2, 150, 1000]);
  expect([bench.datapath.stats.hits, bench.datapath.stats.misses]).toEqual([2, 1]);
  bench.expectBalance();
});

test('misses_of_one_batch_share_the_flow_the_first_installs', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2));
  bench.receive(frame(1), frame(1), frame(2), frame(1));
  expect(bench.upcalls.length).toBe(2);
  expect(bench.flows.map((flow) => flow.packets)).toEqual([2, 0]);
  expect(bench.sent.length).toBe(4);
});

test('packets_of_one_flow_keep_their_order', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2));
  const frames = Array.from({ length: 32 }, (_, i) => frame(i % 3, 60 + i));
  bench.receive(...frames);
  bench.receive(...frames);
  for (const to of [0, 1, 2]) {
    const sizes = bench.sent.filter((bytes) => bytes[5] === to).map((bytes) => bytes.length);
    const once = frames.filter((bytes) => bytes[5] === to).map((bytes) => bytes.length);
    expect(sizes).toEqual([...once, ...once]);
  }
});

test('miss_that_nobody_takes_is_counted_as_lost', () => {
  const bench = new Bench();
  bench.receive(frame(1));
  bench.datapath.setUpcall(null);
  bench.receive(frame(1));
  expect(bench.drops()).toEqual({ 'upcall-refused': 1, 'no-upcall': 1 });
  expect(bench.datapath.stats.lost).toBe(2);
  bench.expectBalance();
});

test('recirculated_packet_is_looked_up_under_its_id', () => {
  const bench = new Bench();
  bench.plan = (id) => program((b) => (id === 0 ? b.recirc(5) : b.output(2)));
  bench.receive(frame(1));
  bench.receive(frame(1));
  expect(bench.upcalls).toEqual(['port 1 recirc 0 size 60', 'port 1 recirc 5 size 60']);
  expect(bench.sent.length).toBe(2);
  bench.expectBalance();
});

test('recirculation_without_end_ends', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.recirc(5));
  bench.receive(frame(1), frame(2));
  expect(bench.drops()).toEqual({ 'recirculated-too-often': 2 });
  bench.expectBalance();
});

test('recirculation_that_multiplies_ends', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.recirc(5).recirc(5).recirc(5).recirc(5));
  bench.receive(frame(1));
  expect(bench.drops()['recirculated-too-often']).toBeGreaterThan(0);
  bench.expectBalance();
});

test('output_to_a_port_that_is_gone_is_a_counted_drop', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2).output(77));
  bench.receive(frame(1));
  expect(bench.datapath.removePort(2)).toBe(bench.ports[1]);
  bench.receive(frame(1));
  expect(bench.drops()).toEqual({ 'no-such-port': 3 });
  bench.expectBalance();
});

test('frame_without_an_ethernet_header_is_dropped', () => {
  const bench = new Bench();
  bench.receive(frame(1).subarray(0, 13), frame(1).subarray(0, 14));
  expect(bench.drops()).toEqual({ 'too-short': 1, 'upcall-refused': 1 });
  bench.expectBalance();
});

test('change_after_output_leaves_the_sent_frame_as_it_was', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2).pushVlan(0x8100, 0x1005).output(2).popVlan().output(2));
  bench.receive(frame(1));
  bench.receive(frame(1), frame(1));
  const plain = Buffer.from(frame(1)).toString('hex');
  const tagged = `${plain.slice(0, 24)}81000005${plain.slice(24)}`;
  const sent = bench.sent.map((bytes) => Buffer.from(bytes).toString('hex'));
  expect(sent.slice(0, 3)).toEqual([plain, tagged, plain]);
  expect(sent.filter((text) => text === plain).length).toBe(6);
  expect(sent.filter((text) => text === tagged).length).toBe(3);
  bench.expectBalance();
});

test('flow_of_an_older_epoch_is_refreshed_once', () => {
  const bench = new Bench();
  const refreshed: number[] = [];
  bench.plan = () => program((b) => b.output(2));
  bench.datapath.setRefresh((flow) => {
    refreshed.push(flow.id);
    flow.epoch = bench.datapath.epoch;
    return true;
  });
  bench.receive(frame(1));
  bench.datapath.epoch++;
  bench.receive(frame(1), frame(1));
  expect(refreshed).toEqual([bench.flows[0].id]);
  expect(bench.upcalls.length).toBe(1);
});

test('flow_that_refreshing_removes_goes_up', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2));
  bench.datapath.setRefresh((flow) => {
    bench.datapath.removeFlow(flow);
    return false;
  });
  bench.receive(frame(1));
  bench.datapath.epoch++;
  bench.receive(frame(1), frame(1));
  expect(bench.upcalls.length).toBe(2);
  expect(bench.flows.map((flow) => [flow.isRemoved, flow.packets])).toEqual([
    [true, 0],
    [false, 1],
  ]);
  expect(bench.sent.length).toBe(3);
});

test('flush_forgets_every_flow', () => {
  const bench = new Bench();
  bench.plan = () => program((b) => b.output(2));
  bench.receive(frame(1), frame(2));
  bench.datapath.flushFlows();
  expect(bench.datapath.flowCount).toBe(0);
  bench.receive(frame(1));
  expect(bench.upcalls.length).toBe(3);
});

test('userspace_action_shows_the_packet_and_its_words', () => {
  const bench = new Bench();
  const seen: { words: number[]; to: number }[] = [];
  bench.plan = () => program((b) => b.userspace([9, -5]).output(2));
  bench.datapath.setUserspace((packet, words) => seen.push({ words: [...words], to: packet.bytes[packet.start + 5] }));
  bench.receive(frame(7));
  expect(seen).toEqual([{ words: [9, -5], to: 7 }]);
  expect(bench.datapath.stats.toUserspace).toBe(1);
  bench.expectBalance();
});

test('execute_sends_at_once_and_gives_the_memory_back', () => {
  const bench = new Bench();
  const packet = bench.datapath.pool.allocate(60)!;
  packet.bytes.set(frame(3), packet.start);
  bench.plan = () => program((b) => b.output(2));
  bench.datapath.execute(packet, { program: program((b) => b.output(2).recirc(4)) }, 0);
  expect(bench.upcalls).toEqual(['port 0 recirc 4 size 60']);
  expect(bench.sent.length).toBe(2);
  bench.expectBalance();
});

test('a_handler_may_execute_packets_of_its_own', () => {
  const bench = new Bench();
  bench.plan = (id) => {
    if (id !== 0) return program((b) => b.output(2));
    const packet = bench.datapath.pool.allocate(64)!;
    packet.bytes.set(frame(9, 64), packet.start);
    bench.datapath.execute(packet, { program: program((b) => b.recirc(8)) }, 0);
    return program((b) => b.output(2));
  };
  bench.receive(frame(1), frame(1));
  expect(bench.sent.map((bytes) => bytes.length)).toEqual([60, 60, 64]);
  bench.expectBalance();
});

test('observer_is_told_each_step', () => {
  const bench = new Bench();
  const told: string[] = [];
  bench.plan = (id) => program((b) => (id === 0 ? b.output(2).recirc(3) : b));
  bench.datapath.observer = {
    rx: (packet, port, size) => told.push(`rx ${packet} port ${port} size ${size}`),
    flow: (packet, flow, recircId) => told.push(`flow ${packet} ${flow === bench.flows[0].id} recirc ${recircId}`),
    miss: (packet, recircId) => told.push(`miss ${packet} recirc ${recircId}`),
    ct: () => told.push('ct'),
    tx: (packet, port, size) => told.push(`tx ${packet} port ${port} size ${size}`),
    drop: (packet, reason) => told.push(`drop ${packet} ${reason}`),
  };
  bench.receive(frame(1));
  bench.receive(frame(1));
  expect(told.slice(0, 5)).toEqual([
    'rx 1 port 1 size 60',
    'miss 1 recirc 0',
    'tx 1 port 2 size 60',
    'miss 1 recirc 3',
    'drop 1 0',
  ]);
  expect(told.slice(5, 7)).toEqual(['rx 2 port 1 size 60', 'flow 2 true recirc 0']);
});

test('port_numbers_are_the_lowest_free_or_those_wanted', () => {
  const { datapath } = new Bench();
  expect(datapath.addPort(new DummyPort('local'), 0)).toBe(0);
  expect(datapath.addPort(new DummyPort('far'), 40)).toBe(40);
  datapath.removePort(1);
  expect(datapath.addPort(new DummyPort('again'))).toBe(1);
  expect(datapath.addPort(new DummyPort('next'))).toBe(3);
  expect(datapath.ports().map((entry) => entry.number)).toEqual([2, 0, 40, 1, 3]);
  expect(datapath.findPort('far')?.number).toBe(40);
  for (const [name, number, code] of [
    ['far', 9, 'port-exists'],
    ['x', 40, 'port-number-taken'],
    ['x', 65535, 'port-number-bad'],
  ] as const) {
    expect(() => datapath.addPort(new DummyPort(name), number)).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ code }) }),
    );
  }
});
