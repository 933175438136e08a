import { expect, test } from 'vitest';
import { PacketBatch } from '../../../datapath/packet/batch.js';
import { OFFLOAD_DATA_VALID, OFFLOAD_NEEDS_CSUM, Packet } from '../../../datapath/packet/packet.js';
import { DummyPort } from '../../../datapath/ports/dummy.js';
import { putVlanBack, readVirtio, VIRTIO_SIZE, writeVirtio } from '../../../datapath/ports/virtio.js';
import { areChecksumsRight, frameOf, ipBytes, packetFrom, type Segment } from '../../helpers/segments.js';

const frame = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);

test('what is injected is received in order, a batch at a time', () => {
  const port = new DummyPort('p1');
  for (let i = 0; i < 40; i++) expect(port.inject(frame(60 + i, i))).toBe(true);
  const batch = new PacketBatch();
  port.receive(batch);
  expect(batch.count).toBe(32);
  expect(port.pending()).toBe(true);
  batch.clear();
  port.receive(batch);
  expect(batch.packets.slice(0, 8).map((p) => [p.size, p.bytes[p.start]])).toEqual(
    Array.from({ length: 8 }, (_, i) => [92 + i, 32 + i]),
  );
  expect(port.pending()).toBe(false);
  expect(port.stats()).toMatchObject({ rxPackets: 40, rxDropped: 0 });
});

test('packets that are not released hold up further ones', () => {
  const port = new DummyPort('p1');
  for (let i = 0; i < 200; i++) port.inject(frame(60, i));
  const batch = new PacketBatch();
  const received = (): number => {
    batch.clear();
    port.receive(batch);
    return batch.count;
  };
  expect([received(), received(), received(), received(), received()]).toEqual([32, 32, 32, 32, 0]);
  port.release();
  expect(received()).toBe(32);
});

test('the queues are bounded, and what is refused is counted', () => {
  const port = new DummyPort('p1');
  for (let i = 0; i < 16_384; i++) port.inject(frame(14, 0));
  expect(port.inject(frame(14, 0))).toBe(false);
  expect(port.stats().rxDropped).toBe(1);
  const packet = packetFrom(frame(60, 1));
  for (let i = 0; i < 16_385; i++) port.send(packet);
  expect(port.sent).toHaveLength(16_384);
});

test('a port that is down neither takes nor gives', () => {
  const port = new DummyPort('p1');
  port.setAdminUp(false);
  expect(port.inject(frame(60, 0))).toBe(false);
  port.send(packetFrom(frame(60, 0)));
  expect(port.takeSent()).toEqual([]);
  expect(port.stats()).toMatchObject({ rxDropped: 1, txDropped: 1 });
});

test('a checksum left open is completed, a cut packet is cut', () => {
  const whole = frameOf(
    ipBytes({ proto: 'udp', src: '10.0.0.1', dst: '10.0.0.2', sport: 1, dport: 2, payload: 'hello' }),
  );
  const port = new DummyPort('p1');
  const packet = packetFrom(whole);
  packet.offload = OFFLOAD_NEEDS_CSUM;
  packet.csumStart = packet.start + 34;
  packet.csumOffset = 6;
  // As the kernel leaves it: the sum of the pseudo header alone, not inverted.
  packet.bytes.set([0x14, 0x21], packet.start + 40);
  port.send(packet);
  const cut = packetFrom(whole);
  cut.truncate = 20;
  port.send(cut);
  const [completed, short] = port.takeSent();
  expect(areChecksumsRight(completed.slice(14))).toBe(true);
  expect(short).toEqual(whole.slice(0, 20));
});

test('the virtio header survives being read and written', () => {
  const bytes = frame(200, 0);
  const header = [1, 0x81, 66, 0, 0x78, 5, 34, 0, 16, 0];
  bytes.set(header, 90);
  const packet = new Packet();
  packet.bytes = bytes;
  packet.start = 100;
  packet.size = 80;
  readVirtio(packet, bytes, 90);
  expect(packet).toMatchObject({
    offload: 1,
    csumStart: 134,
    csumOffset: 16,
    gsoType: 0x81,
    gsoSize: 1400,
    gsoHeaderSize: 66,
  });
  const written = new Uint8Array(VIRTIO_SIZE);
  writeVirtio(packet, written, 0);
  expect([...written]).toEqual(header);
  packet.truncate = 40;
  writeVirtio(packet, written, 0);
  expect([...written]).toEqual(Array(VIRTIO_SIZE).fill(0));
});

test('an SCTP checksum left to the card is computed on arrival, since the header cannot say what it is', () => {
  const s: Segment = { proto: 'sctp', src: '10.0.0.1', dst: '10.0.0.2', sport: 1, dport: 2, payload: 'chunk' };
  const whole = frameOf(ipBytes(s));
  const sent = whole.slice();
  sent.fill(0, 42, 46);
  const packet = packetFrom(sent);
  readVirtio(packet, Uint8Array.from([1, 0, 0, 0, 0, 0, 34, 0, 8, 0]), 0);
  expect(packet.bytes.slice(packet.start, packet.start + packet.size)).toEqual(whole);
  expect(packet.offload).toBe(OFFLOAD_DATA_VALID);
});

test('a tag goes back between the addresses and the type', () => {
  const packet = packetFrom(frameOf(frame(46, 9)));
  const before = packet.start;
  putVlanBack(packet, 0x88a8, 0x6123);
  expect(packet.start).toBe(before - 4);
  expect([...packet.bytes.slice(packet.start, packet.start + 18)]).toEqual([
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0x61, 0x23, 8, 0,
  ]);
  expect(packet.size).toBe(64);
});
