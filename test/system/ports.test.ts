/** Ports on real interfaces: what the kernel does to frames on the way in and out, and interfaces that come and go. */
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { read as readCounter } from '../../datapath/base/counters.js';
import { PacketBatch } from '../../datapath/packet/batch.js';
import { GSO_TCPV4, lentPacket, OFFLOAD_NEEDS_CSUM, type Packet } from '../../datapath/packet/packet.js';
import { openPort } from '../../datapath/ports/open.js';
import type { Port } from '../../datapath/ports/port.js';
import { EpollPoller } from '../../datapath/ports/sys/poll.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { frameOf, ipBytes } from '../helpers/segments.js';
import { mustRun, tool, until } from '../helpers/tool.js';

let namespaces: Namespaces;
let ports: Port[];
let links: string[];

beforeEach(() => {
  links = [];
  namespaces = new Namespaces();
  ports = [];
});

afterEach(() => {
  for (const port of ports) port.close();
  for (const link of links) tool('ip', ['link', 'del', link]);
  namespaces.removeAll();
});

function open(name: string, type: 'system' | 'tap' | 'internal' = 'system'): Port {
  const port = openPort({ name, type, options: {} });
  ports.push(port);
  return port;
}

const batch = new PacketBatch();

/** Copies of the frames that have come. */
function take(port: Port): Uint8Array[] {
  batch.clear();
  port.receive(batch);
  const frames = batch.packets.slice(0, batch.count).map((p) => p.bytes.slice(p.start, p.start + p.size));
  port.release();
  return frames;
}

async function waitForFrame(port: Port, isIt: (frame: Uint8Array) => boolean): Promise<Uint8Array> {
  let found: Uint8Array | undefined;
  await until('a frame', () => (found = take(port).find(isIt)) !== undefined);
  return found!;
}

const typeOf = (frame: Uint8Array): number => (frame[12] << 8) | frame[13];

/** Forwards between two ports until stopped; calls `see` with each packet. */
function forward(a: Port, b: Port, see: (packet: Packet) => void): () => Promise<void> {
  const poller = new EpollPoller();
  const fds = [...a.fds, ...b.fds];
  let isRunning = true;
  const move = (from: Port, to: Port): void => {
    batch.clear();
    from.receive(batch);
    for (let i = 0; i < batch.count; i++) {
      see(batch.packets[i]);
      to.send(batch.packets[i]);
    }
    to.flush();
    from.release();
  };
  const run = async (): Promise<void> => {
    while (isRunning) {
      move(a, b);
      move(b, a);
      await poller.wait(fds, 100);
    }
    poller.close();
  };
  const done = run();
  return () => {
    isRunning = false;
    poller.wake();
    return done;
  };
}

/** Exit code of a command on a host, while this process goes on. */
function runOn(host: Host, command: readonly string[]): Promise<number> {
  const child = spawn('ip', ['netns', 'exec', host.name, ...command], { stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 128)));
}

/** Both ends of a cable, as ports. */
function cable(): [Port, Port] {
  const names = [`c${process.pid}a`, `c${process.pid}b`];
  mustRun('ip', ['link', 'add', names[0], 'type', 'veth', 'peer', 'name', names[1]]);
  links.push(names[0]);
  for (const name of names) {
    mustRun('ip', ['link', 'set', 'dev', name, 'addrgenmode', 'none']);
    mustRun('ip', ['link', 'set', name, 'up']);
  }
  return [open(names[0]), open(names[1])];
}

const withVlan = (frame: Uint8Array, tpid: number, tci: number): Uint8Array =>
  new Uint8Array([...frame.slice(0, 12), tpid >> 8, tpid, tci >> 8, tci, ...frame.slice(12)]);

/** A TCP packet as a host with offloads sends it: to be cut at `gsoSize` by whoever has to, checksum open. */
function offloaded(frame: Uint8Array, gsoSize: number): Packet {
  const packet = lentPacket(frame);
  const ip = typeOf(frame) === 0x0800 ? 14 : 18;
  packet.offload = OFFLOAD_NEEDS_CSUM;
  packet.csumStart = ip + 20;
  packet.csumOffset = 16;
  if (gsoSize > 0) {
    packet.gsoType = GSO_TCPV4;
    packet.gsoSize = gsoSize;
    packet.gsoHeaderSize = ip + 40;
  }
  return packet;
}

async function streamTcp(from: Host, to: Host, address: string): Promise<number> {
  const server = spawn('ip', ['netns', 'exec', to.name, 'iperf3', '-s', '-1'], { stdio: 'ignore' });
  try {
    await until('the server', () => namespaces.exec(to, ['ss', '-ltn']).includes(':5201 '));
    return await runOn(from, ['iperf3', '-c', address, '-n', '100M']);
  } finally {
    server.kill();
  }
}

const tcpFrame = (size: number): Uint8Array =>
  frameOf(
    ipBytes({ proto: 'tcp', src: '10.9.0.1', dst: '10.9.0.2', flags: 'A', payload: new Uint8Array(size).fill(7) }),
  );

test.each([
  ['untagged, small', null, 100, 0],
  ['802.1Q, small', 0x8100, 100, 0],
  ['802.1ad, small', 0x88a8, 100, 0],
  ['untagged, large', null, 60_000, 1400],
  ['802.1Q, large', 0x8100, 60_000, 1400],
])('a frame comes as it was sent, tag and offloads and all: %s', async (_kind, tpid, size, gsoSize) => {
  const [a, b] = cable();
  const frame = tpid === null ? tcpFrame(size) : withVlan(tcpFrame(size), tpid, 0x6007);
  const sent = offloaded(frame, gsoSize);
  a.send(sent);
  a.flush();
  expect(a.stats()).toMatchObject({ txPackets: 1, txDropped: 0 });
  batch.clear();
  await until('the frame', () => {
    b.receive(batch);
    return batch.count > 0;
  });
  const packet = batch.packets[0];
  expect(Buffer.compare(packet.bytes.subarray(packet.start, packet.start + packet.size), frame)).toBe(0);
  expect(packet).toMatchObject({ offload: OFFLOAD_NEEDS_CSUM, csumOffset: 16, gsoType: sent.gsoType, gsoSize });
  expect(packet.csumStart - packet.start).toBe(sent.csumStart);
  if (gsoSize > 0) expect(packet.gsoHeaderSize).toBeGreaterThanOrEqual(sent.gsoHeaderSize);
  b.release();
});

test('a TCP stream crosses in segmented packets of up to 64 KiB, checksums left open', async () => {
  const [left, right] = [namespaces.add('10.9.0.1/24'), namespaces.add('10.9.0.2/24')];
  const [a, b] = [open(left.port), open(right.port)];
  const seen = { largest: 0, segmented: 0, open: 0 };
  const stop = forward(a, b, (p) => {
    seen.largest = Math.max(seen.largest, p.size);
    if (p.gsoType === GSO_TCPV4) seen.segmented++;
    if (p.offload === OFFLOAD_NEEDS_CSUM) seen.open++;
  });
  expect(await streamTcp(left, right, '10.9.0.2')).toBe(0);
  await stop();
  expect(seen.largest).toBeGreaterThan(16_384);
  expect(seen.segmented).toBeGreaterThan(100);
  expect(seen.open).toBeGreaterThan(100);
  expect(b.stats().txErrors).toBe(0);
  expect(b.stats().txBytes).toBe(a.stats().rxBytes);
  expect(readCounter('packet_rx_large_lost')).toBe(0);
});

test('frames of a jumbo MTU cross whole', async () => {
  const [left, right] = [namespaces.add('10.9.0.1/24'), namespaces.add('10.9.0.2/24')];
  for (const host of [left, right]) namespaces.setMtu(host, 9000);
  const stop = forward(open(left.port), open(right.port), () => {});
  expect(await runOn(left, ['ping', '-c', '3', '-i', '0.1', '-M', 'do', '-s', '8900', '10.9.0.2'])).toBe(0);
  await stop();
});

test('a frame in memory without an address is sent, one above the MTU is refused and counted', async () => {
  const [left, right] = [namespaces.add(), namespaces.add()];
  const [a, b] = [open(left.port), open(right.port)];
  const frame = new Uint8Array(60).fill(0xab);
  a.send(lentPacket(frame));
  a.send(lentPacket(new Uint8Array(4000)));
  a.send(lentPacket(frame));
  a.send(lentPacket(new Uint8Array(13)));
  a.flush();
  expect(a.stats()).toMatchObject({ txPackets: 2, txBytes: 120, txDropped: 2, txErrors: 1 });
  const cut = lentPacket(new Uint8Array(1000).fill(1));
  cut.truncate = 100;
  b.send(cut);
  b.flush();
  expect(b.stats()).toMatchObject({ txPackets: 1, txBytes: 100, txDropped: 0 });
});

test('an interface that goes away takes the link with it, and one that comes back is taken hold of', async () => {
  const host = namespaces.add();
  const port = open(host.port);
  expect(port.state()).toMatchObject({ adminUp: true, linkUp: true, mtu: 1500 });
  const poller = new EpollPoller();
  mustRun('ip', ['link', 'del', host.port]);
  expect(port.state()).toMatchObject({ linkUp: false, ifindex: 0 });
  port.send(lentPacket(new Uint8Array(60)));
  port.flush();
  expect(port.stats()).toMatchObject({ txPackets: 0, txDropped: 1 });
  expect(take(port)).toEqual([]);
  // The socket's error ends a few waits, then the poller sleeps again.
  const start = performance.now();
  for (let i = 0; i < 40; i++) await poller.wait(port.fds, 50);
  expect(performance.now() - start).toBeGreaterThan(50);
  poller.close();

  mustRun('ip', ['link', 'add', host.port, 'type', 'veth', 'peer', 'name', host.inner, 'netns', host.name]);
  mustRun('ip', ['link', 'set', host.port, 'up']);
  namespaces.exec(host, ['ip', 'link', 'set', host.inner, 'up']);
  await until('the link to be up', () => port.state().linkUp);
  namespaces.exec(host, ['ip', 'address', 'add', '10.9.0.1/24', 'dev', host.inner]);
  namespaces.tryExec(host, ['ping', '-c', '1', '-W', '1', '10.9.0.2']);
  await waitForFrame(port, (frame) => typeOf(frame) === 0x0806);
});

test('the interface can be set up, down and to another MTU', () => {
  const port = open(namespaces.add().port);
  port.setAdminUp(false);
  expect(port.state()).toMatchObject({ adminUp: false, linkUp: false });
  port.setAdminUp(true);
  port.setMtu(1400);
  expect(port.state()).toMatchObject({ adminUp: true, mtu: 1400, speed: 10_000, fullDuplex: true });
});

test('what cannot be opened is refused with a sentence', () => {
  const host = namespaces.add();
  open(host.port);
  const refusals: [string, string][] = [
    [host.port, `the network interface ${host.port} is already a port of another switch`],
    ['nosuch0', 'there is no network interface nosuch0'],
    ['lo', 'lo is not an Ethernet interface'],
    ['a-name-that-is-long', '"a-name-that-is-long" is not an interface name: it must have 1 to 15 characters'],
    ['a/b', '"a/b" is not an interface name: "/", ":" and white space are not allowed'],
  ];
  for (const [name, sentence] of refusals)
    expect(() => openPort({ name, type: 'system', options: {} })).toThrow(sentence);
  expect(() => openPort({ name: host.port, type: 'tap', options: {} })).toThrow(
    `${host.port} is in use by another program`,
  );
});

test('a port can be closed and opened many times', () => {
  const host = namespaces.add();
  for (let i = 0; i < 50; i++) openPort({ name: host.port, type: 'system', options: {} }).close();
  open(host.port);
});

test('a TAP device gives what its interface sends and takes what it is to receive', async () => {
  const name = `t${process.pid}`;
  const port = open(name, 'internal');
  port.setAdminUp(true);
  mustRun('ip', ['address', 'add', '10.98.76.1/24', 'dev', name]);
  const ping = spawn('ping', ['-c', '1', '-W', '2', '10.98.76.2'], { stdio: 'ignore' });
  const ended = new Promise<number>((resolve) => ping.on('exit', (code) => resolve(code ?? 128)));
  const request = await waitForFrame(port, (f) => typeOf(f) === 0x0806);
  port.send(lentPacket(arpReply(request)));
  const echo = await waitForFrame(port, (f) => typeOf(f) === 0x0800 && f[23] === 1);
  port.send(lentPacket(echoReply(echo)));
  expect(await ended).toBe(0);
  port.close();
  await until('the device to be gone', () => !mustRun('ip', ['-br', 'link']).includes(name));
});

/** The answer of 02:00:00:00:00:09 to an ARP request. */
function arpReply(request: Uint8Array): Uint8Array {
  const reply = request.slice(0, 42);
  const mac = [2, 0, 0, 0, 0, 9];
  reply.set(request.slice(6, 12), 0);
  reply.set(mac, 6);
  reply[21] = 2;
  reply.set(mac, 22);
  reply.set(request.slice(38, 42), 28);
  reply.set(request.slice(22, 32), 32);
  return reply;
}

/** Addresses swapped; the checksum changes by the type alone. */
function echoReply(request: Uint8Array): Uint8Array {
  const reply = request.slice();
  reply.set(request.slice(6, 12), 0);
  reply.set(request.slice(0, 6), 6);
  reply.set(request.slice(26, 30), 30);
  reply.set(request.slice(30, 34), 26);
  reply[34] = 0;
  const checksum = ((request[36] << 8) | request[37]) + 0x0800;
  reply[36] = (checksum + (checksum >>> 16)) >>> 8;
  reply[37] = checksum + (checksum >>> 16);
  return reply;
}
