/**
 * The part of the segment generator that runs inside a host's namespace: `segment-child.js INTERFACE [VIA]`, packets come by
 * IPC (segment-protocol.ts). Ends when the parent does.
 *
 * raw-socket sends IPv4 packets with headers of ours (IP_HDRINCL). It is an optional dependency, compiled when installed;
 * where that was not possible the packet goes, as an Ethernet frame, through an AF_PACKET port.
 */
import { createRequire } from 'node:module';
import { lentPacket } from '../../datapath/packet/packet.js';
import { openPort } from '../../datapath/ports/open.js';
import { frameOf } from './segment.js';
import type { FromChild, Outgoing, SendVia, ToChild } from './segment-protocol.js';

type Send = (outgoing: Outgoing) => Promise<void>;

/** The part of raw-socket that is used; the package has no types. */
interface RawSocketModule {
  createSocket(options: { protocol: number }): RawSocket;
  Protocol: { TCP: number };
  SocketLevel: { IPPROTO_IP: number };
  SocketOption: { IP_HDRINCL: number };
}

interface RawSocket {
  on(event: 'error', listener: (error: Error) => void): void;
  pauseRecv(): void;
  setOption(level: number, option: number, value: number): void;
  send(buffer: Buffer, offset: number, size: number, address: string, done: (error: Error | null) => void): void;
}

function throughRawSocket(): Send {
  const raw: RawSocketModule = createRequire(import.meta.url)('raw-socket');
  const socket = raw.createSocket({ protocol: raw.Protocol.TCP });
  socket.on('error', (error) => tell({ kind: 'failed', message: error.message }));
  // It would receive a copy of every TCP packet that the host gets.
  socket.pauseRecv();
  socket.setOption(raw.SocketLevel.IPPROTO_IP, raw.SocketOption.IP_HDRINCL, 1);
  return ({ packet, to }) =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      socket.send(Buffer.from(packet), 0, packet.length, to, done);
    });
}

function throughPort(name: string): Send {
  const port = openPort({ name, type: 'system', options: {} });
  return async ({ packet, macs }) => {
    const before = port.stats().txPackets;
    port.send(lentPacket(frameOf(packet, macs)));
    port.flush();
    if (port.stats().txPackets === before) throw new Error(`${name} does not take the packet`);
  };
}

/** The way that was asked for, else the first that works. */
function open(name: string, via: string): { send: Send; via: SendVia } {
  if (via !== 'af-packet') {
    try {
      return { send: throughRawSocket(), via: 'raw-socket' };
    } catch (error) {
      if (via === 'raw-socket') throw error;
    }
  }
  return { send: throughPort(name), via: 'af-packet' };
}

const tell = (word: FromChild): void => void process.send?.(word);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function main(): void {
  process.on('disconnect', () => process.exit(0));
  try {
    const { send, via } = open(process.argv[2], process.argv[3] ?? '');
    process.on('message', (word: ToChild) => {
      send(word).then(
        () => tell({ kind: 'sent' }),
        (error: unknown) => tell({ kind: 'failed', message: messageOf(error) }),
      );
    });
    tell({ kind: 'ready', via });
  } catch (error) {
    tell({ kind: 'failed', message: messageOf(error) });
  }
}

main();
