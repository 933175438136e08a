/**
 * What a switch says of itself, byte for byte: every request about features, ports, tables, groups and queues, in every version, to our
 * daemon and to a real Open vSwitch. What two switches cannot share, or what is listed as a difference, is taken out first.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OfVersion } from '../../src/openflow/message-types.js';
import { OF10, OF13, OF14, OF15, VERSIONS } from '../../src/openflow/version.js';
import { BothSwitches } from '../helpers/both-switches.js';
import { header, WirePeer } from '../helpers/wire-peer.js';

const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const zeros = (count: number): number[] => Array<number>(count).fill(0);

const ANY = 0xffff;
const ALL = 0xfffc;
const LOCAL = 0xfffe;
const LARGEST = 0xff00;
const ALL_QUEUES = 0xffffffff;
/** Reserved ports lie that much higher since OpenFlow 1.1. */
const RESERVED_OFFSET = 0xffff0000;

const port32 = (port: number): number[] => u32(port >= LARGEST ? port + RESERVED_OFFSET : port);

class Requests {
  constructor(private readonly version: OfVersion) {}

  message(type: number, body: readonly number[] = []): Uint8Array {
    return header(this.version, type, 1, Uint8Array.from(body));
  }

  multipart(type: number, body: readonly number[] = []): Uint8Array {
    const head = [...u16(type), 0, 0, ...(this.version === OF10 ? [] : zeros(4))];
    return this.message(this.version === OF10 ? 16 : 18, [...head, ...body]);
  }

  portBody = (port: number): number[] =>
    this.version === OF10 ? [...u16(port), ...zeros(6)] : [...port32(port), ...zeros(4)];

  queueBody = (port: number, queue: number): number[] =>
    this.version === OF10 ? [...u16(port), 0, 0, ...u32(queue)] : [...port32(port), ...u32(queue)];

  queueConfig(port: number): Uint8Array {
    const body = this.version === OF10 ? [...u16(port), 0, 0] : [...port32(port), ...zeros(4)];
    return this.message(this.version === OF10 ? 20 : 22, body);
  }

  queueDesc = (port: number, queue: number): Uint8Array => this.multipart(15, [...port32(port), ...u32(queue)]);

  /** Each under the name that a failure shows. */
  all(): Record<string, Uint8Array> {
    const { version } = this;
    const ports = [1, 9, ANY, ALL, LOCAL];
    const queues = [1, 9, ANY, ALL, LOCAL].flatMap((port) => [0, 3, ALL_QUEUES].map((queue) => [port, queue] as const));
    const named = <T>(what: string, list: readonly T[], make: (each: T) => Uint8Array): [string, Uint8Array][] =>
      list.map((each) => [`${what} ${each}`, make(each)]);
    return Object.fromEntries([
      ['features', this.message(5)],
      ['configuration', this.message(7)],
      ['description', this.multipart(0)],
      ['tables', this.multipart(3)],
      ['groups', this.multipart(6, [...u32(0xfffffffc), ...zeros(4)])],
      ['group descriptions', this.multipart(7, version === OF15 ? [...u32(0xfffffffc), ...zeros(4)] : [])],
      ['group features', this.multipart(8)],
      ['table features', this.multipart(12)],
      ['port descriptions', this.multipart(13, version === OF15 ? this.portBody(ANY) : [])],
      ['table descriptions', this.multipart(14)],
      ['no such statistics', this.multipart(99)],
      ['asynchronous messages', this.message(26)],
      ['role', version >= 3 ? this.message(24, zeros(16)) : this.message(4, [...u32(0x2320), ...u32(10), ...zeros(4)])],
      ...named('port statistics', ports, (port) => this.multipart(4, this.portBody(port))),
      ...named('queue statistics', queues, ([port, queue]) => this.multipart(5, this.queueBody(port, queue))),
      ['queue statistics, cut short', this.multipart(5, zeros(4))],
      ...named('queue configuration', [...ports, LARGEST], (port) => this.queueConfig(port)),
      ['queue configuration, cut short', this.message(version === OF10 ? 20 : 22)],
      ...named('queue description', queues, ([port, queue]) => this.queueDesc(port, queue)),
    ]);
  }
}

/** Sizes of what is before and in each entry of a reply that is a list, by version. */
const at = <T>(version: OfVersion, of10: T, of11: T, of14: T): T =>
  version === OF10 ? of10 : version < OF14 ? of11 : of14;

const ETH_SIZE = 6;
const wipe = (bytes: Uint8Array, from: number, size: number): void => void bytes.fill(0, from, from + size);

/** What differs for a reason, by the names above: addresses, ages, the release, counters that a dummy port of Open vSwitch lacks. */
function blot(name: string, version: OfVersion, message: Uint8Array): string {
  const bytes = message.slice();
  const view = new DataView(bytes.buffer);
  const body = version === OF10 ? 12 : 16;
  if (bytes[1] === 1) return Buffer.from(bytes).toString('hex');
  if (name === 'features') {
    wipe(bytes, 8, 8);
    if (version < OF13) wipePorts(bytes, 32, version);
  } else if (name === 'description') wipe(bytes, body + 512, 256);
  else if (name === 'port descriptions') wipePorts(bytes, body, version);
  else if (name === 'table features') return tableFeatures(bytes, body);
  else if (name.startsWith('port statistics')) return portStats(bytes, view, body, version);
  return Buffer.from(bytes).toString('hex');
}

function wipePorts(bytes: Uint8Array, from: number, version: OfVersion): void {
  const [size, addressAt] = [at(version, 48, 64, 72), at(version, 2, 8, 8)];
  for (let entry = from; entry < bytes.length; entry += size) wipe(bytes, entry + addressAt, ETH_SIZE);
}

/** Without ages, the six counters of errors, and the counters that dummy ports of Open vSwitch make up. */
function portStats(bytes: Uint8Array, view: DataView, body: number, version: OfVersion): string {
  const entries: string[] = [];
  for (let entry = body; entry < bytes.length; ) {
    const size = version >= OF14 ? view.getUint16(entry) : version === OF10 ? 104 : version < OF13 ? 104 : 112;
    if (version >= OF14) {
      wipe(bytes, entry + 8, 8);
      wipe(bytes, entry, 2);
      wipe(bytes, entry + 48, 32);
      wipe(bytes, entry + 88, 32);
    } else wipe(bytes, entry + 40, size - 40);
    const kept = version >= OF14 ? RFC2819_END : size;
    entries.push(Buffer.from(bytes.subarray(entry, entry + kept)).toString('hex'));
    entry += size;
  }
  return entries.join('\n');
}

/** Of an entry since 1.4: fixed part, Ethernet property, the property with RFC 2819's counters. */
const RFC2819_END = 80 + 40 + 184;

const INSTRUCTIONS = new Set([0, 1]);
const ACTIONS = new Set([4, 5, 6, 7]);
const FIELDS = new Set([8, 10, 12, 13, 14, 15]);
const METER = '00060004';
const COPY_FIELD = '001c0004';
/** Metadata of tunnels, which are not here; and the registers beyond 16, which Open vSwitch 3.1 has not. */
const OTHER_FIELD = /^(0001[5-9abc].(7c|f8)|80011.(08|10)|0001e[68ac]10|0001e[79bd]20)$/;

/** Tables with their properties in order; fields in the order of their numbers. */
function tableFeatures(bytes: Uint8Array, body: number): string {
  const view = new DataView(bytes.buffer);
  const lines: string[] = [];
  for (let table = body; table < bytes.length; table += view.getUint16(table)) {
    const end = table + view.getUint16(table);
    lines.push(Buffer.from(bytes.subarray(table + 2, table + 64)).toString('hex'));
    for (let p = table + 64; p < end; p += (view.getUint16(p + 2) + 7) & ~7)
      lines.push(`  ${property(bytes, p, view.getUint16(p), view.getUint16(p + 2))}`);
  }
  return lines.join('\n');
}

function property(bytes: Uint8Array, from: number, type: number, size: number): string {
  const value = Buffer.from(bytes.subarray(from + 4, from + size)).toString('hex');
  if (FIELDS.has(type)) return `${type}: ${fieldHeaders(value).sort().join(' ')}`;
  if (!INSTRUCTIONS.has(type) && !ACTIONS.has(type)) return `${type}: ${value}`;
  const items = value.match(/.{8}/g) ?? [];
  return `${type}: ${items.filter((item) => item !== METER && item !== COPY_FIELD).join(' ')}`;
}

/** Headers of four bytes, of eight where an experimenter's. */
function fieldHeaders(hex: string): string[] {
  const headers = hex.match(/ffff.{12}|(?!ffff).{8}/g) ?? [];
  return headers.filter((each) => !OTHER_FIELD.test(each));
}

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2']);
});
afterAll(() => both.stop());

describe.each(VERSIONS)('version %i', (version) => {
  test('every answer is the same', async () => {
    const [ours, real] = await Promise.all(
      [both.ours.folder, both.real.folder].map((folder) => WirePeer.at(join(folder, 'br0.mgmt'), version)),
    );
    try {
      for (const [name, request] of Object.entries(new Requests(version).all())) {
        const [a, b] = await Promise.all([ours!, real!].map((peer) => peer.exchange([request])));
        const shown = (answers: Uint8Array[]): string => answers.map((each) => blot(name, version, each)).join('\n');
        expect.soft(shown(a!), name).toBe(shown(b!));
      }
    } finally {
      ours!.close();
      real!.close();
    }
  });
});

test.each(['OpenFlow10', 'OpenFlow11', 'OpenFlow13', 'OpenFlow15'])('queues as the tools show them, %s', (version) => {
  const of = (...args: string[]) => both.same('ovs-ofctl', ['-O', version, ...args]);
  for (const words of [[], ['1'], ['1', '0'], ['1', '3'], ['9'], ['LOCAL'], ['ALL', '0']]) {
    of('queue-stats', 'br0', ...words);
    of('queue-get-config', 'br0', ...words);
  }
});
