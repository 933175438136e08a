/**
 * Socket files. A socket's address holds 107 bytes of path; a longer one is reached through its folder's descriptor, as
 * "/proc/self/fd/N/name".
 */
import { closeSync, constants, lstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname } from 'node:path';
import { SwitchError } from '../../datapath/base/error.js';

/** What a socket address of Linux has room for; longer paths are reached through the folder's descriptor. */
const MAX_PATH_BYTES = 107;
/** What that leaves for the name behind the folder's descriptor, which may have ten digits. */
const MAX_NAME_BYTES = MAX_PATH_BYTES - '/proc/self/fd/2147483647/'.length;

export interface ShortPath {
  readonly path: string;
  /** To be called when the path is no longer needed. */
  release(): void;
}

/** A path that fits into a socket address; throws ENOENT if the folder is not there, ENAMETOOLONG if the name alone is too long. */
export function shortPath(path: string): ShortPath {
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return { path, release: () => {} };
  // Some releases of Node cut it, and the socket would be elsewhere; others refuse it without a reason.
  if (Buffer.byteLength(basename(path)) > MAX_NAME_BYTES) throw nameTooLong();
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  let isOpen = true;
  return {
    path: `/proc/self/fd/${folder}/${basename(path)}`,
    release: () => {
      if (isOpen) closeSync(folder);
      isOpen = false;
    },
  };
}

const nameTooLong = (): Error =>
  Object.assign(new Error('the name of the socket is too long'), { code: 'ENAMETOOLONG' });

export class SocketTakenError extends SwitchError<{ code: 'socket-taken'; path: string }> {
  constructor(path: string, why: string) {
    super(`cannot listen on ${path}: ${why}`, { code: 'socket-taken', path });
  }
}

/**
 * Makes way for a socket at `path`: removes one that a dead process left, refuses to touch anything else. Throws ENOENT without the folder.
 */
export async function clearStaleSocket(path: string): Promise<void> {
  statSync(dirname(path)); // its absence would be reported as "permission denied"
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new SocketTakenError(path, 'a file that is not a socket is in the way');
  if (await isListening(path)) throw new SocketTakenError(path, 'a running process listens there');
  unlinkSync(path);
}

/** Removes the socket if nobody listens there any more; false if it stays, or is no socket. */
export async function removeStaleSocket(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true || (await isListening(path))) return false;
  unlinkSync(path);
  return true;
}

/** Only "connection refused" (or its having just gone) proves that nobody listens. */
function isListening(path: string): Promise<boolean> {
  const short = shortPath(path);
  return new Promise((resolve) => {
    const done = (answer: boolean): void => {
      socket.destroy();
      short.release();
      resolve(answer);
    };
    const socket = createConnection({ path: short.path });
    socket.once('connect', () => done(true));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
