/** What makes a line, with its end, of a log record: Open vSwitch's form, which scripts expect, or pino's JSON objects. */
import { type Facility, type LogRecord, log, type MessageLevel } from '../../datapath/base/log.js';
import { formatLine } from './log-pattern.js';

export type LogFormat = 'vlog' | 'json';
export type LinePrinter = (record: LogRecord, facility: Facility) => string;

const vlogLine: LinePrinter = (record, facility) => `${formatLine(log.patterns[facility], record)}\n`;

/** pino's level names for ours. */
const PINO_LEVELS = { emer: 'fatal', err: 'error', warn: 'warn', info: 'info', dbg: 'debug' } as const satisfies Record<
  MessageLevel,
  string
>;

/** pino is loaded only where its lines are wanted: it would be a tenth of what a start costs. */
export async function linePrinter(format: LogFormat): Promise<LinePrinter> {
  if (format === 'vlog') return vlogLine;
  const { pino } = await import('pino');
  // pino writes as soon as it is told, into the line that is being asked for.
  let line = '';
  const sink = { write: (text: string): void => void (line = text) };
  const logger = pino({ level: 'debug', base: null, timestamp: false }, sink);
  return ({ level, wallMs, module, sequence, message }) => {
    logger[PINO_LEVELS[level]]({ time: wallMs, module, seq: sequence }, message);
    return line;
  };
}
