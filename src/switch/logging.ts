/**
 * Where log lines go: standard error, and a file that can be reopened after rotation. The lines have Open vSwitch's form, which scripts
 * expect, or are JSON objects as pino writes them.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';
import { type Facility, type LogRecord, type LogSink, log, type MessageLevel } from '../../datapath/base/log.js';
import { formatLine } from './log-pattern.js';

export type LogFormat = 'vlog' | 'json';

type Destination = ReturnType<typeof pino.destination>;

/** pino's level names for ours. */
const PINO_LEVELS = { emer: 'fatal', err: 'error', warn: 'warn', info: 'info', dbg: 'debug' } as const satisfies Record<
  MessageLevel,
  string
>;

export class Logging {
  private file: Destination | null = null;
  private filePath: string | null = null;

  constructor(private readonly format: LogFormat) {}

  /** Lines go to standard error from now on. */
  toStderr(): void {
    const destination = pino.destination({ fd: 2, sync: true });
    log.setSink('console', this.sink(destination, 'console'));
  }

  toFile(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    this.filePath = path;
    this.openFile(path);
    log.logger('vlog').info(`opened log file ${path}`);
  }

  /** After the file has been moved away; false if there is none. */
  reopen(): boolean {
    if (this.filePath === null) return false;
    this.closeFile();
    this.openFile(this.filePath);
    return true;
  }

  closeFile(): void {
    log.setSink('file', null);
    this.file?.end();
    this.file = null;
  }

  private openFile(path: string): void {
    // 0640, as Open vSwitch makes it. Synchronous: the last lines before a crash are the ones that matter.
    this.file = pino.destination({ dest: path, sync: true, append: true, mode: 0o640 });
    log.setSink('file', this.sink(this.file, 'file'));
  }

  private sink(destination: Destination, facility: Facility): LogSink {
    if (this.format === 'vlog')
      return (record) => void destination.write(`${formatLine(log.patterns[facility], record)}\n`);
    const logger = pino({ level: 'debug', base: null, timestamp: false }, destination);
    return (record) => writeJson(logger, record);
  }
}

function writeJson(logger: pino.Logger, record: LogRecord): void {
  logger[PINO_LEVELS[record.level]](
    { time: record.wallMs, module: record.module, seq: record.sequence },
    record.message,
  );
}
