/**
 * Logging: modules, levels per module and facility, rate limits, and the line format that Open vSwitch scripts expect.
 *
 * A file asks for its `logger('module')` once and calls `log.warn('...')`. Where lines go is not known here: the switch
 * above sets a sink for each facility (console, syslog, file). `vlog/set` and `vlog/list` work on the `Log` object.
 *
 * What a peer or a packet can cause has a `RateLimit` of its own, given with the message. What has none comes under one of its
 * module's, so wide that only a flood meets it.
 */
import { type Clock, systemClock } from './clock.js';
import { printable } from './printable.js';

/** From the most to the least severe; `off` only as a threshold. */
export const LEVELS = ['off', 'emer', 'err', 'warn', 'info', 'dbg'] as const;
export type Level = (typeof LEVELS)[number];
export type MessageLevel = Exclude<Level, 'off'>;

export const FACILITIES = ['syslog', 'console', 'file'] as const;
export type Facility = (typeof FACILITIES)[number];

export interface LogRecord {
  /** Wall-clock milliseconds since 1970. */
  wallMs: number;
  /** Running number over all facilities, from 1. */
  sequence: number;
  module: string;
  level: MessageLevel;
  message: string;
}

/** Must neither throw nor wait. */
export type LogSink = (record: LogRecord) => void;
/** A function is only called when the message is wanted. */
export type LogMessage = string | (() => string);

const RANK: Record<Level, number> = { off: 0, emer: 1, err: 2, warn: 3, info: 4, dbg: 5 };

/**
 * Lets `burst` messages through at once and `perMinute` in the long run (Open vSwitch's VLOG_RATE_LIMIT); one for each place that could
 * flood.
 */
export class RateLimit {
  private tokens: number;
  private filledMs = 0;
  dropped = 0;
  firstDroppedMs = 0;
  lastDroppedMs = 0;

  constructor(
    private readonly perMinute: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** Takes one message's allowance if there is one, else notes the loss. */
  withdraw(now: number): boolean {
    const gained = ((now - this.filledMs) * this.perMinute) / 60_000;
    this.tokens = Math.min(this.burst, this.tokens + gained);
    this.filledMs = now;
    if (this.tokens >= 1) {
      this.tokens--;
      return true;
    }
    if (this.dropped++ === 0) this.firstDroppedMs = now;
    this.lastDroppedMs = now;
    return false;
  }
}

/** Of messages without a limit of their own: a thousand at a time, as when so many ports are added, and ten a second. */
const UNLIMITED = { perMinute: 600, burst: 1000 } as const;

export class Logger {
  /** Threshold of each facility, as ranks. */
  readonly ranks: Record<Facility, number>;
  /** Highest rank that any facility with a sink wants: the one test a suppressed message costs. */
  wanted = 0;
  honoursRateLimits = true;
  /** For messages without a limit of their own. */
  readonly limit = new RateLimit(UNLIMITED.perMinute, UNLIMITED.burst);

  constructor(
    private readonly log: Log,
    readonly module: string,
  ) {
    this.ranks = { ...log.defaults };
  }

  isEnabled(level: MessageLevel): boolean {
    return RANK[level] <= this.wanted;
  }

  emer(message: LogMessage, limit?: RateLimit): void {
    if (this.wanted >= RANK.emer) this.log.write(this, 'emer', message, limit);
  }

  err(message: LogMessage, limit?: RateLimit): void {
    if (this.wanted >= RANK.err) this.log.write(this, 'err', message, limit);
  }

  warn(message: LogMessage, limit?: RateLimit): void {
    if (this.wanted >= RANK.warn) this.log.write(this, 'warn', message, limit);
  }

  info(message: LogMessage, limit?: RateLimit): void {
    if (this.wanted >= RANK.info) this.log.write(this, 'info', message, limit);
  }

  dbg(message: LogMessage, limit?: RateLimit): void {
    if (this.wanted >= RANK.dbg) this.log.write(this, 'dbg', message, limit);
  }
}

/** How lines look at first (ovs-appctl(8), "vlog/set"). */
export const PATTERNS: Readonly<Record<Facility, string>> = {
  syslog: 'ovs|%05N|%c%T|%p|%m',
  console: '%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m',
  file: '%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m',
};

/** All modules and where their messages go. Programs use the one below; tests make their own. */
export class Log {
  /** Levels of modules that are yet to come. */
  readonly defaults: Record<Facility, number> = { syslog: RANK.info, console: RANK.info, file: RANK.info };
  readonly patterns: Record<Facility, string> = { ...PATTERNS };
  private readonly loggers = new Map<string, Logger>();
  private readonly sinks: Record<Facility, LogSink | null> = { syslog: null, console: null, file: null };
  private sequence = 0;

  constructor(public clock: Clock = systemClock) {}

  /** The logger of that module; the same object for the same name. */
  logger(module: string): Logger {
    let logger = this.loggers.get(module);
    if (logger === undefined) {
      logger = new Logger(this, module);
      this.loggers.set(module, logger);
      this.refresh(logger);
    }
    return logger;
  }

  /** Names of all modules, sorted. */
  modules(): string[] {
    return [...this.loggers.keys()].sort();
  }

  hasModule(module: string): boolean {
    return this.loggers.has(module);
  }

  setSink(facility: Facility, sink: LogSink | null): void {
    this.sinks[facility] = sink;
    this.refreshAll();
  }

  level(module: string, facility: Facility): Level {
    return LEVELS[this.loggers.get(module)?.ranks[facility] ?? this.defaults[facility]];
  }

  /** Sets the threshold of one module or all (null), for one facility or all (null). */
  setLevel(module: string | null, facility: Facility | null, level: Level): void {
    for (const f of facility === null ? FACILITIES : [facility]) {
      if (module === null) this.defaults[f] = RANK[level];
      for (const logger of this.selected(module)) logger.ranks[f] = RANK[level];
    }
    this.refreshAll();
  }

  /** Makes one module or all (null) honour or ignore their rate limits. */
  setRateLimits(module: string | null, honour: boolean): void {
    for (const logger of this.selected(module)) logger.honoursRateLimits = honour;
  }

  /** Called by loggers when at least one facility wants the level. */
  write(logger: Logger, level: MessageLevel, message: LogMessage, limit?: RateLimit): void {
    if (logger.honoursRateLimits) {
      const now = this.clock.now();
      const held = limit ?? logger.limit;
      if (!held.withdraw(now)) return;
      if (held.dropped > 0) this.emit(logger, level, droppedText(held, now));
    }
    this.emit(logger, level, typeof message === 'string' ? message : message());
  }

  /** A record with the next number, for a sink that has something to say itself. */
  record(module: string, level: MessageLevel, message: string): LogRecord {
    // A name or a text from outside may neither make lines of its own nor move the reader's cursor.
    return { wallMs: this.clock.wall(), sequence: ++this.sequence, module, level, message: printable(message) };
  }

  private emit(logger: Logger, level: MessageLevel, message: string): void {
    const record = this.record(logger.module, level, message);
    for (const facility of FACILITIES) {
      if (RANK[level] <= logger.ranks[facility]) this.sinks[facility]?.(record);
    }
  }

  private selected(module: string | null): Iterable<Logger> {
    return module === null ? this.loggers.values() : [this.logger(module)];
  }

  private refreshAll(): void {
    for (const logger of this.loggers.values()) this.refresh(logger);
  }

  private refresh(logger: Logger): void {
    logger.wanted = 0;
    for (const f of FACILITIES) {
      if (this.sinks[f] !== null) logger.wanted = Math.max(logger.wanted, logger.ranks[f]);
    }
  }
}

function droppedText(limit: RateLimit, now: number): string {
  const seconds = (since: number) => Math.floor((now - since) / 1000);
  const text =
    `Dropped ${limit.dropped} log messages in last ${seconds(limit.firstDroppedMs)} seconds ` +
    `(most recently, ${seconds(limit.lastDroppedMs)} seconds ago) due to excessive rate`;
  limit.dropped = 0;
  return text;
}

/** The program's log. */
export const log = new Log();

export const logger = (module: string): Logger => log.logger(module);
