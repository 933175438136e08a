/** Standard output and error: with back-pressure, and quiet when the reader has gone (`| head`). */
import { errnoOf, strerror } from '../net/errno.js';

/** Enough for who reads at all. */
const DAEMON_FLUSH_MS = 500;

type StandardStream = 'stdout' | 'stderr';

/** What the process exits with if the reader of its output goes before its end. */
let codeWithoutReader = 0;

/** The answer is known before all of it is written: `diff-flows | head` has found differences, whoever reads them. */
export function setClosedReaderExitCode(code: number): void {
  codeWithoutReader = code;
}

/**
 * What a program that prints does when it cannot: nothing where the reader has gone, as what was asked for has been given; else it says so.
 */
function endWithoutReader(name: StandardStream, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(codeWithoutReader);
  if (name === 'stdout') process.stderr.write(`ctswitch: standard output: ${strerror(errnoOf(error))}\n`);
  process.exit(1);
}

let onTrouble: (name: StandardStream, error: NodeJS.ErrnoException) => void = endWithoutReader;

/** For a daemon, which has more to do than to print: from now on it does not matter whether what it says can be written. */
export function ignoreClosedReader(): void {
  onTrouble = () => {};
  open('stdout');
  open('stderr');
}

/** Resolves when there is room for more. */
export function print(text: string): Promise<void> {
  return write('stdout', text);
}

export function printError(text: string): Promise<void> {
  return write('stderr', text);
}

/** Those that something has been written to; to open one takes a millisecond or two. */
const opened = new Map<StandardStream, NodeJS.WriteStream>();

function open(name: StandardStream): NodeJS.WriteStream {
  let stream = opened.get(name);
  if (stream === undefined) {
    stream = process[name];
    stream.on('error', (error: NodeJS.ErrnoException) => onTrouble(name, error));
    opened.set(name, stream);
  }
  return stream;
}

function write(name: StandardStream, text: string): Promise<void> {
  if (text === '') return Promise.resolve();
  const stream = open(name);
  if (!stream.writable || stream.write(text)) return Promise.resolve();
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
    [...opened.values()].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
  if (onTrouble === endWithoutReader) await all;
  else await Promise.race([all, new Promise((resolve) => setTimeout(resolve, DAEMON_FLUSH_MS).unref())]);
}
