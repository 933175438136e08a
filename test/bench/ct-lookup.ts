/**
 * Packets of tracked connections through the tracker: what `ct` costs once a connection is known.
 *
 * The first row does what `ovstest test-conntrack benchmark` of Open vSwitch does: frames of 42 bytes without UDP checksum, made once
 * and tracked again and again in batches of 32, of which only the connection found last is forgotten in between. The others
 * are packets as a port receives them: nothing is known of them, and their checksums are there to be verified.
 */

import { store16 } from '../../datapath/base/bytes.js';
import { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/record/ct-action.js';
import { clearConntrack, type Packet } from '../../datapath/packet/packet.js';
import { tcpFrame, tupleOf, udpFrame } from '../helpers/frames.js';
import { type BenchResult, measure, runIfMain } from './measure.js';
import { batchesOf } from './packets.js';

const NOW = 1000;
const ACK = 0x10;
/** Packets a round, so that rounds of few connections are not over at once. */
const ROUND = 3200;
const SMALLEST = 42;
const UDP_CHECKSUM = 40;

function lookingUp(name: string, frames: Uint8Array[], flags: number, refresh: (packet: Packet) => void): BenchResult {
  const tracker = new Conntrack({ seed: 1 });
  const action = new Int32Array(CT_ACTION_WORDS);
  const batches = batchesOf(frames);
  action[CT_FLAGS] = CT_COMMIT;
  for (const batch of batches) tracker.execute(batch, action, 0, NOW);
  action[CT_FLAGS] = flags;
  const repeats = Math.ceil(ROUND / frames.length);
  return measure(name, repeats * frames.length, () => {
    for (let n = 0; n < repeats; n++) {
      for (const batch of batches) {
        for (let i = 0; i < batch.count; i++) refresh(batch.packets[i]);
        tracker.execute(batch, action, 0, NOW);
      }
    }
  });
}

function withoutChecksum(frame: Uint8Array): Uint8Array {
  store16(frame, UDP_CHECKSUM, 0);
  return frame;
}

const forget = (packet: Packet): void => {
  packet.conn = -1;
};

const framesOf = (count: number, make: (n: number) => Uint8Array): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => make(n));

export const run = (): BenchResult[] => [
  lookingUp(
    "32 UDP connections, as Open vSwitch's own benchmark",
    framesOf(32, (n) => withoutChecksum(udpFrame(tupleOf(n), SMALLEST))),
    CT_COMMIT,
    forget,
  ),
  ...[32, 10_000, 100_000].map((count) =>
    lookingUp(
      `${count} UDP connections, 64 bytes, as received`,
      framesOf(count, (n) => udpFrame(tupleOf(n))),
      0,
      clearConntrack,
    ),
  ),
  lookingUp(
    '32 TCP connections, 64 bytes, as received',
    framesOf(32, (n) => tcpFrame(tupleOf(n), ACK)),
    0,
    clearConntrack,
  ),
];

runIfMain(import.meta.url, run);
