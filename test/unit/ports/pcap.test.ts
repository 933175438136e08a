import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PacketBatch } from '../../../datapath/packet/batch.js';
import { openPort } from '../../../datapath/ports/open.js';
import { PCAP_FILE_HEADER, pcapRecordHeader, readCapture } from '../../../datapath/ports/pcap-format.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));

/** One frame, bytes 01 02 03 04, at second 5 and a half. */
const FILES = {
  'pcap, little-endian':
    'd4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000  05000000 20a10700 04000000 04000000 01020304',
  'pcap, big-endian':
    'a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001  00000005 0007a120 00000004 00000004 01020304',
  'pcap, nanoseconds':
    '4d3cb2a1 0200 0400 00000000 00000000 ffff0000 01000000  05000000 0065cd1d 04000000 04000000 01020304',
  pcapng: `0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
    01000000 14000000 0100 0000 00000000 14000000
    06000000 24000000 00000000 00000000 60ec5300 04000000 04000000 01020304 24000000`,
  'pcapng, milliseconds, big-endian': `0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
    00000001 00000020 0001 0000 00000000 0009 0001 03000000 0000 0000 00000020
    00000006 00000024 00000000 00000000 0000157c 00000004 00000004 01020304 00000024`,
};

test.each(Object.entries(FILES))('%s', (_kind, text) => {
  expect(readCapture(hex(text))).toEqual([{ timeMs: 5500, bytes: hex('01020304') }]);
});

test.each(Object.entries(FILES))('%s: cut anywhere it yields what is whole, or says what is wrong', (_kind, text) => {
  const file = hex(text);
  for (let size = 0; size < file.length; size++) {
    try {
      expect(readCapture(file.slice(0, size))).toEqual([]);
    } catch (error) {
      expect((error as Error).message).toBe('it is neither a pcap nor a pcapng file');
    }
  }
});

describe('refused', () => {
  const head = 'd4c3b2a1 0200 0400 00000000 00000000 ffff0000';
  test.each([
    ['00112233445566778899aabbccddeeff0011223344556677', 'it is neither a pcap nor a pcapng file'],
    [`${head} 71000000`, 'its link type is 113, not Ethernet'],
    [`${head} 01000000 00000000 00000000 ffffff7f ffffff7f`, 'the frame at byte 24 claims 2147483647 bytes'],
    ['0a0d0d0a 0b000000 4d3c2b1a', 'the block at byte 0 claims 11 bytes'],
  ])('%s', (text, message) => {
    expect(() => readCapture(hex(text))).toThrow(message);
  });
});

describe('the port', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ctswitch-pcap-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('receives the frames of one file and writes what is sent to another', () => {
    const [input, output] = [join(folder, 'in.pcap'), join(folder, 'out.pcap')];
    const frames = [new Uint8Array(60).fill(1), new Uint8Array(1500).fill(2)];
    const records = frames.map((frame, i) => Buffer.concat([pcapRecordHeader(frame.length, i * 10), frame]));
    writeFileSync(input, Buffer.concat([PCAP_FILE_HEADER, ...records]));
    const port = openPort({ name: 'in', type: 'pcap', options: { file: input, output } });
    const batch = new PacketBatch();
    port.receive(batch);
    expect(batch.count).toBe(2);
    expect(port.pending()).toBe(false);
    for (let i = 0; i < 2; i++) port.send(batch.packets[i]);
    port.flush();
    port.close();
    expect(readCapture(readFileSync(output)).map((frame) => frame.bytes)).toEqual(frames);
    expect(port.stats()).toMatchObject({ rxPackets: 2, rxBytes: 1560, txPackets: 2, txBytes: 1560 });
  });

  test('a file that is not there is refused with a sentence', () => {
    const file = join(folder, 'none.pcap');
    expect(() => openPort({ name: 'none', type: 'pcap', options: { file } })).toThrow(
      `the capture file ${file} cannot be read: no such file or directory`,
    );
  });
});
