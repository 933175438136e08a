/** OpenFlow connections over real sockets: negotiation, order, errors, slow readers, reconnection. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock, systemClock } from '../../../datapath/base/clock.js';
import { read } from '../../../datapath/base/counters.js';
import { ControllerManager } from '../../../src/controller/manager.js';
import { Match } from '../../../src/match/match.js';
import { connect, listen, type Stream } from '../../../src/net/stream.js';
import type { ActiveTarget } from '../../../src/net/target.js';
import { Ofproto } from '../../../src/ofproto/ofproto.js';
import { encodeMessage, peekName } from '../../../src/openflow/codec.js';
import { Framer } from '../../../src/openflow/framer.js';
import type { Message, OfVersion } from '../../../src/openflow/message-types.js';
import { parseFlow, parseFlowStatsRequest } from '../../../src/text/flow.js';
import { portDesc, QuietDatapath } from '../../helpers/quiet-datapath.js';
import { Peer } from './peer.js';

let folder = '';
let path = '';
let ofproto: Ofproto;
let below: QuietDatapath;
let manager: ControllerManager;
const peers: Peer[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-of-'));
  path = join(folder, 'br0.mgmt');
  ofproto = new Ofproto({ name: 'br0', datapathId: 0xabcn });
  ofproto.provider = below = new QuietDatapath();
  manager = new ControllerManager(ofproto, systemClock);
  await manager.serve(path);
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await manager.close();
  rmSync(folder, { recursive: true, force: true });
});

async function peerOf(version: OfVersion): Promise<Peer> {
  const peer = await Peer.at(path, version);
  peers.push(peer);
  return peer;
}

const flow = (text: string) => parseFlow(`table=0,${text}`, { command: 'add' });
const names = (messages: readonly Message[]): string[] => messages.map(({ name }) => name);

describe('negotiation', () => {
  test.each<OfVersion>([1, 2, 3, 4, 5, 6])('version %i', async (version) => {
    const peer = await peerOf(version);
    expect(await peer.ask('features_request', null)).toMatchObject([
      { name: 'features_reply', version, body: { datapathId: 0xabcn, nTables: 254 } },
    ]);
  });

  test('nothing in common: an error, then the end', async () => {
    const peer = await peerOf(1);
    peer.close();
    const only13 = new Ofproto({ name: 'br1', datapathId: 1n, versions: 1 << 4 });
    const other = new ControllerManager(only13, systemClock);
    await other.serve(join(folder, 'br1.mgmt'));
    const refused = await Peer.at(join(folder, 'br1.mgmt'), 1);
    const message = await refused.until(({ name }) => name === 'error');
    expect(message.body).toMatchObject({ error: 'OFPHFC_INCOMPATIBLE' });
    await refused.untilClosed();
    await other.close();
  });

  test('what begins with anything but a hello is cut off', async () => {
    const stream = await connect({ kind: 'unix', path });
    const closed = new Promise((resolve) => {
      stream.onClose = resolve;
    });
    stream.write(encodeMessage({ name: 'echo_request', version: 1, xid: 1, body: { data: new Uint8Array() } }));
    await closed;
    expect(manager.sessionCount).toBe(0);
  });
});

describe('requests', () => {
  test('are answered in order, errors among them, with the request quoted', async () => {
    const peer = await peerOf(4);
    const from = peer.received.length;
    peer.send('echo_request', { data: Uint8Array.from([1, 2, 3]) });
    const bad = peer.send('flow_mod', { ...flow('actions=1'), table: 254 });
    peer.send('desc_request', null);
    await peer.barrier();
    const got = peer.received.slice(from).filter(({ name }) => name !== 'hello');
    expect(names(got)).toEqual(['echo_reply', 'error', 'desc_reply', 'barrier_reply']);
    expect(got[0]!.body).toEqual({ data: Uint8Array.from([1, 2, 3]) });
    const { error, data } = got[1]!.body as { error: string; data: Uint8Array };
    expect([got[1]!.xid, error, data[0], data[1]]).toEqual([bad, 'OFPBRC_EPERM', 4, 14]);
  });

  test('of another version, or of no known type, are errors, and the connection lives', async () => {
    const peer = await peerOf(4);
    peer.stream.write(encodeMessage({ name: 'barrier_request', version: 6, xid: 77, body: null }));
    peer.stream.write(Uint8Array.from([4, 99, 0, 8, 0, 0, 0, 78]));
    await peer.barrier();
    const errors = peer.received
      .filter(({ name }) => name === 'error')
      .map(({ xid, body }) => [xid, (body as { error: string }).error]);
    expect(errors).toEqual([
      [77, 'OFPBRC_BAD_VERSION'],
      [78, 'OFPBRC_BAD_TYPE'],
    ]);
  });

  test('that claim to be shorter than a header end the connection', async () => {
    const peer = await peerOf(4);
    await peer.barrier();
    peer.stream.write(Uint8Array.from([4, 2, 0, 4, 0, 0, 0, 1]));
    await peer.untilClosed();
  });

  test('may come byte by byte', async () => {
    const peer = await peerOf(1);
    const bytes = encodeMessage({ name: 'barrier_request', version: 1, xid: 99, body: null });
    for (const byte of bytes) {
      peer.stream.write(Uint8Array.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.until(({ name, xid }) => name === 'barrier_reply' && xid === 99);
  });
});

test('a long dump comes in parts, whole, while others are answered', async () => {
  const count = 5000;
  const [loader, reader, other] = [await peerOf(4), await peerOf(4), await peerOf(4)];
  for (let i = 0; i < count; i++)
    loader.send('flow_mod', flow(`cookie=${i},ip,nw_src=10.0.${i >> 8}.${i & 255},actions=1`));
  await loader.barrier();
  reader.send('flow_stats_request', parseFlowStatsRequest(''));
  await other.barrier();
  const last = await reader.until(({ name, body }) => name === 'flow_stats_reply' && !(body as { more: boolean }).more);
  const parts = reader.received.filter(({ name }) => name === 'flow_stats_reply');
  expect(parts.at(-1)).toBe(last);
  expect(parts.length).toBeGreaterThan(5);
  const cookies = parts.flatMap(({ body }) =>
    (body as { flows: { cookie: bigint }[] }).flows.map((entry) => entry.cookie),
  );
  expect(new Set(cookies).size).toBe(count);
});

test('a packet-in that a packet-out causes comes before the barrier reply of its sender', async () => {
  const [monitor, sender] = [await peerOf(1), await peerOf(1)];
  await monitor.ask('set_config', { ...ofproto.config, missSendLen: 0xffff });
  const order: string[] = [];
  below.packetOut = (packetOut) => {
    const metadata = new Match().set('in_port', 1n);
    const { packet } = packetOut;
    const packetIn = { packet, totalLen: packet.length, table: 0, cookie: 1n, reason: 1, metadata };
    ofproto.packetIn(packetIn, 0);
    return null;
  };
  sender.send('packet_out', { inPort: 1, bufferId: 0xffffffff, packet: new Uint8Array(60), actions: [] });
  await Promise.all([
    monitor.until(({ name }) => name === 'packet_in').then(() => order.push('packet_in')),
    sender.barrier().then(() => order.push('barrier')),
  ]);
  expect(order).toEqual(['packet_in', 'barrier']);
});

test('a reader that does not read loses packet-ins, which are counted, and nothing else', async () => {
  const peer = await peerOf(1);
  await peer.ask('set_config', { ...ofproto.config, missSendLen: 0xffff });
  const before = read('openflow_packet_in_dropped')!;
  peer.stream.pause();
  const packet = new Uint8Array(10_000);
  const packetIn = {
    packet,
    totalLen: packet.length,
    table: 0,
    cookie: 1n,
    reason: 1,
    metadata: new Match().set('in_port', 1n),
  };
  for (let i = 0; i < 1000; i++) ofproto.packetIn(packetIn, 0);
  const dropped = read('openflow_packet_in_dropped')! - before;
  expect(dropped).toBeGreaterThan(0);
  ofproto.ports.add(portDesc(3, 'p3'), 0);
  peer.stream.resume();
  await peer.barrier();
  expect(names(peer.received).filter((name) => name === 'packet_in')).toHaveLength(1000 - dropped);
  expect(names(peer.received).at(-2)).toBe('port_status');
});

describe('a controller that sends and does not read', () => {
  const COUNT = 60;
  const SIZE = 60_000;
  let clock: ManualClock;
  let slow: ControllerManager;
  let peer: Peer;

  /** Asks for errors that quote more than what sockets hold and the switch keeps, and reads none. */
  beforeEach(async () => {
    clock = new ManualClock(0);
    slow = new ControllerManager(ofproto, clock);
    await slow.listen(`punix:${folder}/slow`);
    peer = await Peer.at(join(folder, 'slow'), 4);
    await peer.barrier();
    peer.stream.pause();
    const bad = new Uint8Array(SIZE);
    bad.set([4, 99, SIZE >> 8, SIZE & 255]);
    for (let i = 0; i < COUNT; i++) peer.stream.write(bad);
    // Both ends live in this process: within so many turns everything has gone as far as it can.
    for (let i = 0; i < 500; i++) await new Promise((resolve) => setImmediate(resolve));
  });
  afterEach(() => slow.close());

  const pass = (ms: number): void => {
    for (let i = 0; i < ms; i += 1000) {
      clock.advance(1000);
      slow.tick();
    }
  };

  test('gets every error once it reads, if only after half a minute', async () => {
    pass(30_000);
    expect(slow.sessionCount).toBe(1);
    peer.stream.resume();
    await peer.barrier();
    expect(names(peer.received).filter((name) => name === 'error')).toHaveLength(COUNT);
  });

  test('is given up after a minute', async () => {
    pass(61_000);
    await expect.poll(() => slow.sessionCount).toBe(0);
  });
});

describe('controllers we connect to', () => {
  test('are connected to, and again when they hang up', async () => {
    const at = join(folder, 'controller');
    const accepted: Peer[] = [];
    const listener = await listen({ kind: 'punix', path: at, mode: 0o700 }, (stream) => {
      accepted.push(Peer.over(stream, 4));
    });
    manager.connect(`unix:${at}`);
    await expect.poll(() => accepted.length, { timeout: 5000 }).toBe(1);
    await accepted[0]!.barrier();
    expect(manager.status()).toEqual([{ target: `unix:${at}`, isConnected: true }]);
    accepted[0]!.close();
    await expect.poll(() => accepted.length, { timeout: 5000 }).toBe(2);
    await accepted[1]!.barrier();
    manager.disconnect(`unix:${at}`);
    await accepted[1]!.untilClosed();
    expect(manager.status()).toEqual([]);
    await listener.close();
  });

  test('that are not there are tried again, and found when they come', async () => {
    const at = join(folder, 'late');
    manager.connect(`unix:${at}`);
    // Tried later than the manager's try, so that one has failed by now, too.
    await expect(connect({ kind: 'unix', path: at })).rejects.toThrow();
    expect(manager.status()).toEqual([{ target: `unix:${at}`, isConnected: false }]);
    const accepted: Peer[] = [];
    const listener = await listen({ kind: 'punix', path: at, mode: 0o700 }, (stream) => {
      accepted.push(Peer.over(stream, 4));
    });
    await expect.poll(() => accepted.length, { timeout: 10_000 }).toBe(1);
    await accepted[0]!.barrier();
    expect(manager.status()).toEqual([{ target: `unix:${at}`, isConnected: true }]);
    await listener.close();
  });

  test('passive targets: TCP, as controllers', async () => {
    const port = await manager.listen('ptcp:0:127.0.0.1');
    const peer = Peer.over(await connect({ kind: 'tcp', host: '127.0.0.1', port: port! }), 4);
    peers.push(peer);
    await peer.barrier();
    ofproto.ports.add(portDesc(1, 'p1'), 0);
    await peer.until(({ name }) => name === 'port_status');
  });
});

describe('places', () => {
  /** Connections that have been accepted and say nothing. */
  const silent = async (target: ActiveTarget, count: number): Promise<Stream[]> => {
    const before = manager.sessionCount;
    const streams = await Promise.all(Array.from({ length: count }, () => connect(target)));
    await expect.poll(() => manager.sessionCount, { timeout: 5000 }).toBe(before + count);
    return streams;
  };
  const PLACES = 256;

  test('all taken over the network leave those of the own socket and of other listeners', async () => {
    const [first, second] = [await manager.listen('ptcp:0'), await manager.listen('ptcp:0')];
    const streams = await silent({ kind: 'tcp', host: '127.0.0.1', port: first! }, PLACES);
    const before = read('openflow_connection_refused')!;
    const refused = Peer.over(await connect({ kind: 'tcp', host: '127.0.0.1', port: first! }), 4);
    await refused.untilClosed();
    expect(read('openflow_connection_refused')! - before).toBe(1);
    await (await peerOf(4)).barrier();
    const other = Peer.over(await connect({ kind: 'tcp', host: '127.0.0.1', port: second! }), 4);
    await other.barrier();
    streams[0]!.destroy();
    await expect.poll(() => manager.sessionCount).toBe(PLACES + 1);
    await Peer.over(await connect({ kind: 'tcp', host: '127.0.0.1', port: first! }), 4).barrier();
    for (const stream of streams) stream.destroy();
  });

  test.each(['the own socket', 'TCP'])(
    'who connects to %s and says no hello is given up after ten seconds',
    async (where) => {
      const clock = new ManualClock(0);
      const at = join(folder, 'quiet.mgmt');
      const quiet = new ControllerManager(ofproto, clock);
      await quiet.serve(at);
      const port = await quiet.listen('ptcp:0');
      const target: ActiveTarget =
        where === 'TCP' ? { kind: 'tcp', host: '127.0.0.1', port: port! } : { kind: 'unix', path: at };
      const closed = [[], [4], [4, 0, 0]].map(async (bytes) => {
        const stream = await connect(target);
        stream.write(Uint8Array.from(bytes));
        return new Promise((resolve) => {
          stream.onClose = resolve;
        });
      });
      const greeted = Peer.over(await connect(target), 4);
      await greeted.barrier();
      await expect.poll(() => quiet.sessionCount).toBe(4);
      clock.advance(9_999);
      quiet.tick();
      expect(quiet.sessionCount).toBe(4);
      clock.advance(1);
      quiet.tick();
      quiet.tick();
      await Promise.all(closed);
      expect(quiet.sessionCount).toBe(1);
      await greeted.barrier();
      await quiet.close();
    },
  );
});

test('a snooper hears both sides of a controller, and nothing of the tools', async () => {
  const at = join(folder, 'br0.snoop');
  await manager.serveSnoop(at);
  const heard: string[] = [];
  const framer = new Framer();
  const snooper = await connect({ kind: 'unix', path: at });
  snooper.onData = (chunk) => {
    framer.push(chunk);
    for (let bytes = framer.next(); bytes !== null; bytes = framer.next()) heard.push(peekName(bytes) ?? '?');
  };
  await expect.poll(() => heard).toEqual(['hello']);
  const port = await manager.listen('ptcp:0:127.0.0.1');
  const controller = Peer.over(await connect({ kind: 'tcp', host: '127.0.0.1', port: port! }), 4);
  peers.push(controller);
  await controller.barrier();
  const said = ['hello', 'hello', 'hello', 'barrier_request', 'barrier_reply'];
  await expect.poll(() => heard).toEqual(said);
  const tool = await peerOf(4);
  await tool.barrier();
  await controller.barrier();
  await expect.poll(() => heard).toEqual([...said, 'barrier_request', 'barrier_reply']);
  snooper.destroy();
});
