import { expect, test } from 'vitest';
import { add, counter, read, snapshot, tick } from '../../../datapath/base/counters.js';

const find = (name: string) => snapshot().find((reading) => reading.name === name)!;

test('counter_sameName_isSameCounter', () => {
  const first = counter('test_same');
  expect(counter('test_same')).toBe(first);
  add(first);
  add(first, 4);
  expect(read('test_same')).toBe(5);
  expect(read('test_unknown')).toBeNull();
});

test('rates_afterSteps_followWhatWasAdded', () => {
  const events = counter('test_rates');
  tick(0);
  add(events, 10);
  tick(5_000);
  expect(find('test_rates')).toMatchObject({ total: 10, perSecond: 2, perMinute: 10 / 60, perHour: 10 / 3600 });
  tick(10_000);
  expect(find('test_rates')).toMatchObject({ total: 10, perSecond: 0, perMinute: 10 / 60, perHour: 10 / 3600 });
  tick(65_000);
  expect(find('test_rates')).toMatchObject({ total: 10, perSecond: 0, perMinute: 0, perHour: 10 / 3600 });
  tick(65_000 + 3_600_000);
  expect(find('test_rates')).toMatchObject({ total: 10, perHour: 0 });
});
