/** What `lab down` believes of a file in the run directory: what the lab itself can have written, and nothing else. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LABS } from '../../../src/lab/labs.js';
import { checkFree, labsUp, record, takeDown } from '../../../src/lab/ledger.js';
import { type Made, madeBy, planOf, undoOf } from '../../../src/lab/plan.js';
import { Lab } from '../../../src/lab/runner.js';

const NAME = 'two-hosts';
const PLAN = planOf(LABS[NAME]);
let folder = '';
let file = '';
let ran: string[] = [];
const run = (command: readonly string[]): null => {
  ran.push(command.join(' '));
  return null;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-ledger-'));
  file = join(folder, `lab-${NAME}.json`);
  ran = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (value: unknown): void => writeFileSync(file, JSON.stringify(value), { mode: 0o600 });

test('what was noted is removed, last made first, and the note with it', () => {
  record(folder, NAME, madeBy(PLAN));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(labsUp(folder)).toEqual([NAME]);
  expect(() => checkFree(folder, NAME)).toThrow('the lab two-hosts is up already');
  takeDown(folder, NAME, run);
  expect(ran).toEqual(undoOf(PLAN).map((words) => words.join(' ')));
  expect([existsSync(file), labsUp(folder)]).toEqual([false, []]);
  checkFree(folder, NAME);
});

const made: Made[] = madeBy(PLAN);

/** A good ledger, but for who may write it. */
function writeOf(mode: number, owner?: number): void {
  write(made);
  chmodSync(file, mode);
  if (owner !== undefined) chownSync(file, owner, 0);
}

test.each<[string, () => void, string]>([
  ['commands', () => write([['touch', '/tmp/x']]), 'not a list of links and namespaces'],
  ['a name that is no text', () => write([{ kind: 'link', name: ['eth0'] }]), 'not a list of links'],
  ['an interface of the machine', () => write([...made, { kind: 'link', name: 'eth0' }]), 'does not make'],
  ['words that ip would take as options', () => write([{ kind: 'link', name: 'veth_l0 type veth' }]), 'does not make'],
  ['another kind of thing', () => write([{ kind: 'addr', name: 'left' }]), 'does not make'],
  ['what another lab makes', () => write([{ kind: 'namespace', name: 'server1' }]), 'does not make'],
  ['no JSON', () => writeFileSync(file, 'rm -rf', { mode: 0o600 }), 'not a list of links'],
  ['far too much', () => write(Array(10_000).fill(made[0])), 'too long'],
  ['what others may write', () => writeOf(0o666), 'others may write it'],
  ['what the group may write', () => writeOf(0o620), 'others may write it'],
  [
    'a link to a good one',
    () => {
      writeFileSync(join(folder, 'real'), JSON.stringify(made), { mode: 0o600 });
      symlinkSync(join(folder, 'real'), file);
    },
    'cannot be opened (ELOOP)',
  ],
  ['a directory', () => mkdirSync(file), 'no plain file'],
  ...(process.geteuid?.() === 0
    ? [
        ['what somebody else owns', () => writeOf(0o600, 1234), 'belongs to the user 1234'] as [
          string,
          () => void,
          string,
        ],
      ]
    : []),
])('%s: nothing is removed, and the way out is said', (_, prepare, why) => {
  prepare();
  expect(() => takeDown(folder, NAME, run)).toThrow(why);
  expect(() => takeDown(folder, NAME, run)).toThrow(`${file} is not followed`);
  expect(() => takeDown(folder, NAME, run)).toThrow('ip link del veth_r0; ip netns del right');
  expect(ran).toEqual([]);
});

test.each(['../two-hosts', 'nobody', 'x/../two-hosts', '__proto__'])('there is no lab %s', (name) => {
  record(folder, NAME, made);
  expect(() => takeDown(folder, name, run)).toThrow(
    `there is no lab ${name} to take down in ${folder}; up there: two-hosts`,
  );
});

test('a lab that cannot be noted is taken down again, and what a link leads to stays as it was', () => {
  const precious = join(folder, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, file);
  const lab = Lab.up(PLAN, run);
  ran = [];
  expect(() => lab.keep((all) => record(folder, NAME, all))).toThrow(`cannot be noted in ${file}: File exists`);
  expect(ran).toEqual(undoOf(PLAN).map((words) => words.join(' ')));
  expect(readFileSync(precious, 'utf8')).toBe('precious');
});
