/**
 * A bug must cost the one packet, peer or command that met it, not the connection table of everybody. Every entry from the event loop -
 * descriptors, sockets, timers, promises nobody waits for - and everything that the packet path calls above it runs through here: what is
 * thrown is counted and logged with its stack, what caused it is closed, and the switch goes on.
 */
import { add, counter } from './counters.js';
import { logger, RateLimit } from './log.js';

const log = logger('backtrace');
/** Errors in the program that were caught and logged; the log has them in full. */
const errors = counter('internal_error');
/** One for each kind of work, so that one that fails all the time does not hide the others. */
const limits = new Map<string, RateLimit>();

/**
 * Runs the work; `fallback` if it throws. `doing` is one of a few fixed texts ("translating a packet"); `close` gets rid of what caused
 * the failure.
 */
export function guard<T>(doing: string, fallback: T, run: () => T, close?: () => void): T {
  try {
    return run();
  } catch (error) {
    reportFailure(doing, error);
    if (close !== undefined) guard(doing, undefined, close);
    return fallback;
  }
}

/** The same for work that goes on later, which nobody waits for. */
export function guardAsync(doing: string, run: () => Promise<unknown>, close?: () => void): void {
  // `run` may throw at once.
  void Promise.resolve()
    .then(run)
    .catch((error: unknown) => {
      reportFailure(doing, error);
      if (close !== undefined) guard(doing, undefined, close);
    });
}

/** Counts and logs what was caught elsewhere. Never throws, whatever was thrown. */
export function reportFailure(doing: string, error: unknown): void {
  add(errors);
  let limit = limits.get(doing);
  if (limit === undefined) limits.set(doing, (limit = new RateLimit(5, 5)));
  try {
    log.err(() => `${doing} failed and was given up: ${stackLine(error)}`, limit);
  } catch {
    // Of a stack overflow, for one, there may be no room to tell.
  }
}

/** The stack on one line, since a line of the log is one. */
export function stackLine(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return text.replace(/\s*\n\s+/g, ' <- ');
}
