import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { LogRecord } from '../../../datapath/base/log.js';
import { PATTERNS } from '../../../datapath/base/log.js';
import { formatLine } from '../../../src/switch/log-pattern.js';

const record: LogRecord = {
  wallMs: Date.UTC(2026, 5, 4, 12, 0, 0, 123),
  sequence: 1,
  module: 'dpif',
  level: 'warn',
  message: 'text with %c',
};

test.each([
  [PATTERNS.file, '2026-06-04T12:00:00.123Z|00001|dpif|WARN|text with %c'],
  [PATTERNS.console, '2026-06-04T12:00:00Z|00001|dpif|WARN|text with %c'],
  [`${PATTERNS.syslog}`, 'ovs|00001|dpif|WARN|text with %c'],
  ['%c|%p|%m', 'dpif|WARN|text with %c'],
  ['%D', '2026-06-04 12:00:00.123'],
  ['%D{%h %e %T}', 'Jun  4 12:00:00'],
  ['%-6p|%6p|%03N|%3N', 'WARN  |  WARN|001|  1'],
  ['%A[%P] %E%%%n', `ovs-vswitchd[${process.pid}] ${hostname()}%\n`],
  ['%B%T%t{main}', '28'],
  ['%c{x} %z', 'dpif{x} %z'],
])('%s', (pattern, line) => {
  expect(formatLine(pattern, record)).toBe(line);
});
