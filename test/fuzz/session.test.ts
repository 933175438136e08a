/**
 * Controllers that send anything: messages of all kinds with bytes changed, in any order, cut anywhere. The switch answers or
 * hangs up, its tables stay whole, and another connection does not notice.
 */
import { expect, test } from 'vitest';
import { ManualClock } from '../../datapath/base/clock.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { Session } from '../../src/controller/session.js';
import type { Stream } from '../../src/net/stream.js';
import { Ofproto } from '../../src/ofproto/ofproto.js';
import { encodeMessage, peekName } from '../../src/openflow/codec.js';
import { Framer } from '../../src/openflow/framer.js';
import { VERSIONS } from '../../src/openflow/version.js';
import { portDesc, QuietDatapath } from '../helpers/quiet-datapath.js';
import { messageRows } from '../unit/openflow/vectors.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20261121);
const MESSAGES = Number(process.env.FUZZ_COUNT ?? 10_000);
const MESSAGES_A_SESSION = 200;

/** The switch's end of a connection whose other end is this test. */
class TestStream implements Stream {
  readonly peer = 'test';
  onData: (chunk: Uint8Array) => void = () => {};
  onClose: (why: string | null) => void = () => {};
  onDrain: () => void = () => {};
  readonly queued = 0;
  isOpen = true;
  readonly framer = new Framer();

  write(bytes: Uint8Array | string): void {
    this.framer.push(bytes as Uint8Array);
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose(null);
  }

  /** All that the switch has sent must be messages. (Flows of later versions may be such that 1.0 has no words for them.) */
  readAll(): number {
    let count = 0;
    for (let bytes = this.framer.next(); bytes !== null; bytes = this.framer.next(), count++) {
      expect(peekName(bytes)).not.toBeNull();
    }
    expect(this.framer.broken).toBe(false);
    return count;
  }
}

function mutate(original: Uint8Array, rng: SeededRng): Uint8Array {
  const bytes = original.slice();
  if (rng.below(3) === 0) return bytes;
  for (let changes = 1 + rng.below(3); changes > 0; changes--) bytes[rng.below(bytes.length)] = rng.below(256);
  // Mostly the lengths stay right: what is behind the header is to be reached.
  if (rng.below(50) !== 0) new DataView(bytes.buffer).setUint16(2, bytes.length);
  return bytes;
}

function newSession(ofproto: Ofproto, version: (typeof VERSIONS)[number], clock: ManualClock): TestStream {
  const stream = new TestStream();
  new Session(ofproto, stream, { kind: 'controller', probeMs: 0, now: () => clock.now(), onClose: () => {} });
  stream.onData(encodeMessage({ name: 'hello', version, xid: 0, body: { versions: 1 << version } }));
  return stream;
}

test(`${MESSAGES} messages, seed ${SEED}`, () => {
  const rng = new SeededRng(SEED);
  const clock = new ManualClock();
  const ofproto = new Ofproto({ name: 'br0', datapathId: 1n });
  ofproto.provider = new QuietDatapath();
  for (const port of [1, 2, 0xfffe]) ofproto.ports.add(portDesc(port, `p${port}`), 0);
  const messages = messageRows().map((row) => row.bytes);
  expect(messages.length).toBeGreaterThan(50);
  const witness = newSession(ofproto, 4, clock);
  const barrier = encodeMessage({ name: 'barrier_request', version: 4, xid: 7, body: null });
  let answers = 0;
  for (let sent = 0; sent < MESSAGES; sent += MESSAGES_A_SESSION) {
    const version = VERSIONS[rng.below(VERSIONS.length)]!;
    const ofVersion = messages.filter((bytes) => bytes[0] === version);
    const stream = newSession(ofproto, version, clock);
    for (let i = 0; i < MESSAGES_A_SESSION && stream.isOpen; i++) {
      const bytes = mutate(ofVersion[rng.below(ofVersion.length)]!, rng);
      const cut = rng.below(bytes.length);
      stream.onData(bytes.subarray(0, cut));
      stream.onData(bytes.subarray(cut));
      answers += stream.readAll();
      clock.advance(rng.below(100));
    }
    stream.destroy();
    ofproto.expire(clock.now());
    witness.onData(barrier);
    expect(witness.readAll()).toBeGreaterThan(0);
  }
  expect(answers).toBeGreaterThan(MESSAGES / 10);
  expect(ofproto.connections.size).toBe(1);
  for (const table of ofproto.tables) table.selfCheck();
});
