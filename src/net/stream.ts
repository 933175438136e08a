/**
 * Byte streams over Unix and TCP sockets: connecting, listening, writing with a bound. The only thing above node:net.
 *
 * A path longer than sockaddr_un takes (107 bytes) is reached through /proc/self/fd, as Open vSwitch does. A socket file that a
 * dead process left is replaced; one that somebody listens on is not.
 */
import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { SwitchError } from '../../datapath/base/error.js';
import { type ActiveTarget, formatTarget, type PassiveTarget } from './target.js';

export interface StreamHandlers {
  onData(chunk: Uint8Array): void;
  /** Once, when the stream is over for whatever reason; `error` is null after an orderly end. */
  onClose(error: Error | null): void;
  /** The backlog has been written; only after `write` had said false. */
  onDrain?(): void;
}

export class StreamError extends SwitchError<{ code: string; target: string }> {}

const MAX_PATH = 107;

export class Stream {
  private handlers: StreamHandlers | null = null;
  private error: Error | null = null;
  private isClosed = false;

  constructor(
    private readonly socket: Socket,
    /** What to call it in messages. */
    readonly name: string,
  ) {
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.handlers?.onClose(this.error);
    });
    socket.on('drain', () => this.handlers?.onDrain?.());
  }

  /** Starts the flow of data; nothing that came before is lost. */
  start(handlers: StreamHandlers): void {
    this.handlers = handlers;
    if (this.isClosed) return handlers.onClose(this.error);
    this.socket.on('data', (chunk) => handlers.onData(chunk as Uint8Array));
  }

  /** False if the peer is slow and a backlog has formed: whoever can, waits for onDrain. */
  write(bytes: Uint8Array | string): boolean {
    return this.isClosed ? true : this.socket.write(bytes);
  }

  /** Bytes written but not yet taken by the system. */
  get backlog(): number {
    return this.socket.writableLength;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Sends what is pending, then closes. */
  end(): void {
    this.socket.end();
  }

  /** Closes now. */
  destroy(): void {
    this.socket.destroy();
  }
}

/** Resolves when connected; rejects with a StreamError that names the target and the reason. */
export function connect(target: ActiveTarget): Promise<Stream> {
  const name = formatTarget(target);
  return new Promise((resolve, reject) => {
    const socket = target.kind === 'tcp' ? netConnect(target.port, target.host) : connectUnix(target.path);
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(new StreamError(`${name}: ${reasonOf(error)}`, { code: error.code ?? 'unknown', target: name }));
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      if (target.kind === 'tcp') socket.setNoDelay(true);
      resolve(new Stream(socket, name));
    });
  });
}

/** Connecting is started at once, so the folder's descriptor may be closed right after. */
function connectUnix(path: string): Socket {
  const short = shorten(path);
  const socket = netConnect(short.path);
  socket.once('connect', short.done);
  socket.once('error', short.done);
  return socket;
}

export interface Listener {
  readonly target: PassiveTarget;
  close(): Promise<void>;
}

/** Listens; each connection is given to `accept`. Rejects with a StreamError that says why it cannot. */
export async function listen(target: PassiveTarget, accept: (stream: Stream) => void): Promise<Listener> {
  let count = 0;
  const name = formatTarget(target);
  const server = createServer((socket) => {
    if (target.kind === 'ptcp') socket.setNoDelay(true);
    accept(new Stream(socket, `${name}#${++count}`));
  });
  if (target.kind === 'punix') await listenUnix(server, target.path, target.mode, name);
  else await bind(server, { port: target.port, host: target.host }, name);
  return { target, close: () => closeServer(server, target) };
}

async function listenUnix(server: Server, path: string, mode: number, name: string): Promise<void> {
  if (await isAlive(path))
    throw new StreamError(`${name}: another process is listening there`, { code: 'EADDRINUSE', target: name });
  rmSync(path, { force: true });
  const short = shorten(path);
  // Nobody but the owner may connect before the mode is set.
  const before = process.umask(0o077);
  try {
    await bind(server, { path: short.path }, name);
  } finally {
    process.umask(before);
    short.done();
  }
  chmodSync(path, mode);
}

function bind(server: Server, where: { path: string } | { port: number; host: string }, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(new StreamError(`${name}: ${reasonOf(error)}`, { code: error.code ?? 'unknown', target: name }));
    server.once('error', refuse);
    server.listen(where, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function closeServer(server: Server, target: PassiveTarget): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (target.kind === 'punix') rmSync(target.path, { force: true });
  });
}

/** True if somebody accepts connections on that socket file. */
async function isAlive(path: string): Promise<boolean> {
  try {
    (await connect({ kind: 'unix', path })).destroy();
    return true;
  } catch {
    return false;
  }
}

/** A path that fits, and what to call when it has been used. */
function shorten(path: string): { path: string; done: () => void } {
  if (Buffer.byteLength(path) <= MAX_PATH) return { path, done: () => {} };
  const folder = openSync(dirname(path), 'r');
  let isOpen = true;
  const done = () => {
    if (isOpen) closeSync(folder);
    isOpen = false;
  };
  return { path: `/proc/self/fd/${folder}/${basename(path)}`, done };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ECONNREFUSED: 'Connection refused',
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ECONNRESET: 'Connection reset by peer',
  EPIPE: 'Broken pipe',
  ETIMEDOUT: 'Connection timed out',
  ENOTFOUND: 'host name not found',
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  ENOTSOCK: 'Socket operation on non-socket',
  EPROTOTYPE: 'Protocol wrong type for socket',
};

/** The system's words for the error, as strerror() has them. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}
