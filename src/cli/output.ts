/** Standard output and error: with back-pressure, and quiet when the reader has gone (`| head`). */
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, strerror } from '../net/errno.js';

/** Enough for who reads at all. */
const DAEMON_FLUSH_MS = 500;

type Outlet = 'stdout' | 'stderr';

/** What a program that prints does when it cannot: nothing where the reader has gone, as what was asked for has been given; else it says so. */
function endWithoutReader(name: Outlet, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  if (name === 'stdout') process.stderr.write(`ctswitch: standard output: ${strerror(errnoOf(error))}\n`);
  process.exit(1);
}

let onTrouble: (name: Outlet, error: NodeJS.ErrnoException) => void = endWithoutReader;

/** A reader that has gone is no error. */
export function exitQuietlyWithoutReader(): void {
  for (const name of ['stdout', 'stderr'] as const)
    process[name].on('error', (error: NodeJS.ErrnoException) => onTrouble(name, error));
}

/** For a daemon, which has more to do than to print: from now on it does not matter whether what it says can be written. */
export function goOnWithoutReader(): void {
  onTrouble = () => {};
}

/** Resolves when there is room for more. */
export function print(text: string): Promise<void> {
  return write(process.stdout, text);
}

export function printError(text: string): Promise<void> {
  return write(process.stderr, text);
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text === '' || !stream.writable || stream.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    // Of a stream that has broken no drain comes.
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });
}

/** Everything written has left the process: to be awaited before it exits. A daemon does not wait for who does not read. */
export async function flushOutput(): Promise<void> {
  const all = Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
  if (onTrouble === endWithoutReader) await all;
  else await Promise.race([all, delay(DAEMON_FLUSH_MS, undefined, { ref: false })]);
}
