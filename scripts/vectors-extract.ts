/**
 * Makes test/vectors/extract.txt anew: seeded frames and what the real Open vSwitch's parser (`ovs-ofctl parse-pcap`) finds in
 * them. The file is in the repository, so only who changes the frames needs this.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRng } from '../datapath/base/rng.js';
import { HostileFrames } from '../test/helpers/hostile-frames.js';

const OUTPUT = 'test/vectors/extract.txt';
const COUNT = 600;
const SEED = 7;
const PCAP_MAGIC = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const MAX_SIZE = 400;

function framesOf(count: number): Uint8Array[] {
  const source = new HostileFrames(new SeededRng(SEED));
  const frames: Uint8Array[] = [];
  while (frames.length < count) {
    const frame = source.next();
    // Shorter ones have nothing to compare, longer ones only make the file long.
    if (frame.length >= 14 && frame.length <= MAX_SIZE) frames.push(frame);
  }
  return frames;
}

function pcapOf(frames: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(PCAP_MAGIC, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(LINK_ETHERNET, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, Buffer.from(frame)];
  });
  return Buffer.concat([head, ...records]);
}

const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
try {
  const frames = framesOf(COUNT);
  const pcap = join(folder, 'frames.pcap');
  writeFileSync(pcap, pcapOf(frames));
  const flows = execFileSync('ovs-ofctl', ['parse-pcap', pcap], { encoding: 'utf8' }).trim().split('\n');
  const version = execFileSync('ovs-ofctl', ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const rows = frames.map(
    (frame, i) => `${Buffer.from(frame).toString('hex')} ${flows[i].replace('in_port=ANY,', '')}`,
  );
  const head = `# Frames and the flows that ${version} finds in them; made by scripts/vectors-extract.ts`;
  writeFileSync(OUTPUT, `${[head, ...rows].join('\n')}\n`);
  console.log(`${OUTPUT}: ${rows.length} frames`);
} finally {
  rmSync(folder, { recursive: true });
}
