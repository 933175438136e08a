/** Every program of flows/ in a switch of this process; and what each file has to say of itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOWS, play } from '../helpers/flow-program.js';
import { ourSwitch } from '../helpers/played-switches.js';
import { ftpRewriting } from './ftp-tftp-nat.js';
import { PROGRAMS } from './programs.js';

describe.each(PROGRAMS)('$name', (program) => {
  test.each(Object.entries(program.scenarios))('%s', async (_, steps) => play(ourSwitch(program), steps));
});

test.each(Object.entries(ftpRewriting.scenarios))('ftp-tftp-nat: %s', async (_, steps) =>
  play(ourSwitch(ftpRewriting), steps),
);

const HEAD = ['Ports: ', 'Tables:', 'Limits:', 'Run:   ', 'Test:  '];

test.each(readdirSync(FLOWS).filter((name) => name.endsWith('.flows')))('%s says what it is for', (name) => {
  const head = readFileSync(join(FLOWS, name), 'utf8').split('\n\n')[0];
  for (const word of HEAD) expect(head, word).toMatch(new RegExp(`^# ${word} `, 'm'));
  const tests = (/^# Test: +(\S.*)$/m.exec(head)?.[1] ?? '').split(', ');
  for (const file of tests) expect(existsSync(join(FLOWS, '..', file)), `${file} exists`).toBe(true);
  expect(readFileSync(join(FLOWS, 'README.md'), 'utf8')).toContain(`[${name}](${name})`);
});
