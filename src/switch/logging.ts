/** Where log lines go: standard error, and a file that can be opened anew after rotation. */
import { SwitchError } from '../../datapath/base/error.js';
import { type Facility, type LogRecord, log } from '../../datapath/base/log.js';
import { printable } from '../../datapath/base/printable.js';
import { errnoOf, strerror } from '../net/errno.js';
import type { LinePrinter } from './line-printers.js';
import { LogWriter, openLogFile, openStandardError } from './log-writer.js';

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

export class Logging {
  private console: LogWriter | null = null;
  private file: LogWriter | null = null;
  private filePath: string | null = null;

  constructor(private readonly lineOf: LinePrinter) {}

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
        return this.lineOf({ ...record, wallMs: log.clock.wall(), message: printable(message) }, facility);
      },
    });
    log.setSink(facility, (record) => writer.write(this.lineOf(record, facility)));
    return writer;
  }
}
