/**
 * What is thrown past every guard. It is logged like the rest; only when it comes again and again does the daemon say so - in the log and
 * on standard error - and end with a code that tells a supervisor to start it anew, its sockets and pidfile removed.
 */

import { reportFailure, stackLine } from '../../datapath/base/guard.js';
import { logger } from '../../datapath/base/log.js';

const log = logger('vswitchd');

/** So many in so long: it does nothing else any more. */
const MAX_UNGUARDED = 100;
const PERIOD_MS = 10_000;
/** The end may be what does not work. */
const END_MS = 3000;

export interface CrashHandlerOptions {
  now: () => number;
  /** Takes away what the daemon has made. */
  cleanUp: () => Promise<void>;
  /** Ends the process. */
  exit: (code: number) => void;
}

export class CrashHandler {
  private sinceMs = 0;
  private count = 0;
  private isEnding = false;

  constructor(private readonly options: CrashHandlerOptions) {}

  /** Listens to the process. */
  attach(): void {
    process.on('uncaughtException', (error) => this.onUncaught(error));
    process.on('unhandledRejection', (error) => this.onUncaught(error));
  }

  onUncaught(error: unknown): void {
    if (this.isEnding) return;
    reportFailure('something without a guard', error);
    const now = this.options.now();
    if (now - this.sinceMs > PERIOD_MS) {
      this.sinceMs = now;
      this.count = 0;
    }
    if (++this.count > MAX_UNGUARDED) this.end(error);
  }

  private end(error: unknown): void {
    this.isEnding = true;
    log.emer(`more than ${MAX_UNGUARDED} errors within ${PERIOD_MS / 1000} s, giving up: ${stackLine(error)}`);
    const exit = (): void => this.options.exit(1);
    setTimeout(exit, END_MS);
    this.options.cleanUp().then(exit, exit);
  }
}
