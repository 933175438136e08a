/**
 * Where log lines go: standard error, and a file that can be opened anew after rotation. The lines have Open vSwitch's form, which
 * scripts expect, or are JSON objects as pino writes them.
 */
import { SwitchError } from '../../datapath/base/error.js';
import { type Facility, type LogRecord, log, type MessageLevel } from '../../datapath/base/log.js';
import { printable } from '../../datapath/base/printable.js';
import { errnoOf, strerror } from '../net/errno.js';
import { formatLine } from './log-pattern.js';
import { LogWriter, openLogFile, openStandardError } from './log-writer.js';

export type LogFormat = 'vlog' | 'json';

export class LogFileError extends SwitchError<{ code: 'log-file'; path: string; why: string }> {
  constructor(path: string, errno: string) {
    const why = strerror(errno);
    super(`the log file ${path} cannot be opened: ${why}; choose another with --log-file`, {
      code: 'log-file',
      path,
      why,
    });
  }
}

const MODULE = 'vlog';
/** Numbers of the levels in lines of JSON: those of pino, which readers of such logs know. */
const JSON_LEVELS = { emer: 60, err: 50, warn: 40, info: 30, dbg: 20 } as const satisfies Record<MessageLevel, number>;

export class Logging {
  private console: LogWriter | null = null;
  private file: LogWriter | null = null;
  private filePath: string | null = null;

  constructor(private readonly format: LogFormat) {}

  /** Lines go to standard error from now on. */
  toStderr(): void {
    this.console = this.open(openStandardError(), 'console', 'standard error');
  }

  /** Throws LogFileError. */
  toFile(path: string): void {
    this.filePath = path;
    this.openFile(path);
    log.logger(MODULE).info(`opened log file ${path}`);
  }

  /** After the file has been moved away; false if there is none. Throws LogFileError, and the old file is kept. */
  reopen(): boolean {
    if (this.filePath === null) return false;
    this.openFile(this.filePath);
    return true;
  }

  closeFile(): void {
    log.setSink('file', null);
    this.file?.close();
    this.file = null;
  }

  /** The last lines are on their way; nothing is logged any more. */
  close(): void {
    this.closeFile();
    log.setSink('console', null);
    this.console?.close();
    this.console = null;
  }

  private openFile(path: string): void {
    const old = this.file;
    try {
      this.file = this.open(openLogFile(path), 'file', `the log file ${path}`);
    } catch (error) {
      throw new LogFileError(path, errnoOf(error));
    }
    old?.close();
  }

  private open(fd: number, facility: Facility, what: string): LogWriter {
    const lineOf = this.printer(facility);
    let notice: LogRecord | null = null;
    const writer: LogWriter = new LogWriter(fd, {
      troubled: (errno) => {
        // Has its number from now, as the lines that are dropped have theirs.
        notice = log.record(MODULE, 'warn', '');
        log.logger(MODULE).warn(`${what} cannot be written (${strerror(errno)}): lines are dropped until it can`);
      },
      recovered: (lost, errno) => {
        const message = `${what} can be written again; ${lost} lines were dropped (${strerror(errno)})`;
        const record = notice ?? log.record(MODULE, 'warn', '');
        return lineOf({ ...record, wallMs: log.clock.wall(), message: printable(message) });
      },
    });
    log.setSink(facility, (record) => writer.write(lineOf(record)));
    return writer;
  }

  /** What makes a line with its end of a record. */
  private printer(facility: Facility): (record: LogRecord) => string {
    if (this.format === 'vlog') return (record) => `${formatLine(log.patterns[facility], record)}\n`;
    return jsonLine;
  }
}

const jsonLine = ({ level, wallMs, module, sequence, message }: LogRecord): string =>
  `${JSON.stringify({ level: JSON_LEVELS[level], time: wallMs, module, seq: sequence, msg: message })}\n`;
