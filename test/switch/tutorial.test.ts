/** The connection-tracking tutorial in process: each segment hits the flows it should, and the connection goes through its states. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { formatConnection } from '../../src/text/conntrack.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

/** The flows of the file, numbered by their cookies in the order of the file; veth_l0 is p1, veth_r0 p2. */
const FLOWS = readFileSync(new URL('../../flows/conntrack-tutorial.flows', import.meta.url), 'utf8')
  .replaceAll('veth_l0', 'p1')
  .replaceAll('veth_r0', 'p2')
  .split('\n')
  .filter((line) => line.startsWith('table='))
  .map((line, i) => `cookie=${i + 1},${line}`)
  .join('\n');

const FLAGS: Readonly<Record<string, string>> = { S: 'syn', A: 'ack', F: 'fin', R: 'rst', P: 'psh' };
const LEFT = { port: 'p1', tuple: 'nw_src=192.168.0.2,nw_dst=10.0.0.2,tp_src=1024,tp_dst=2048' };
const RIGHT = { port: 'p2', tuple: 'nw_src=10.0.0.2,nw_dst=192.168.0.2,tp_src=2048,tp_dst=1024' };
const LINE =
  'tcp,orig=(src=192.168.0.2,dst=10.0.0.2,sport=1024,dport=2048),reply=(src=10.0.0.2,dst=192.168.0.2,sport=2048,dport=1024)';

let sw: VirtualSwitch;
beforeEach(() => {
  sw = new VirtualSwitch(2, FLOWS);
});

/** Sends a segment and returns the flows it hit, by number. */
function segment(from: typeof LEFT, flags: string, seq: number, ack = 0, data = ''): number[] {
  const before = [1n, 2n, 3n, 4n, 5n].map((cookie) => sw.hits(cookie));
  const names = [...flags].map((flag) => `+${FLAGS[flag]}`).join('');
  const bytes = frame(`tcp,${from.tuple},tcp_flags=${names}`, new TextEncoder().encode(data));
  new DataView(bytes.buffer).setUint32(38, seq);
  new DataView(bytes.buffer).setUint32(42, ack);
  sw.send(from.port, withTcpChecksum(bytes));
  return [1n, 2n, 3n, 4n, 5n].flatMap((cookie, i) => (sw.hits(cookie) > before[i] ? [i + 1] : []));
}

function withTcpChecksum(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint16(50, 0);
  let sum = 6 + (bytes.length - 34);
  for (let at = 26; at < bytes.length; at += 2)
    sum += at + 1 < bytes.length ? view.getUint16(at) : view.getUint8(at) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(50, ~sum & 0xffff);
  return bytes;
}

function connections(): string[] {
  const entries = [...sw.datapath.conntrack.dump({}, sw.now)];
  return entries.map((entry) => formatConnection(entry, { verbose: false, statistics: false }));
}

describe('the walk', () => {
  const WALK = [
    { name: 'SYN', from: LEFT, flags: 'S', seq: 100, ack: 0, data: '', hits: [1, 2], state: 'SYN_SENT' },
    { name: 'SYN-ACK', from: RIGHT, flags: 'SA', seq: 200, ack: 101, data: '', hits: [3, 4], state: 'ESTABLISHED' },
    { name: 'ACK', from: LEFT, flags: 'A', seq: 101, ack: 201, data: '', hits: [1, 5], state: 'ESTABLISHED' },
    { name: 'data', from: LEFT, flags: 'A', seq: 101, ack: 201, data: 'X', hits: [1, 5], state: 'ESTABLISHED' },
    { name: 'ACK of data', from: RIGHT, flags: 'A', seq: 201, ack: 102, data: '', hits: [3, 4], state: 'ESTABLISHED' },
    { name: 'FIN', from: LEFT, flags: 'FA', seq: 102, ack: 201, data: '', hits: [1, 5], state: 'FIN_WAIT_1' },
    { name: 'FIN-ACK', from: RIGHT, flags: 'FA', seq: 201, ack: 103, data: '', hits: [3, 4], state: 'LAST_ACK' },
    { name: 'last ACK', from: LEFT, flags: 'A', seq: 103, ack: 202, data: '', hits: [1, 5], state: 'TIME_WAIT' },
    { name: 'last ACK again', from: LEFT, flags: 'A', seq: 103, ack: 202, data: '', hits: [1, 5], state: 'TIME_WAIT' },
  ];

  test('segment by segment', () => {
    for (const { name, from, flags, seq, ack, data, hits, state } of WALK) {
      expect({ name, hits: segment(from, flags, seq, ack, data) }).toEqual({ name, hits });
      expect(connections()).toEqual([`${LINE},protoinfo=(state=${state})`]);
    }
    const { stats } = sw.datapath;
    expect(stats.inFlight).toBe(0);
  });

  test('a retransmitted SYN is still new', () => {
    expect(segment(LEFT, 'S', 100)).toEqual([1, 2]);
    expect(segment(LEFT, 'S', 100)).toEqual([1, 2]);
    expect(connections()).toEqual([`${LINE},protoinfo=(state=SYN_SENT)`]);
  });

  test('right may not open', () => {
    expect(segment(RIGHT, 'S', 100)).toEqual([3]);
    expect(sw.takeSent()).toEqual({});
    expect(connections()).toEqual([]);
  });

  test('a segment far outside the window is invalid', () => {
    for (const { from, flags, seq, ack } of WALK.slice(0, 3)) segment(from, flags, seq, ack);
    expect(segment(LEFT, 'A', 101 + 0x2000_0000, 201, 'X')).toEqual([1]);
    expect(connections()).toEqual([`${LINE},protoinfo=(state=ESTABLISHED)`]);
  });
});
