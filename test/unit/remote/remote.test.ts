/** What controllers in TypeScript are given: connections with a switch of ours, and with peers that do not behave. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../datapath/base/clock.js';
import { ControllerManager } from '../../../src/controller/manager.js';
import { connect as open, type Stream, listen as wait } from '../../../src/net/stream.js';
import { Ofproto } from '../../../src/ofproto/ofproto.js';
import { encodeMessage } from '../../../src/openflow/codec.js';
import type { Message, OfVersion } from '../../../src/openflow/message-types.js';
import { newFlowMod } from '../../../src/openflow/new-flow-mod.js';
import { connect, listen, type RemoteSwitch } from '../../../src/remote/index.js';
import { parseFlow, parseFlowStatsRequest } from '../../../src/text/flow.js';
import { QuietDatapath } from '../../helpers/quiet-datapath.js';
import { Peer } from '../controller/peer.js';

let folder = '';
let path = '';
const closes: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-remote-'));
  path = join(folder, 'socket');
});
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function ourSwitch(versions?: number): Promise<ControllerManager> {
  const ofproto = new Ofproto({ name: 'br0', datapathId: 0xabcn, ...(versions === undefined ? {} : { versions }) });
  ofproto.provider = new QuietDatapath();
  const manager = new ControllerManager(ofproto, systemClock);
  closes.push(() => manager.close());
  await manager.serve(path);
  return manager;
}

async function connected(...versions: OfVersion[]): Promise<RemoteSwitch> {
  const remote = await connect(`unix:${path}`, versions.length === 0 ? {} : { versions });
  closes.push(() => remote.destroy());
  return remote;
}

/** A peer that has said hello in OpenFlow 1.3, and is no switch otherwise. */
async function wirePeer(options: { timeoutMs?: number; probeMs?: number } = {}): Promise<[RemoteSwitch, Peer]> {
  const accepted = new Promise<Stream>((resolve) => {
    void wait({ kind: 'punix', path, mode: 0o700 }, resolve).then((listener) => closes.push(() => listener.close()));
  });
  let remote: Promise<RemoteSwitch> | null = null;
  while (remote === null) {
    await new Promise((resolve) => setImmediate(resolve));
    remote = closes.length > 0 ? connect(`unix:${path}`, { versions: [4], ...options }) : null;
  }
  const peer = Peer.over(await accepted, 4);
  const established = await remote;
  closes.push(() => peer.close());
  return [established, peer];
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: { detail?: { code: string } }) => error.detail?.code ?? String(error),
  );

const reply = (name: string, xid: number, body: unknown): Uint8Array =>
  encodeMessage({ name, version: 4, xid, body } as Message);

describe('with a switch', () => {
  test.each<OfVersion>([1, 2, 3, 4, 5, 6])('requests, orders and refusals in version %i', async (version) => {
    await ourSwitch();
    const remote = await connected(version);
    expect(remote.version).toBe(version);
    expect(await remote.request('features_request', null)).toMatchObject({ datapathId: 0xabcn });
    await remote.order('flow_mod', parseFlow('table=0,priority=7,actions=drop'));
    const { flows } = await remote.request('flow_stats_request', parseFlowStatsRequest(''));
    expect(flows.map(({ priority }) => priority)).toEqual([7]);
    const nowhere = { port: 99, mac: new Uint8Array(6), config: 0, mask: 0, advertise: 0 };
    expect(await code(remote.order('port_mod', nowhere))).toBe('refused');
    await remote.barrier();
  });

  test('the newest version in common is spoken; without one, both sides say so', async () => {
    await ourSwitch((1 << 1) | (1 << 4));
    expect((await connected()).version).toBe(4);
    expect((await connected(1, 2)).version).toBe(1);
    expect(await code(connected(6))).toBe('no-handshake');
  });

  test('answers in parts are put together', async () => {
    await ourSwitch();
    const remote = await connected(4);
    for (let i = 0; i < 2000; i++) remote.send('flow_mod', parseFlow(`table=0,priority=${i},actions=drop`));
    const { flows, more } = await remote.request('flow_stats_request', parseFlowStatsRequest(''));
    expect([new Set(flows.map(({ priority }) => priority)).size, more]).toEqual([2000, false]);
  });

  test('a switch that calls is served, and the connection ends with what served it', async () => {
    const ids: bigint[] = [];
    const listener = await listen('ptcp:0', async (remote) => {
      ids.push((await remote.request('features_request', null)).datapathId);
    });
    closes.push(() => listener.close());
    const manager = await ourSwitch();
    manager.connect(`tcp:127.0.0.1:${listener.port}`);
    await expect.poll(() => ids[0], { timeout: 30_000 }).toBe(0xabcn);
    await expect.poll(() => manager.status()[0]?.isConnected, { timeout: 30_000 }).toBe(false);
  });
});

describe('with other peers', () => {
  test('no handshake: garbage, and a connection that ends', async () => {
    const refused: string[] = [];
    const options = { onRefused: (error: Error) => refused.push(error.message) };
    const listener = await listen(`punix:${path}`, async () => {}, options);
    closes.push(() => listener.close());
    (await open({ kind: 'unix', path })).write('GET / HTTP/1.0\r\n\r\n'.repeat(2000));
    (await open({ kind: 'unix', path })).end();
    await expect.poll(() => refused.length, { timeout: 30_000 }).toBe(2);
    expect(refused.join()).toMatch(/it says no hello.*closed before a hello/);
  });

  test('echo requests are answered, what answers nothing is a message, what cannot be read is left out', async () => {
    const [remote, peer] = await wirePeer();
    peer.send('echo_request', { data: Uint8Array.of(7) });
    peer.stream.write(Uint8Array.of(4, 200, 0, 8, 0, 0, 0, 9));
    peer.send('barrier_reply', null);
    expect((await peer.until(({ name }) => name === 'echo_reply')).body).toEqual({ data: Uint8Array.of(7) });
    const messages = remote[Symbol.asyncIterator]();
    expect((await messages.next()).value).toMatchObject({ name: 'barrier_reply' });
  });

  test('an answer that cannot be read, none at all, and the end of the connection', async () => {
    const [remote, peer] = await wirePeer({ timeoutMs: 1 });
    const unreadable = remote.request('features_request', null);
    const asked = await peer.until(({ name }) => name === 'features_request');
    expect(await code(unreadable)).toBe('timeout');
    peer.stream.write(reply('features_reply', asked.xid, featuresOf()));
    const late = remote[Symbol.asyncIterator]().next();
    expect((await late).value).toMatchObject({ name: 'features_reply' });
    peer.close();
    expect(await remote.closed).toBeNull();
    expect(await code(remote.barrier())).toBe('closed');
    expect(() => remote.send('barrier_request', null)).toThrow(/the connection is closed/);
    const rest: string[] = [];
    for await (const { name } of remote) rest.push(name);
    expect(rest).toEqual([]);
  });

  test('open requests fail when the connection ends', async () => {
    const [remote, peer] = await wirePeer();
    const open = [remote.barrier(), remote.order('flow_mod', newFlowMod('delete'))].map(code);
    await peer.until(({ name }) => name === 'flow_mod');
    peer.close();
    expect(await Promise.all(open)).toEqual(['closed', 'closed']);
  });

  test('of packet-ins that nobody takes so many are kept, and the rest counted', async () => {
    const [remote, peer] = await wirePeer();
    const packetIn = reply('packet_in', 0, packetInOf(new Uint8Array(60_000)));
    for (let i = 0; i < 100; i++) peer.stream.write(packetIn);
    peer.send('echo_request', { data: new Uint8Array() });
    await peer.until(({ name }) => name === 'echo_reply');
    expect(remote.droppedPacketIns).toBeGreaterThan(60);
    const messages = remote[Symbol.asyncIterator]();
    for (let i = remote.droppedPacketIns; i < 100; i++) {
      expect((await messages.next()).value).toMatchObject({ name: 'packet_in' });
    }
  });

  test('far too much that nobody takes ends the connection', async () => {
    const [remote, peer] = await wirePeer();
    const error = reply('error', 0, { error: 'OFPBRC_BAD_TYPE', data: new Uint8Array(60_000) });
    for (let i = 0; i < 300; i++) peer.stream.write(error);
    expect(await remote.closed).toBe('its messages are not taken');
  });

  test('who does not read is not sent more than so much', async () => {
    const [remote, peer] = await wirePeer();
    peer.stream.pause();
    const data = new Uint8Array(60_000);
    expect(() => {
      for (;;) remote.send('echo_request', { data });
    }).toThrow(/does not read/);
    const drained = remote.drained();
    peer.stream.resume();
    await drained;
    await remote.drained();
  });

  test('a silent peer is asked for a sign of life, and given up', async () => {
    const [remote, peer] = await wirePeer({ probeMs: 1 });
    await peer.until(({ name }) => name === 'echo_request');
    expect(await remote.closed).toBe('no answer to an echo request');
  });
});

const featuresOf = () => ({
  datapathId: 1n,
  nBuffers: 0,
  nTables: 1,
  auxiliaryId: 0,
  capabilities: {},
  ports: [],
});

const packetInOf = (packet: Uint8Array) => ({
  packet,
  totalLen: packet.length,
  table: 0,
  cookie: 0n,
  reason: 0,
  metadata: newFlowMod('add').match.set('in_port', 1n),
});
