import { expect, it } from 'vitest';
import { didYouMean, suggest } from '../../../datapath/base/suggest.js';

const VERBS = ['list', 'count', 'flush', 'watch', 'explain', 'stats', 'settings', 'set'];
const COMMANDS = ['dpctl/dump-conntrack', 'dpctl/dump-flows', 'bridge/dump-flows', 'version', 'vlog/list', 'exit'];

it.each([
  ['lst', VERBS, 'list'],
  ['lsit', VERBS, 'list'],
  ['LIST', VERBS, 'list'],
  ['flsh', VERBS, 'flush'],
  ['expl', VERBS, 'explain'],
  ['comit', ['commit', 'clear'], 'commit'],
  ['dump-conntrack', COMMANDS, 'dpctl/dump-conntrack'],
  ['dpctl/dump-contrack', COMMANDS, 'dpctl/dump-conntrack'],
  ['dpctl/dump_flows', COMMANDS, 'dpctl/dump-flows'],
  ['fail_mode', ['fail-mode', 'fail'], 'fail-mode'],
  ['se', VERBS, 'set'],
])('%s stands for one of %j', (word, candidates, meant) => expect(suggest(word, candidates)).toBe(meant));

it.each([
  ['', VERBS],
  ['x', VERBS],
  ['unrelated', VERBS],
  ['dpctl/', COMMANDS],
  ['a'.repeat(100_000), VERBS],
])('%.20s stands for none', (word, candidates) => expect(suggest(word, candidates)).toBeUndefined());

const OTHERS = ['show', 'dump-flows', 'dump-ports', 'add-flow', 'add-flows', 'Secure'];

it.each([
  ['shwo', 'show'],
  ['dump-flow', 'dump-flows'],
  ['add-flwo', 'add-flow'],
  ['ADD-FLOW', 'add-flow'],
  ['secur', 'Secure'],
  ['dumpp-flwos', 'dump-flows'],
  ['show', 'show'],
])('%s was to be %s', (word, meant) => expect(suggest(word, OTHERS)).toBe(meant));

it('counts two letters that have changed places as one edit', () => {
  expect(suggest('ab', ['xb', 'ba'])).toBe('xb');
  expect(suggest('potr', ['ports', 'port'])).toBe('port');
});

it('makes a sentence, or none', () => {
  expect(didYouMean('lst', VERBS)).toBe('Did you mean list?');
  expect(didYouMean('unrelated', VERBS)).toBe('');
});
