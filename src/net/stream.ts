/**
 * Byte streams over sockets, of one shape whatever the kind: data and close come as calls, writes are queued with a known
 * size. Who produces without being asked looks at `queued` first and drops; who answers waits for `onDrain`.
 */
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { add, counter } from '../../datapath/base/counters.js';
import { SwitchError } from '../../datapath/base/error.js';
import { guard } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import { errnoOf, strerror } from './errno.js';
import { type ActiveTarget, formatTarget, type PassiveTarget } from './target.js';
import { clearStaleSocket, shortPath } from './unix-path.js';

const log = logger('stream_fd');
const acceptLimit = new RateLimit(5, 5);
/** Connections that a listener could not accept, for want of descriptors for one. */
const acceptFailures = counter('stream_accept_failed');

/** One connection. Nothing comes after `onClose`. */
export interface Stream {
  /** Who is at the other end, for logs: "tcp:127.0.0.1:50112", "unix#3". */
  readonly peer: string;
  onData: (chunk: Uint8Array) => void;
  /** Called once; `why` is null after an orderly end. */
  onClose: (why: string | null) => void;
  /** The queue has become empty again after `queued` was not 0. */
  onDrain: () => void;
  /** Bytes written that the system has not taken yet. */
  readonly queued: number;
  readonly isOpen: boolean;
  write(bytes: Uint8Array | string): void;
  pause(): void;
  resume(): void;
  /** Sends what is queued, then ends. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

/** An address that is listened on. */
export interface Listener {
  /** The port of a TCP listener, which may have been chosen by the system. */
  readonly port: number | null;
  close(): Promise<void>;
}

type TcpTarget = Extract<PassiveTarget, { kind: 'ptcp' }>;
type TcpListener = Listener & { readonly port: number };

/** No connection could be opened, or no address listened on; `errno` is the system's name for why, such as "ECONNREFUSED". */
export class ConnectError extends SwitchError<{ code: 'connect' | 'listen'; errno: string }> {
  constructor(verb: 'connect' | 'listen', where: string, errno: string) {
    super(`cannot ${verb} ${verb === 'connect' ? 'to' : 'on'} ${where}: ${strerror(errno)}`, { code: verb, errno });
  }
}

class SocketStream implements Stream {
  readonly peer: string;
  onData: (chunk: Uint8Array) => void = () => {};
  onClose: (why: string | null) => void = () => {};
  onDrain: () => void = () => {};
  private readonly socket: Socket;
  private why: string | null = null;

  constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.enter(() => this.onData(chunk)));
    socket.on('drain', () => this.enter(() => this.onDrain()));
    socket.on('error', (error) => (this.why = strerror(errnoOf(error))));
    socket.on('close', () => this.enter(() => this.onClose(this.why)));
  }

  /** What fails on account of a peer ends its connection. */
  private enter(work: () => void): void {
    guard('serving a connection', undefined, work, () => this.socket.destroy());
  }

  get queued(): number {
    return this.socket.writableLength;
  }

  get isOpen(): boolean {
    return this.socket.writable;
  }

  write(bytes: Uint8Array | string): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Opens a connection; the promise fails with ConnectError. `signal` gives it up. */
export function connect(target: ActiveTarget, signal?: AbortSignal): Promise<Stream> {
  const name = target.kind === 'unix' ? target.path : formatTarget(target);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new ConnectError('connect', name, errnoOf(error)));
    let short: ReturnType<typeof shortPath> | null = null;
    try {
      short = target.kind === 'unix' ? shortPath(target.path) : null;
    } catch (error) {
      return fail(error as Error);
    }
    const socket =
      target.kind === 'tcp' ? createConnection(target.port, target.host) : createConnection({ path: short!.path });
    const giveUp = (): void => {
      socket.destroy(Object.assign(new Error('aborted'), { code: 'ETIMEDOUT' }));
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.on('error', fail);
    socket.once('close', () => short?.release());
    socket.once('connect', () => {
      short?.release();
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', fail);
      resolve(new SocketStream(socket, formatTarget(target)));
    });
  });
}

/** Waits for connections. A stale socket file is replaced; the one of a living process is refused. */
export function listen(target: PassiveTarget, accept: (stream: Stream) => void): Promise<Listener> {
  let count = 0;
  const makeServer = (): Server =>
    createServer({ keepAlive: true }, (socket) => {
      const stream = new SocketStream(socket, target.kind === 'punix' ? `unix#${count++}` : tcpPeer(socket));
      guard(
        'accepting a connection',
        undefined,
        () => accept(stream),
        () => socket.destroy(),
      );
    });
  if (target.kind === 'punix') return listenAtPath(makeServer(), target.path, target.mode);
  return target.host === '' ? listenOnLoopback(makeServer, target) : listenOnHost(makeServer(), target);
}

/** An IPv4 peer of a socket of both families bears its IPv4 address. */
function tcpPeer({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return formatTarget({ kind: 'tcp', host: remoteAddress.replace(/^::ffff:(?=\d+\.)/i, ''), port: remotePort });
}

async function listenOnHost(server: Server, target: TcpTarget): Promise<TcpListener> {
  await started(server, formatTarget(target), () => server.listen(target.port, target.host));
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

/** Tries to find a port that is free in both families, if the choice is ours: the other family's may be in use by chance. */
const PORT_TRIES = 8;

/** Nobody but this machine, in both families; IPv6 may be turned off. */
async function listenOnLoopback(makeServer: () => Server, target: TcpTarget, tries = PORT_TRIES): Promise<TcpListener> {
  const four = await listenOnHost(makeServer(), { ...target, host: '127.0.0.1' });
  try {
    const six = await listenOnHost(makeServer(), { ...target, host: '::1', port: four.port });
    return { port: four.port, close: async () => void (await Promise.all([four.close(), six.close()])) };
  } catch (error) {
    const errno = error instanceof ConnectError ? error.detail.errno : '';
    if (WITHOUT_IPV6.has(errno)) return four;
    await four.close();
    if (errno !== 'EADDRINUSE' || target.port !== 0 || tries <= 1) throw error;
    return listenOnLoopback(makeServer, target, tries - 1);
  }
}

const WITHOUT_IPV6: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

async function listenAtPath(server: Server, path: string, mode: number): Promise<Listener> {
  let short: ReturnType<typeof shortPath>;
  try {
    await clearStaleSocket(path);
    short = shortPath(path);
  } catch (error) {
    if (error instanceof SwitchError) throw error;
    throw new ConnectError('listen', path, errnoOf(error as Error));
  }
  await started(server, path, () => {
    // Binding happens within listen(): the socket never exists with wider access than asked for.
    const before = process.umask(0o777 & ~mode);
    try {
      server.listen({ path: short.path });
    } finally {
      process.umask(before);
    }
  }).catch((error) => {
    short.release();
    throw error;
  });
  return {
    port: null,
    // Closing removes the file, by the same path.
    close: () => closed(server).finally(() => short.release()),
  };
}

function started(server: Server, where: string, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new ConnectError('listen', where, errnoOf(error)));
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      server.on('error', (error) => acceptFailed(where, error));
      resolve();
    });
    begin();
  });
}

/** There are no descriptors left, for one: the peer is told nothing, others are accepted when there are again. */
function acceptFailed(where: string, error: Error): void {
  add(acceptFailures);
  log.warn(() => `${where}: a connection could not be accepted: ${strerror(errnoOf(error))}`, acceptLimit);
}

/** New connections are refused from now on; those that are there live on. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // `close` waits for the last connection to end, but the socket file has to go now, and has.
    resolve();
  });
}
