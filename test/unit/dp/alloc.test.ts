/**
 * The packet path makes no garbage: 200 000 packets through input, caches, programs and queues, less than a byte of heap
 * each. The heap is read between slices too small for a collection to run inside and hide what they allocate.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../../datapath/conntrack/record/ct-action.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import {
  DP_WORDS,
  W_CT_STATE_ZONE,
  W_DL,
  W_IN_PORT,
  W_NW_SRC,
  W_RECIRC_ID,
  W_TOS_TTL_FLAGS,
} from '../../../datapath/keys/layout.js';
import { tcpFrame, tupleOf, udpFrame } from '../../helpers/frames.js';
import { RepeatPort } from '../../helpers/repeat-port.js';

const SLICE = 20_000;
const SLICES = 10;
/** Rounds before the measure: the compiler has to see the path, and the caches have to fill. */
const WARM_UP = 100_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const program = (build: (b: ProgramBuilder) => void): Int32Array => {
  const builder = new ProgramBuilder();
  build(builder);
  return builder.build();
};

const commit = new Int32Array(CT_ACTION_WORDS);
commit[CT_FLAGS] = CT_COMMIT;

/** Sets the source MAC and decrements the TTL, as a router does. */
const key = new Int32Array(DP_WORDS);
const mask = new Int32Array(DP_WORDS);
key[W_DL + 2] = 0x01020304;
mask[W_DL + 2] = -1;
key[W_TOS_TTL_FLAGS] = 63 << 16;
mask[W_TOS_TTL_FLAGS] = 0xff << 16;

const ACK = 0x10;
const udp = Array.from({ length: 1000 }, (_, i) => udpFrame(tupleOf(i)));
const tcp = Array.from({ length: 1000 }, (_, i) => tcpFrame(tupleOf(i), ACK));

const ROWS: { name: string; frames: Uint8Array[]; first: Int32Array; second: Int32Array }[] = [
  { name: 'output', frames: udp, first: program((b) => b.output(2)), second: program(() => {}) },
  {
    name: 'ct_recirculate_output',
    frames: tcp,
    first: program((b) => b.ct(commit).recirc(1)),
    second: program((b) => b.output(2)),
  },
  {
    name: 'set_and_vlan_after_an_output',
    frames: udp,
    first: program((b) =>
      b.output(2).set('ethernet', key, 0, mask).set('ipv4', key, 0, mask).pushVlan(0x8100, 0x1005).output(2),
    ),
    second: program(() => {}),
  },
  {
    name: 'clone_and_drop',
    frames: udp,
    first: program((b) => b.clone((c) => c.popVlan().recirc(1)).output(77)),
    second: program((b) => b.drop(1)),
  },
];

for (const row of ROWS) {
  test(`packets_leave_no_garbage ${row.name}`, { timeout: 120_000 }, () => {
    const port = new RepeatPort('source', row.frames);
    const datapath = new Datapath({ name: 'test' });
    datapath.addPort(port);
    datapath.addPort(new RepeatPort('sink', []));
    const flowMask = new Int32Array(DP_WORDS);
    for (const word of [W_RECIRC_ID, W_IN_PORT, W_CT_STATE_ZONE, W_NW_SRC]) flowMask[word] = -1;
    datapath.setUpcall((packet, keys, at, now) => {
      const plan = packet.recircId === 0 ? row.first : row.second;
      datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask: flowMask, program: plan }, now);
      return { program: plan };
    });
    const run = (packets: number): void => {
      port.budget = packets;
      while (datapath.poll(1000) > 0);
    };
    run(WARM_UP);
    const grown: number[] = [];
    for (let i = 0; i < SLICES; i++) {
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      run(SLICE);
      grown.push((process.memoryUsage().heapUsed - before) / SLICE);
    }
    // Garbage of packets shows in every slice; in some, the compiler is still at work on the same heap.
    expect(Math.min(...grown)).toBeLessThan(1);
    expect(datapath.stats.inFlight).toBe(0);
    expect(datapath.pool.live).toBe(0);
  });
}
