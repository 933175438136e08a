import { expect, test } from 'vitest';
import { suggest } from '../../../datapath/base/suggest.js';

const VERBS = ['show', 'dump-flows', 'dump-ports', 'add-flow', 'add-flows', 'Secure'];

test.each([
  ['shwo', 'show'],
  ['dump-flow', 'dump-flows'],
  ['add-flwo', 'add-flow'],
  ['ADD-FLOW', 'add-flow'],
  ['secur', 'Secure'],
  ['dumpp-flwos', 'dump-flows'],
  ['show', 'show'],
  ['xyz', undefined],
  ['a', undefined],
  ['', undefined],
])('"%s" was to be %s', (word, meant) => expect(suggest(word, VERBS)).toBe(meant));

test('two letters that have changed places are one edit', () => {
  expect(suggest('ab', ['xb', 'ba'])).toBe('xb');
  expect(suggest('potr', ['ports', 'port'])).toBe('port');
});
