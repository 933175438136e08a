/**
 * `--detach` as Open vSwitch does it: the process that the user started waits, in the foreground, until the daemon says that
 * it works (pidfile, sockets and first configuration are there), and only then exits with 0; if it cannot work, the user
 * sees its one sentence and exit code 1. The daemon is a new process of the same program in a session of its own, without
 * the terminal, and tells its parent over an IPC channel that closes when it has spoken.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Tells the new process what it is; its value is the parent's PID, so that an inherited variable means nothing. */
const MARK = 'CTSWITCH_DETACHED_BY';

type Word = { status: 'ready' } | { status: 'failed'; message: string };
export type DetachResult = { ok: true; pid: number } | { ok: false; message: string };

/** True in the daemon that `detach` has started. */
export const isDetached = (): boolean => process.send !== undefined && process.env[MARK] === String(process.ppid);

/**
 * Starts this program again with the same arguments as a daemon, and resolves when it is ready or has failed. The caller
 * prints and exits.
 */
export function detach(): Promise<DetachResult> {
  const script = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, ...script], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [MARK]: String(process.pid) },
  });
  return firstWord(child);
}

function firstWord(child: ChildProcess): Promise<DetachResult> {
  return new Promise((resolve) => {
    const cancel = (): void => void child.kill('SIGTERM');
    const settle = (result: DetachResult): void => {
      process.off('SIGINT', cancel).off('SIGTERM', cancel);
      child.removeAllListeners();
      if (child.connected) child.disconnect();
      child.unref();
      resolve(result);
    };
    // Nobody may be left with half a daemon after Ctrl-C.
    process.on('SIGINT', cancel).on('SIGTERM', cancel);
    child.on('message', (word: Word) => {
      settle(word.status === 'ready' ? { ok: true, pid: child.pid ?? 0 } : { ok: false, message: word.message });
    });
    child.on('error', (error) => settle({ ok: false, message: `the daemon could not be started: ${error.message}` }));
    child.on('exit', (code, signal) =>
      settle({ ok: false, message: `the daemon ended while starting (${ending(code, signal)})` }),
    );
  });
}

const ending = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`;

/** In the daemon: the parent may go. Leaves the working directory, so that its file system can be unmounted. */
export async function sayReady(options: { changeDirectory: boolean }): Promise<void> {
  if (options.changeDirectory) process.chdir('/');
  await say({ status: 'ready' });
}

/** In the daemon: the parent prints the message and fails. The caller ends the process. */
export const sayFailed = (message: string): Promise<void> => say({ status: 'failed', message });

function say(word: Word): Promise<void> {
  delete process.env[MARK];
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) {
      resolve();
      return;
    }
    process.send(word, undefined, undefined, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}
