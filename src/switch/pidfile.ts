/**
 * The pidfile, as ovs-appctl and ovs-ctl expect it: decimal PID and newline, locked by the process it names for as long as
 * that lives (a pidfile without a lock is stale to them). It appears under its name only when it is complete.
 * Nothing in the daemon may open it while it runs: closing it again would let the lock fall (fcntl(2)).
 */
import { ftruncateSync, readFileSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import { type LockResult, lockFile, lockHolder, unlock } from '../../datapath/ports/sys/lock.js';
import { errnoOf, strerror } from '../net/errno.js';

export type PidfileError = SwitchError<{ code: 'already-running' | 'pidfile'; path: string; pid?: number }>;

export interface PidfileOptions {
  /** Take the place of a running daemon's pidfile instead of refusing to start. */
  overwrite?: boolean;
}

/** The pidfile of this process, locked as long as it lives. */
export class Pidfile {
  private isRemoved = false;

  private constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  /** Writes and locks the file; throws if another process that is alive holds it. */
  static create(path: string, options: PidfileOptions = {}): Pidfile {
    const temporary = `${path}.tmp`;
    const locked = lockTemporary(path, temporary);
    try {
      // Looked at only now: of two that start together the second to lock sees what the first has renamed.
      const pid = options.overwrite === true ? 0 : lockHolder(path);
      if (pid !== 0) throw refusal(path, pid);
      ftruncateSync(locked);
      writeSync(locked, `${process.pid}\n`);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      unlock(locked);
      throw error instanceof SwitchError ? error : cannotMake(path, error);
    }
    return new Pidfile(path, locked);
  }

  /** Removes the file, unless another process has put its own in the place. */
  remove(): void {
    if (this.isRemoved) return;
    this.isRemoved = true;
    try {
      if (readPid(this.path) === process.pid) unlinkSync(this.path);
    } catch {
      // Somebody has removed it, or its directory: that is what was wanted.
    }
    unlock(this.fd);
  }
}

/** PID of the other process that holds the pidfile, 0 if none does. */
export const runningPid = (path: string): number => lockHolder(path);

const refusal = (path: string, pid: number): PidfileError =>
  new SwitchError(`${path}: already running as pid ${pid}, aborting`, { code: 'already-running', path, pid });

function lockTemporary(path: string, temporary: string): number {
  let locked: LockResult;
  try {
    locked = lockFile(temporary);
  } catch (error) {
    throw cannotMake(path, error);
  }
  if ('heldBy' in locked) throw refusal(path, locked.heldBy);
  return locked.fd;
}

function cannotMake(path: string, error: unknown): PidfileError {
  const why = error instanceof SwitchError ? error.message : strerror(errnoOf(error));
  return new SwitchError(`the pidfile ${path} cannot be made: ${why}; choose another with --pidfile`, {
    code: 'pidfile',
    path,
  });
}

const readPid = (path: string): number => Number.parseInt(readFileSync(path, 'utf8'), 10);
