/**
 * Hostile frames through everything the datapath can do to a packet: twice through the tracker, every header set, tags pushed
 * and popped, recirculated, sent. Nothing throws, nothing is written outside a packet, no packet is lost and no memory leaks.
 */
import { expect, test } from 'vitest';
import { SET_HEADERS, type SetHeader } from '../../datapath/actions/ops.js';
import { ProgramBuilder } from '../../datapath/actions/program.js';
import { setFields } from '../../datapath/actions/set-field.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS, CT_FORCE, CT_ZONE } from '../../datapath/conntrack/record/ct-action.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import { extract } from '../../datapath/keys/extract.js';
import {
  DP_WORDS,
  FRAG_LATER,
  W_CT_STATE_ZONE,
  W_IN_PORT,
  W_RECIRC_ID,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { Packet } from '../../datapath/packet/packet.js';
import { DummyPort } from '../../datapath/ports/dummy.js';
import { HostileFrames } from '../helpers/hostile-frames.js';

const seed = Number(process.env.SEED ?? 20261121);
const BATCHES = 2000;
const BATCH = 64;
const GUARD = 64;

const rng = new SeededRng(seed);
const frames = new HostileFrames(rng);
const EVERY_HEADER = Object.keys(SET_HEADERS) as SetHeader[];

/** Headers that the translator would write for a packet with this key. */
function headersOf(key: Int32Array): SetHeader[] {
  const type = key[W_TYPE_PROTO_FRAG] >>> 16;
  const always: SetHeader[] = ['ethernet', 'skbMark', 'skbPriority'];
  if (type === 0x806 || type === 0x8035) return [...always, 'arp'];
  if (type !== 0x800 && type !== 0x86dd) return always;
  const network: SetHeader[] = [...always, type === 0x800 ? 'ipv4' : 'ipv6'];
  const transport = TRANSPORTS[(key[W_TYPE_PROTO_FRAG] >>> 8) & 0xff];
  return transport === undefined || (key[W_TYPE_PROTO_FRAG] & FRAG_LATER) !== 0 ? network : [...network, ...transport];
}

const TRANSPORTS: Readonly<Record<number, SetHeader[]>> = {
  1: ['icmp'],
  6: ['tcp'],
  17: ['udp'],
  58: ['icmpv6', 'nd'],
  132: ['sctp'],
};

function setAll(builder: ProgramBuilder, headers: readonly SetHeader[]): ProgramBuilder {
  const key = new Int32Array(DP_WORDS).map(() => rng.next());
  const mask = new Int32Array(DP_WORDS).map(() => (rng.below(2) === 0 ? -1 : rng.next()));
  for (const header of headers) builder.set(header, key, 0, mask);
  return builder;
}

function ctWords(flags: number, zone: number): Int32Array {
  const words = new Int32Array(CT_ACTION_WORDS);
  words[CT_FLAGS] = flags;
  words[CT_ZONE] = zone;
  return words;
}

/** By recirculation id. */
function programs(): Int32Array[] {
  const commit = ctWords(CT_COMMIT, 0);
  const force = ctWords(CT_COMMIT | CT_FORCE, 5);
  return [
    new ProgramBuilder().ct(ctWords(0, 0)).recirc(1).build(),
    new ProgramBuilder().ct(commit).output(2).pushVlan(0x88a8, 0x1fff).recirc(2).build(),
    setAll(new ProgramBuilder(), EVERY_HEADER).ct(force).recirc(3).build(),
    new ProgramBuilder()
      .clone((c) => c.popVlan().popVlan().output(2))
      .ctClear()
      .truncate(20)
      .output(2)
      .ct(commit)
      .output(2)
      .build(),
  ];
}

test(`hostileFrames_throughAllActions_doNoHarm (seed ${seed})`, { timeout: 120_000 }, () => {
  const datapath = new Datapath({ name: 'fuzz' });
  const ports = [new DummyPort('p1'), new DummyPort('p2')];
  for (const port of ports) datapath.addPort(port);
  const mask = new Int32Array(DP_WORDS);
  for (const word of [W_RECIRC_ID, W_IN_PORT, W_CT_STATE_ZONE]) mask[word] = -1;
  let plans = programs();
  datapath.setUpcall((packet, keys, at, now) => {
    const program = plans[packet.recircId];
    datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask, program }, now);
    return { program };
  });
  for (let n = 0; n < BATCHES; n++) {
    if (n % 100 === 0) {
      datapath.flushFlows();
      plans = programs();
    }
    for (let i = 0; i < BATCH; i++) ports[0].inject(frames.next());
    while (datapath.poll(1000 + n) > 0);
    ports[1].takeSent();
    if (n % 100 === 99) datapath.conntrack.sweep(1000 + n);
  }
  expect(datapath.stats.received).toBe(BATCHES * BATCH);
  expect(datapath.stats.inFlight).toBe(0);
  // What the tracker holds are fragments that wait for the rest.
  expect(datapath.pool.live).toBe(datapath.conntrack.fragments.count);
  datapath.conntrack.fragments.flush();
  expect(datapath.pool.live).toBe(0);
});

test(`settingFields_writesInsideThePacket (seed ${seed})`, { timeout: 120_000 }, () => {
  const key = new Int32Array(DP_WORDS);
  const packet = new Packet();
  const batch = new PacketBatch();
  for (let n = 0; n < 50_000; n++) {
    const frame = frames.next();
    packet.bytes = new Uint8Array(frame.length + 2 * GUARD).fill(0xa5);
    packet.bytes.set(frame, GUARD);
    packet.start = GUARD;
    packet.size = frame.length;
    if (frame.length < 14) continue;
    extract(packet, key, 0);
    batch.clear();
    batch.push(packet);
    const program = setAll(new ProgramBuilder(), headersOf(key)).build();
    for (let at = 0; at < program.length; at += 2 + program[at + 1]) setFields(batch, program, at + 2);
    const outside = [...packet.bytes.subarray(0, GUARD), ...packet.bytes.subarray(GUARD + frame.length)];
    if (outside.some((byte) => byte !== 0xa5)) expect.fail(`written outside: ${Buffer.from(frame).toString('hex')}`);
  }
});
