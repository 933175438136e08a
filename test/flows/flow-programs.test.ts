/** Every program of flows/ in a switch of this process; and what each file has to say of itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allScenarios, FLOWS, flowTextsOf, play } from '../helpers/flow-program.js';
import { ourSwitch } from '../helpers/played-switches.js';
import { PROGRAMS } from './programs.js';

/** Clauses of conjunctions, which count nothing, and what would happen anyway: a table that does not say what it drops drops it. */
const EXEMPT = /actions=conjunction\(|,priority=0,actions=drop$/;

describe.each(PROGRAMS)('$name', (program) => {
  test.each(Object.entries(allScenarios(program)))('%s', async (_, steps) => play(ourSwitch(program), steps));

  test('every flow has had a packet', async () => {
    const met = new Set<string>();
    for (const steps of Object.values(allScenarios(program))) {
      const sw = ourSwitch(program);
      await play(sw, steps);
      for (const flow of sw.metFlows()) met.add(flow);
    }
    const needed = flowTextsOf(program).filter((flow) => !EXEMPT.test(flow));
    expect(needed.filter((flow) => !met.has(flow))).toEqual([]);
  });
});

const HEAD = ['Ports: ', 'Tables:', 'Limits:', 'Run:   ', 'Test:  '];

test.each(readdirSync(FLOWS).filter((name) => name.endsWith('.flows')))('%s says what it is for', (name) => {
  const head = readFileSync(join(FLOWS, name), 'utf8').split('\n\n')[0];
  for (const word of HEAD) expect(head, word).toMatch(new RegExp(`^# ${word} `, 'm'));
  const tests = (/^# Test: +(\S.*)$/m.exec(head)?.[1] ?? '').split(', ');
  for (const file of tests) expect(existsSync(join(FLOWS, '..', file)), `${file} exists`).toBe(true);
  expect(readFileSync(join(FLOWS, 'README.md'), 'utf8')).toContain(`[${name}](${name})`);
});
