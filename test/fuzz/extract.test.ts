/**
 * A million frames that try the parser: it never throws, never reads outside the packet, and leaves offsets inside it. A
 * read outside shows because the bytes around each frame differ between two runs over it, and the keys must not.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS, FLOW_WORDS, W_GROUPS } from '../../datapath/keys/layout.js';
import { Packet } from '../../datapath/packet/packet.js';
import { newKey, recomputeGroups } from '../../src/match/key.js';
import { HostileFrames } from '../helpers/hostile-frames.js';

const seed = Number(process.env.FUZZ_SEED ?? 20261121);
const FRAMES = 100_000;
/** Each frame is tried whole and then this often with other bytes changed. */
const MUTATIONS = 9;
const GUARD = 64;
const PIPELINE_WORD = 0x5ca1ab1e;

const before = new Packet();
const after = new Packet();
const key = newKey();
const other = newKey();
key[FLOW_WORDS - 1] = PIPELINE_WORD;

function place(packet: Packet, frame: Uint8Array, filler: number): void {
  packet.bytes = new Uint8Array(frame.length + 2 * GUARD).fill(filler);
  packet.bytes.set(frame, GUARD);
  packet.start = GUARD;
  packet.size = frame.length;
}

function isInside(packet: Packet, offset: number): boolean {
  return offset === -1 || (offset >= packet.start && offset <= packet.start + packet.size);
}

/** Empty if all is well; building an `expect` for each of a million would take most of the time. */
function complaint(packet: Packet): string {
  extract(packet, key, 0);
  extract(after, other, 0);
  for (let i = 0; i < DP_WORDS; i++) if (key[i] !== other[i]) return `word ${i} depends on bytes outside`;
  if (!isInside(packet, packet.l2_5) || !isInside(packet, packet.l3) || !isInside(packet, packet.l4)) return 'offsets';
  if (packet.l2Pad < 0 || packet.l2Pad > packet.size) return `padding ${packet.l2Pad}`;
  if (packet.l4 >= 0 && packet.l4 > packet.start + packet.size - packet.l2Pad) return 'l4 in the padding';
  const groups = key[W_GROUPS];
  recomputeGroups(key, 0);
  if (key[W_GROUPS] !== groups) return `presence word ${groups} is not what the words say (${key[W_GROUPS]})`;
  return key[FLOW_WORDS - 1] === PIPELINE_WORD ? '' : 'a pipeline word was touched';
}

test(`aMillionHostileFrames_doNoHarm (seed ${seed})`, { timeout: 120_000 }, () => {
  const rng = new SeededRng(seed);
  const frames = new HostileFrames(rng);
  for (let n = 0; n < FRAMES; n++) {
    const frame = frames.next();
    place(before, frame, 0x00);
    place(after, frame, 0xff);
    for (let m = 0; m <= MUTATIONS; m++) {
      const found = complaint(before);
      if (found !== '') expect.fail(`${found}: ${Buffer.from(frame).toString('hex')}`);
      const at = GUARD + rng.below(frame.length);
      before.bytes[at] = after.bytes[at] = frame[at - GUARD] = rng.below(256);
    }
  }
});

test('everyTruncation_ofEveryFrame_doesNoHarm', () => {
  const frames = new HostileFrames(new SeededRng(seed + 1));
  for (let n = 0; n < 2_000; n++) {
    const frame = frames.next();
    for (let size = 0; size <= frame.length; size++) {
      place(before, frame.subarray(0, size), 0x00);
      place(after, frame.subarray(0, size), 0xff);
      const found = complaint(before);
      if (found !== '') expect.fail(`${found}: ${Buffer.from(frame).toString('hex')} cut to ${size}`);
    }
  }
});
