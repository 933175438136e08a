/** The writing end of a log over descriptors that are full, gone or read too slowly: nothing is thrown, what is missing is told. */
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { read } from '../../../datapath/base/counters.js';
import { log } from '../../../datapath/base/log.js';
import { linePrinter } from '../../../src/switch/line-printers.js';
import { LogWriter, openLogFile } from '../../../src/switch/log-writer.js';
import { LogFileError, Logging } from '../../../src/switch/logging.js';
import { mustRun, until } from '../../helpers/tool.js';

let folder: string;
let troubles: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-log-'));
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writerOn = (fd: number): LogWriter =>
  new LogWriter(fd, {
    troubled: (errno) => troubles.push(errno),
    recovered: (lost, errno) => `${lost} lost (${errno})\n`,
  });

const lostSoFar = (): number => read('log_line_lost') ?? 0;

/** A FIFO with its reading end, which does not wait. */
function fifo(): { path: string; reader: number } {
  const path = join(folder, 'fifo');
  mustRun('mkfifo', [path]);
  return { path, reader: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) };
}

/** All that waits in the pipe. */
function drain(fd: number): string {
  const bytes = Buffer.alloc(1 << 20);
  let text = '';
  try {
    for (let size = readSync(fd, bytes); size > 0; size = readSync(fd, bytes)) text += bytes.toString('utf8', 0, size);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
  }
  return text;
}

test('lines on a full disk are dropped and counted, and the trouble is told once', () => {
  const before = lostSoFar();
  const writer = writerOn(openLogFile('/dev/full'));
  for (let i = 0; i < 10; i++) writer.write(`line ${i}\n`);
  writer.close();
  expect(troubles).toEqual(['ENOSPC']);
  expect(lostSoFar() - before).toBe(10);
});

test('when it can be written again, the first line says how many are missing', async () => {
  const { path, reader } = fifo();
  const writer = writerOn(openLogFile(path));
  writer.write('one\n');
  expect(drain(reader)).toBe('one\n');
  closeSync(reader);
  writer.write('two\n');
  writer.write('three\n');
  expect(troubles).toEqual(['EPIPE']);
  const again = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let seen = '';
  await until('the line', () => (seen += drain(again)) !== '');
  writer.write('four\n');
  expect(seen + drain(again)).toBe('2 lost (EPIPE)\nfour\n');
  writer.close();
  closeSync(again);
});

test('a slow reader gets whole lines in their order, and is told what it has missed', async () => {
  const { path, reader } = fifo();
  const writer = writerOn(openLogFile(path));
  const line = `${'x'.repeat(1000)}\n`;
  for (let i = 0; i < 1000; i++) writer.write(`${String(i).padStart(4, '0')} ${line}`);
  expect(troubles).toEqual(['EAGAIN']);
  let text = '';
  await until('the end', () => (text += drain(reader)).includes('lost (EAGAIN)'));
  const lines = text.trimEnd().split('\n');
  const lost = Number(/^(\d+) lost/.exec(lines.at(-1)!)?.[1]);
  expect(lines.length - 1 + lost).toBe(1000);
  const written = lines.slice(0, -1);
  expect(written).toEqual(written.map((_, i) => `${String(i).padStart(4, '0')} ${line.trimEnd()}`));
  writer.close();
  closeSync(reader);
});

test('a descriptor that is closed under it, and a writer that is closed itself', () => {
  const fd = openLogFile(join(folder, 'file'));
  const writer = writerOn(fd);
  closeSync(fd);
  writer.write('one\n');
  expect(troubles).toEqual(['EBADF']);
  writer.close();
  writer.write('two\n');
});

describe('log files that cannot be opened are refused with their path, and nothing is made', () => {
  test.each([
    ['absent/file.log', 'No such file or directory'],
    ['.', 'Is a directory'],
    ['file/x.log', 'Not a directory'],
    ['loop', 'Too many levels of symbolic links'],
    ['x'.repeat(300), 'File name too long'],
    ['fifo', 'No such device or address'],
  ])('%s', (name, why) => {
    writeFileSync(join(folder, 'file'), '');
    mustRun('ln', ['-s', join(folder, 'loop'), join(folder, 'loop')]);
    mustRun('mkfifo', [join(folder, 'fifo')]);
    const path = join(folder, name);
    expect(() => new Logging(() => '').toFile(path)).toThrow(`the log file ${path} cannot be opened: ${why}`);
    expect(mustRun('ls', [folder])).toBe('fifo\nfile\nloop\n');
  });
});

describe.each(['vlog', 'json'] as const)('a log of %s', (format) => {
  test('goes on with the old file when a new one cannot be opened', async () => {
    const path = join(folder, 'file.log');
    const logging = new Logging(await linePrinter(format));
    logging.toFile(path);
    mustRun('mv', [path, join(folder, 'old.log')]);
    mustRun('mkdir', [path]);
    expect(() => logging.reopen()).toThrow(LogFileError);
    log.logger('test').info('still here');
    logging.closeFile();
    log.logger('test').info('not any more');
    const text = readFileSync(join(folder, 'old.log'), 'utf8');
    expect(text).toContain('still here');
    expect(text).not.toContain('not any more');
  });

  test('tells of lost lines in lines of its own form', async () => {
    const { path, reader } = fifo();
    const logging = new Logging(await linePrinter(format));
    logging.toFile(path);
    drain(reader);
    closeSync(reader);
    log.logger('test').info('lost');
    const again = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let seen = '';
    await until('the line', () => (seen += drain(again)) !== '');
    logging.closeFile();
    closeSync(again);
    const said = `the log file ${path} can be written again; 2 lines were dropped (Broken pipe)`;
    if (format === 'json')
      expect(JSON.parse(seen)).toEqual({
        level: 40,
        time: expect.any(Number),
        module: 'vlog',
        seq: expect.any(Number),
        msg: said,
      });
    else expect(seen).toMatch(new RegExp(`^[^|]*\\|\\d{5}\\|vlog\\|WARN\\|${said.replace(/[()]/g, '\\$&')}\n$`));
  });
});
