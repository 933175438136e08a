/** Becomes a daemon, in the foreground or the background, and lives until it is told to end. Whatever fails is one sentence. */
import { detach, isDetached, sayFailed } from '../../switch/daemonize.js';
import { linePrinter } from '../../switch/line-printers.js';
import { ignoreClosedReader, printError } from '../output.js';
import { UserError } from '../user-error.js';
import type { Work } from './daemon.js';
import type { DaemonOptions } from './options.js';

/**
 * Returns when the daemon has ended; with --detach, in the process that the user sees, when it is ready. `hint`, if not empty, is a line on
 * stderr once it works. `makeWork` is only called in the process that becomes the daemon.
 */
export async function startDaemon(
  options: DaemonOptions,
  makeWork: () => Work | Promise<Work>,
  hint = '',
): Promise<void> {
  if (options.detach && !isDetached()) {
    const result = await detach();
    if (!result.ok) throw new UserError(result.message);
    return printError(hint);
  }
  ignoreClosedReader();
  // The process that only waits for its daemon need not load one.
  const [{ Daemon }, { Logging }] = await Promise.all([import('./daemon.js'), import('../../switch/logging.js')]);
  const daemon = new Daemon(options, await makeWork(), new Logging(await linePrinter(options.logFormat)));
  try {
    await daemon.start();
  } catch (error) {
    await daemon.stop();
    const refusal = toUserError(error);
    if (isDetached()) await sayFailed(refusal.message);
    throw refusal;
  }
  if (!isDetached()) void printError(hint);
  await daemon.ended;
}

export const toUserError = (error: unknown): UserError =>
  error instanceof UserError
    ? error
    : new UserError(error instanceof Error ? error.message : String(error), { cause: error });
