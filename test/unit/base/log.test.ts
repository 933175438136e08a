import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../datapath/base/clock.js';
import { Log, type LogRecord, RateLimit } from '../../../datapath/base/log.js';

let clock: ManualClock;
let log: Log;
let file: LogRecord[];

beforeEach(() => {
  clock = new ManualClock(Date.UTC(2026, 5, 24, 12, 0, 0, 123));
  log = new Log(clock);
  file = [];
  log.setSink('file', (record) => file.push(record));
});

const messages = () => file.map((record) => record.message);

describe('levels', () => {
  test('info_byDefault_isWrittenAndDbgIsNot', () => {
    const it = log.logger('dpif');
    it.info('one');
    it.dbg('two');
    expect(messages()).toEqual(['one']);
  });

  test('setLevel_oneModule_leavesOthers', () => {
    log.setLevel('dpif', 'file', 'dbg');
    log.logger('dpif').dbg('one');
    log.logger('bridge').dbg('two');
    expect(messages()).toEqual(['one']);
  });

  test('setLevel_allModules_reachesThoseMadeLater', () => {
    log.setLevel(null, null, 'err');
    log.logger('later').warn('one');
    log.logger('later').err('two');
    expect(messages()).toEqual(['two']);
    expect(log.level('later', 'console')).toBe('err');
  });

  test('setLevel_off_silencesEmer', () => {
    log.setLevel(null, 'file', 'off');
    log.logger('dpif').emer('one');
    expect(messages()).toEqual([]);
  });

  test('message_function_isOnlyCalledWhenWanted', () => {
    let calls = 0;
    const text = () => `called ${++calls}`;
    log.logger('dpif').dbg(text);
    log.logger('dpif').info(text);
    expect(messages()).toEqual(['called 1']);
  });

  test('isEnabled_noSink_isFalse', () => {
    log.setSink('file', null);
    expect(log.logger('dpif').isEnabled('emer')).toBe(false);
  });
});

describe('rate limits', () => {
  test('flood_dropsAndSaysSoWhenItResumes', () => {
    const limit = new RateLimit(1, 2);
    const it = log.logger('dpif');
    for (let i = 0; i < 5; i++) {
      it.warn(`message ${i}`, limit);
      clock.advance(1_000);
    }
    clock.advance(60_000);
    it.warn('after', limit);
    expect(messages()).toEqual([
      'message 0',
      'message 1',
      'Dropped 3 log messages in last 63 seconds (most recently, 61 seconds ago) due to excessive rate',
      'after',
    ]);
  });

  test('setRateLimits_off_dropsNothing', () => {
    const limit = new RateLimit(1, 1);
    const it = log.logger('dpif');
    log.setRateLimits('dpif', false);
    for (let i = 0; i < 3; i++) it.warn('x', limit);
    expect(file.length).toBe(3);
  });

  test('suppressedLevel_costsNoAllowance', () => {
    const limit = new RateLimit(1, 1);
    const it = log.logger('dpif');
    it.dbg('x', limit);
    it.info('y', limit);
    expect(messages()).toEqual(['y']);
  });
});

describe('formats', () => {
  test('sequence_countsOverModules', () => {
    log.logger('a').info('x');
    log.logger('b').info('y');
    expect(file.map((r) => r.sequence)).toEqual([1, 2]);
  });
});

describe('texts from outside', () => {
  test.each([
    ['two\nlines', 'two\\nlines'],
    ['\x1b[31mred\r\t', '\\x1b[31mred\\r\\t'],
    ['\x7f\x9b\0', '\\x7f\\x9b\\x00'],
    ['turned \u202e round \u2028', 'turned \\u202e round \\u2028'],
    ['half \ud800', 'half \\ud800'],
    ['Grüße, 日本, 😀', 'Grüße, 日本, 😀'],
  ])('%j are one line that can be seen', (text, printed) => {
    log.logger('dpif').info(text);
    expect(messages()).toEqual([printed]);
  });
});

test('withoutALimitOfTheirOwn_aFloodOfMessages_isHeldAllTheSame', () => {
  const it = log.logger('dpif');
  for (let i = 0; i < 100_000; i++) it.info('again');
  expect(messages().length).toBe(1000);
  clock.advance(60_000);
  it.info('after');
  expect(messages().at(-2)).toMatch(/^Dropped 99000 log messages in last 60 seconds/);
});
