/** Log lines by pattern, as ovs-appctl(8) describes them under `vlog/set`: `%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m`. */
import { hostname } from 'node:os';
import type { LogRecord, MessageLevel } from '../../datapath/base/log.js';

const PROGRAM = 'ovs-vswitchd';
/** Of syslog's facility "daemon". */
const DAEMON_FACILITY = 3 << 3;
const SYSLOG_LEVELS: Readonly<Record<MessageLevel, number>> = { emer: 1, err: 3, warn: 4, info: 6, dbg: 7 };
const USUAL_TIME = '%Y-%m-%d %H:%M:%S.###';

/** `%`, flags and width, the letter, and what a letter may have in braces. */
const ESCAPE = /%(-?)(0?)(\d*)([a-zA-Z%])(?:\{([^}]*)\})?/g;

const startedMs = Date.now();

type Printer = (record: LogRecord, braces: string | undefined) => string;

const ESCAPES: Readonly<Record<string, Printer>> = {
  A: () => PROGRAM,
  B: ({ level }) => String(DAEMON_FACILITY | SYSLOG_LEVELS[level]),
  c: ({ module }) => module,
  d: ({ wallMs }, format = USUAL_TIME) => formatTime(new Date(wallMs - offsetMs(wallMs)), format),
  D: ({ wallMs }, format = USUAL_TIME) => formatTime(new Date(wallMs), format),
  E: () => hostname(),
  m: ({ message }) => message,
  N: ({ sequence }) => String(sequence),
  n: () => '\n',
  p: ({ level }) => level.toUpperCase(),
  P: () => String(process.pid),
  r: ({ wallMs }) => String(wallMs - startedMs),
  t: () => '',
  T: () => '', // the one thread has no name
  '%': () => '%',
};

/** Braces belong to the letters that take them; behind others they are text. */
const TAKES_BRACES = 'dDtT';

const offsetMs = (wallMs: number): number => new Date(wallMs).getTimezoneOffset() * 60_000;

export function formatLine(pattern: string, record: LogRecord): string {
  return pattern.replace(
    ESCAPE,
    (whole, left: string, zero: string, width: string, letter: string, braces?: string) => {
      const print = ESCAPES[letter];
      if (print === undefined) return whole;
      const isText = braces !== undefined && !TAKES_BRACES.includes(letter);
      const text = print(record, isText ? undefined : braces);
      const size = Number(width);
      const padded = left ? text.padEnd(size) : text.padStart(size, zero === '' ? ' ' : '0');
      return isText ? `${padded}{${braces}}` : padded;
    },
  );
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** What strftime(3) has and logs use, and `###` for milliseconds. */
function formatTime(time: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: String(time.getUTCFullYear()),
    m: two(time.getUTCMonth() + 1),
    d: two(time.getUTCDate()),
    e: String(time.getUTCDate()).padStart(2),
    h: MONTHS[time.getUTCMonth()]!,
    b: MONTHS[time.getUTCMonth()]!,
    H: two(time.getUTCHours()),
    M: two(time.getUTCMinutes()),
    S: two(time.getUTCSeconds()),
    T: time.toISOString().slice(11, 19),
    F: time.toISOString().slice(0, 10),
    s: String(Math.floor(time.getTime() / 1000)),
  };
  const ms = String(time.getUTCMilliseconds()).padStart(3, '0');
  return format.replace('###', ms).replace(/%([A-Za-z])/g, (whole, letter: string) => parts[letter] ?? whole);
}
