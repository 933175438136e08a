/** Misses have a budget: what the caches know is forwarded whatever else comes, and no port waits for another's misses. */
import { expect, test } from 'vitest';
import { DROP_TOO_MANY_MISSES } from '../../../datapath/actions/drop-reasons.js';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import { MAX_WAITING_IN_LANE, MAX_WAITING_MISSES } from '../../../datapath/dp/waiting-misses.js';
import { DP_WORDS, W_IN_PORT, W_NW_SRC } from '../../../datapath/keys/layout.js';
import { DummyPort } from '../../../datapath/ports/dummy.js';
import { tupleOf, udpFrame } from '../../helpers/frames.js';

/** What a miss costs, ms; hits cost nothing here. */
const MISS_MS = 1;
/** Misses that are paid for by what a long pause has brought in. */
const BURST = 5;
const OUT = 9;

/** Every packet is a flow of its own; those of port 2 from the first address have been seen. */
function bench(isWatched = true) {
  const datapath = new Datapath({ name: 'test' });
  const ports = [1, 2, 3].map((number) => new DummyPort(`p${number}`));
  for (const port of ports) datapath.addPort(port);
  const out = new DummyPort('out');
  datapath.addPort(out, OUT);
  const mask = new Int32Array(DP_WORDS);
  mask[W_IN_PORT] = mask[W_NW_SRC] = -1;
  const program = new ProgramBuilder().output(OUT).build();
  let nowMs = 0;
  const asked: number[] = [];
  datapath.setUpcall((packet, keys, at, now) => {
    asked.push(packet.inPort);
    nowMs += MISS_MS;
    datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask, program }, now);
    return { program };
  });
  if (isWatched) datapath.limitMisses(() => nowMs);
  const send = (port: number, from: number, count: number): void => {
    for (let i = 0; i < count; i++) ports[port - 1].inject(udpFrame({ ...tupleOf(0), src: 0x0b00_0000 + from + i }));
  };
  const takeCount = (): number => out.takeSent().length;
  const pass = (ms: number): void => void (nowMs += ms);
  return { datapath, ports, out, asked, send, takeCount, pass };
}

test('without_a_stopwatch_every_miss_is_worked_on_at_once', () => {
  const { datapath, send, takeCount, asked } = bench(false);
  send(1, 0, 1000);
  while (datapath.poll(1) > 0);
  expect([asked.length, takeCount()]).toEqual([1000, 1000]);
});

test('a_burst_does_not_wait', () => {
  const { datapath, send, takeCount } = bench();
  send(1, 0, BURST);
  expect(datapath.poll(1)).toBe(BURST);
  expect(takeCount()).toBe(BURST);
});

test('what_is_known_is_forwarded_and_a_flood_of_misses_gets_a_twentieth_of_the_time', () => {
  const { datapath, send, takeCount, asked, pass } = bench();
  send(2, 0, 1);
  datapath.poll(1);
  takeCount();
  asked.length = 0;
  let known = 0;
  for (let turn = 0; turn < 1000; turn++) {
    send(1, 1 + 20 * turn, 20);
    for (let i = 0; i < 10; i++) send(2, 0, 1);
    known += 10;
    datapath.poll(1);
    pass(1);
  }
  expect(takeCount()).toBe(known + asked.length);
  // A twentieth of the time, a miss being a millisecond that is added to it.
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.length).toBeLessThan(65);
  const { stats } = datapath;
  expect(stats.inFlight).toBe(MAX_WAITING_IN_LANE);
  expect(stats.drops[DROP_TOO_MANY_MISSES]).toBe(20_000 - asked.length - MAX_WAITING_IN_LANE);
  expect(stats.lost).toBe(stats.drops[DROP_TOO_MANY_MISSES]);
  expect(stats.misses).toBe(1 + asked.length + stats.lost);
});

test('to_forward_the_packet_of_a_miss_is_part_of_its_price', () => {
  const { datapath, out, send, asked, pass } = bench();
  const plainSend = out.send.bind(out);
  out.send = (packet) => {
    pass(3 * MISS_MS);
    plainSend(packet);
  };
  for (let turn = 0; turn < 1000; turn++) {
    send(1, 20 * turn, 20);
    datapath.poll(1);
    pass(1);
  }
  // A twentieth of the time, a miss being four milliseconds that are added to it.
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.length).toBeLessThan(20);
});

test('nothing_else_to_do_is_time_for_those_who_wait', () => {
  const { datapath, send, takeCount } = bench();
  send(1, 0, MAX_WAITING_IN_LANE);
  while (datapath.poll(1) > 0);
  expect(takeCount()).toBe(MAX_WAITING_IN_LANE);
  expect(datapath.stats.inFlight).toBe(0);
  expect(datapath.pool.live).toBe(0);
});

test('a_port_does_not_wait_for_the_misses_of_another', () => {
  const { datapath, send, asked, pass } = bench();
  for (let turn = 0; turn < 100; turn++) {
    send(1, 20 * turn, 20);
    if (turn % 20 === 10) send(3, turn, 1);
    datapath.poll(1);
    if (turn % 20 === 10) expect(asked.filter((port) => port === 3)).toHaveLength(1 + Math.floor(turn / 20));
    pass(1);
  }
  expect(datapath.stats.drops[DROP_TOO_MANY_MISSES]).toBeGreaterThan(0);
});

test('those_who_wait_have_their_turns_and_keep_their_order', () => {
  const { datapath, send, asked } = bench();
  for (const port of [1, 2, 3]) send(port, 0, 32);
  datapath.poll(1);
  asked.length = 0;
  while (datapath.poll(1) > 0);
  expect(asked.slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3]);
});

test('a_packet_that_waited_uses_the_flow_that_has_come_meanwhile', () => {
  const { datapath, send, asked, takeCount } = bench();
  send(1, 0, BURST);
  for (let i = 0; i < 20; i++) send(1, 100, 1);
  while (datapath.poll(1) > 0);
  expect([asked.length, takeCount()]).toEqual([BURST + 1, BURST + 20]);
});

test('all_together_are_bounded', () => {
  const { datapath, send } = bench();
  const more = Array.from({ length: 20 }, (_, i) => new DummyPort(`q${i}`));
  for (const port of more) datapath.addPort(port);
  send(1, 0, 100);
  datapath.poll(1);
  for (const port of more) for (let i = 0; i < 300; i++) port.inject(udpFrame({ ...tupleOf(0), src: i + 1 }));
  datapath.poll(1);
  expect(datapath.pool.live).toBeLessThanOrEqual(MAX_WAITING_MISSES);
});

/** The flood's frame with one byte changed. */
function variantOf(at: number, byte: number): Uint8Array {
  const frame = udpFrame({ ...tupleOf(0), src: 0x0c00_0001 });
  frame[at] = byte;
  return frame;
}

test.each([
  { who: 'another protocol', frame: variantOf(13, 0x06) },
  { who: 'another sender', frame: variantOf(11, 9) },
])('behind the port of a flood, $who is not dropped and hardly waits', ({ frame }) => {
  const { datapath, ports, out, send, pass } = bench();
  const waits: number[] = [];
  let sentAt = 0;
  for (let turn = 0; turn < 1000; turn++) {
    send(1, 20 * turn, 20);
    if (turn % 200 === 100) {
      datapath.flushFlows();
      ports[0].inject(frame);
      sentAt = turn;
    }
    datapath.poll(1);
    if (out.takeSent().some((sent) => Buffer.compare(sent, frame) === 0)) waits.push(turn - sentAt);
    pass(1);
  }
  expect(waits).toHaveLength(5);
  // Each lane has every other turn of the port, which has a miss of a millisecond in twenty.
  for (const wait of waits) expect(wait).toBeLessThanOrEqual(45);
  expect(datapath.stats.drops[DROP_TOO_MANY_MISSES]).toBeGreaterThan(10_000);
});
