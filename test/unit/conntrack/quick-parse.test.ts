/** The short way through the door against the long one: what it takes, the other takes as well, with the same key. */
import { describe, expect, test } from 'vitest';
import { store16 } from '../../../datapath/base/bytes.js';
import { SeededRng } from '../../../datapath/base/rng.js';
import { parsePacket } from '../../../datapath/conntrack/parse/packet-parse.js';
import { parseQuickly } from '../../../datapath/conntrack/parse/quick-parse.js';
import { PacketKey } from '../../../datapath/conntrack/record/packet-key.js';
import { REASON_NONE } from '../../../datapath/conntrack/record/reasons.js';
import { extract } from '../../../datapath/keys/extract.js';
import { DP_WORDS } from '../../../datapath/keys/layout.js';
import {
  OFFLOAD_DATA_VALID,
  OFFLOAD_NEEDS_CSUM,
  OFFLOAD_NONE,
  type Packet,
  packetOf,
} from '../../../datapath/packet/packet.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import { tcpFrame, tupleOf, udpFrame } from '../../helpers/frames.js';
import { HostileFrames } from '../../helpers/hostile-frames.js';

const ZONE = 7;
const L3 = 14;

function extracted(frame: Uint8Array, offload = OFFLOAD_NONE): Packet {
  const packet = packetOf(frame);
  packet.offload = offload;
  extract(packet, new Int32Array(DP_WORDS), 0);
  return packet;
}

/** What later steps read of a key; IPv4 uses one word of each address. */
const essence = (key: PacketKey) => ({
  words: [0, 1, 2, 6].map((word) => key.words[word]),
  places: [key.l3, key.l4, key.l4Size],
  isRelated: key.isRelated,
  bytes: key.bytes,
});

/** Whether the short way took the packet. */
function compare(packet: Packet): boolean {
  const quick = new PacketKey();
  if (!parseQuickly(quick, packet, ZONE)) return false;
  const long = new PacketKey();
  expect(parsePacket(long, packet, ZONE)).toBe(REASON_NONE);
  expect(essence(quick)).toEqual(essence(long));
  return true;
}

const frames = {
  udp: (size = 64) => udpFrame(tupleOf(5), size),
  tcp: (size = 64) => tcpFrame(tupleOf(5), 0x10, 1, 1, size),
};

/** The frame with one change, and the checksum of the IPv4 header right again if `fixes`. */
function changed(frame: Uint8Array, change: (frame: Uint8Array) => void, fixes = true): Uint8Array {
  change(frame);
  if (fixes) ipv4.setChecksum(frame, L3);
  return frame;
}

describe('takes', () => {
  const rows: [string, Uint8Array, number?][] = [
    ['udp', frames.udp()],
    ['udp of odd size', frames.udp(77)],
    ['udp without checksum', changed(frames.udp(), (f) => store16(f, 40, 0))],
    ['tcp', frames.tcp()],
    ['tcp of full size', frames.tcp(1514)],
    ['tcp whose checksum is left to the card', changed(frames.tcp(), (f) => store16(f, 50, 1)), OFFLOAD_NEEDS_CSUM],
    ['udp that the kernel vouches for', changed(frames.udp(), (f) => store16(f, 40, 1)), OFFLOAD_DATA_VALID],
    ['a packet with padding behind', Uint8Array.from([...frames.udp(50), 0, 0, 0, 9])],
    [
      'a tagged packet',
      Uint8Array.from([...frames.udp().subarray(0, 12), 0x81, 0, 0, 5, ...frames.udp().subarray(12)]),
    ],
    ['do not fragment', changed(frames.udp(), (f) => store16(f, 20, 0x4000))],
  ];
  test.each(rows)('%s', (_name, frame, offload) => expect(compare(extracted(frame, offload))).toBe(true));
});

describe('leaves to the long way', () => {
  const rows: [string, Uint8Array][] = [
    ['a wrong IPv4 checksum', changed(frames.udp(), (f) => store16(f, 24, 0x1234), false)],
    ['a wrong udp checksum', changed(frames.udp(), (f) => store16(f, 40, 0x1234))],
    ['a wrong tcp checksum', changed(frames.tcp(), (f) => store16(f, 50, 0x1234))],
    ['a first fragment', changed(frames.udp(), (f) => store16(f, 20, 0x2000))],
    ['a later fragment', changed(frames.udp(), (f) => store16(f, 20, 0x0001))],
    ['another protocol', changed(frames.udp(), (f) => f.fill(1, 23, 24))],
    ['a udp length that does not fit', changed(frames.udp(), (f) => store16(f, 38, 31))],
    ['a tcp header that does not fit', changed(frames.tcp(), (f) => f.fill(0xf0, 46, 47))],
    ['port 0', udpFrame({ ...tupleOf(5), srcPort: 0 })],
    ['a header with options', changed(frames.udp(), (f) => f.fill(0x46, 14, 15))],
    ['ARP', changed(frames.udp(), (f) => store16(f, 12, 0x806))],
    ['a frame cut short', frames.udp().subarray(0, 40)],
  ];
  test.each(rows)('%s', (_name, frame) => expect(compare(extracted(frame))).toBe(false));

  test('a packet without Ethernet header', () => {
    const packet = extracted(frames.udp());
    packet.start += L3;
    packet.size -= L3;
    expect(compare(packet)).toBe(false);
  });
});

test('hostile frames, and good ones with a byte changed', () => {
  const rng = new SeededRng(20261121);
  const hostile = new HostileFrames(rng);
  let taken = 0;
  for (let i = 0; i < 5000; i++) {
    const good = rng.below(2) === 0 ? frames.udp(43 + rng.below(40)) : frames.tcp(54 + rng.below(40));
    if (rng.below(4) !== 0) good[12 + rng.below(good.length - 12)] ^= 1 << rng.below(8);
    const frame = rng.below(4) === 0 ? hostile.next() : good;
    if (compare(extracted(frame, [OFFLOAD_NONE, OFFLOAD_DATA_VALID][rng.below(2)]))) taken++;
  }
  expect(taken).toBeGreaterThan(400);
});
