/** What people see below an error of text: where it is, and what may have been meant. The message itself is ovs-ofctl's. */
import { expect, test } from 'vitest';
import { belowTextError, TextError } from '../../../src/text/error.js';
import { parseFlow } from '../../../src/text/flow.js';

const ROWS: [flow: string, at: string, hint: string][] = [
  ['tcp,actions=ct(comit)', 'comit)', 'Did you mean commit?'],
  ['tcp,actions=ct(commit,tabel=3)', 'tabel=3)', 'Did you mean table?'],
  ['tcp,actions=ct(commit,nat(scr=10.0.0.1))', 'scr=10.0.0.1))', 'Did you mean src?'],
  ['tcp,actions=outptu:1', 'outptu:1', 'Did you mean output?'],
  ['tcp,tp_dts=80,actions=drop', 'tp_dts=80,actions=drop', 'Did you mean tp_dst?'],
  ['tpc,actions=drop', 'tpc,actions=drop', 'Did you mean tcp?'],
  ['prioritiy=5,actions=drop', 'prioritiy=5,actions=drop', 'Did you mean priority?'],
  ['tcp,actions=nonsense', 'nonsense', ''],
];

test.each(ROWS)('%s', (flow, at, hint) => {
  let found: unknown;
  try {
    parseFlow(flow, {});
  } catch (error) {
    found = error;
  }
  if (!(found instanceof TextError)) throw new Error(`no TextError: ${found}`);
  expect([found.text.slice(found.at), found.hint]).toEqual([at, hint]);
  expect(belowTextError(found).split('\n').at(-1)).toBe(hint === '' ? `  ${' '.repeat(found.at)}^` : hint);
});
