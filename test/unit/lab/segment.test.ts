import { describe, expect, test } from 'vitest';
import { formatSegment, frameOf, packetOf, parseSegment } from '../../../src/lab/segment.js';
import { areChecksumsRight } from '../../helpers/segments.js';

const ROWS = [
  ['S 100', { flags: 'S', seq: 100, ack: 0, payload: '' }],
  ['SA 200,101', { flags: 'SA', seq: 200, ack: 101, payload: '' }],
  ['A 101,201 "X"', { flags: 'A', seq: 101, ack: 201, payload: 'X' }],
  ['R 4294967295', { flags: 'R', seq: 0xffffffff, ack: 0, payload: '' }],
  ['PA 1,2 "GET / HTTP/1.0"', { flags: 'PA', seq: 1, ack: 2, payload: 'GET / HTTP/1.0' }],
] as const;

test.each(ROWS)('%s', (text, segment) => {
  expect(parseSegment(text)).toEqual(segment);
  expect(formatSegment(segment)).toBe(text);
});

test('spaces beside the comma do not matter', () => {
  expect(parseSegment(' SA 200 , 101 ')).toEqual({ flags: 'SA', seq: 200, ack: 101, payload: '' });
});

test.each(['', 'S', 'X 100', '100', 'S 100,', 'S 4294967296', 'A 1,4294967296', 'S 1 X', 's 100'])(
  'refused: %s',
  (text) => {
    expect(() => parseSegment(text)).toThrow(`"${text}" is not a segment: expected flags`);
  },
);

describe('bytes', () => {
  const direction = { src: '192.168.0.2', dst: '10.0.0.2', srcPort: 1024, dstPort: 2048 };

  test.each(ROWS)('%s has right checksums', (text) => {
    const packet = packetOf(parseSegment(text), direction);
    expect(areChecksumsRight(packet)).toBe(true);
  });

  test('fields are where they belong', () => {
    const packet = packetOf(parseSegment('SA 200,101'), direction);
    const data = new DataView(packet.buffer);
    expect([...packet.slice(12, 20)]).toEqual([192, 168, 0, 2, 10, 0, 0, 2]);
    expect([data.getUint16(20), data.getUint16(22)]).toEqual([1024, 2048]);
    expect([data.getUint32(24), data.getUint32(28), packet[33]]).toEqual([200, 101, 0x12]);
  });

  test('the frame has the addresses in order', () => {
    const frame = frameOf(new Uint8Array(20), { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' });
    expect([...frame.slice(0, 14)]).toEqual([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
    expect(frame).toHaveLength(34);
  });
});
