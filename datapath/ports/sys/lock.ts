/**
 * POSIX record locks (fcntl(2)) on whole files, held for the life of the process: the kind that ovs-appctl looks for on a
 * pidfile. They fall when *any* descriptor of the file is closed in this process, so a locked file must not be opened again.
 */
import * as linux from './linux.js';
import { type Scratch, scratch } from './memory.js';
import { errno, libc, systemError } from './native.js';

/** Offsets in struct flock of 64-bit machines. */
const L_TYPE = 0;
const L_PID = 24;

export type LockResult = { fd: number } | { heldBy: number };

/** Opens (making it if need be) and locks the file for writing; says who holds it if another process does. */
export function lockFile(path: string): LockResult {
  const fd = open(path, linux.O_RDWR | linux.O_CREAT | linux.O_CLOEXEC);
  if (libc().fcntl(fd, linux.F_SETLK, wholeFile().address) === 0) return { fd };
  const code = errno();
  const holder = holderOf(fd);
  libc().close(fd);
  if (code !== linux.EAGAIN && code !== linux.EACCES) throw systemError(`locking ${path}`, 'fcntl', code);
  return { heldBy: holder };
}

/** Process that holds a write lock on the file, 0 if none does or there is no such file. */
export function lockHolder(path: string): number {
  const fd = libc().open(path, linux.O_RDWR | linux.O_CLOEXEC, 0);
  if (fd === -1) return 0;
  const holder = holderOf(fd);
  libc().close(fd);
  return holder;
}

export const unlock = (fd: number): void => {
  libc().close(fd);
};

function open(path: string, flags: number): number {
  const fd = libc().open(path, flags, 0o644);
  if (fd === -1) throw systemError(`opening ${path}`, 'open');
  return fd;
}

function holderOf(fd: number): number {
  const page = wholeFile();
  if (libc().fcntl(fd, linux.F_GETLK, page.address) !== 0) return 0;
  return page.data.getInt16(L_TYPE, true) === linux.F_UNLCK ? 0 : page.data.getInt32(L_PID, true);
}

/** struct flock of a write lock from byte 0 to the end, whatever that will be. */
function wholeFile(): Scratch {
  const page = scratch();
  page.data.setInt16(L_TYPE, linux.F_WRLCK, true);
  return page;
}
