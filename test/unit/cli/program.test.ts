/** The command line: words to the arguments of a command, and what it says of mistakes. */
import { describe, expect, test } from 'vitest';
import type { AnyCommand, CliCommand } from '../../../src/cli/command.js';
import { parseProtocols } from '../../../src/cli/commands/ofctl/protocols.js';
import { buildProgram } from '../../../src/cli/program.js';

interface SayArgs {
  loud: boolean;
  to?: string | undefined;
  sort?: string | undefined;
}

/** A command that gives back what it was given. */
function say(stopsAtFirstWord: boolean): { command: AnyCommand; heard: unknown[] } {
  const heard: unknown[] = [];
  const command: CliCommand<SayArgs> = {
    command: 'say',
    describe: 'says',
    examples: [],
    options: {
      loud: { alias: 'l', type: 'boolean', default: false },
      to: { alias: 't', type: 'string' },
      sort: { type: 'string' },
    },
    optionalValues: ['sort'],
    verbs: async () => ({}),
    ...(stopsAtFirstWord ? { stopsAtFirstWord } : {}),
    run: async ({ loud, to, sort }, words) => {
      heard.push(loud, to, sort, ...words);
      return words.length;
    },
  };
  return { command, heard };
}

async function run(words: string[], stopsAtFirstWord = false): Promise<unknown[]> {
  const { command, heard } = say(stopsAtFirstWord);
  const code = await buildProgram([command], '0').run(words);
  return [code, ...heard];
}

describe('words', () => {
  const rows: [string[], unknown[]][] = [
    [['say'], [0, false, undefined, undefined]],
    [
      ['say', 'a', '-l', 'b'],
      [2, true, undefined, undefined, 'a', 'b'],
    ],
    [
      ['say', '-t', 'x', 'a'],
      [1, false, 'x', undefined, 'a'],
    ],
    [
      ['say', '--to=x', '1', '0x10', '-'],
      [3, false, 'x', undefined, '1', '0x10', '-'],
    ],
    [
      ['say', '--sort', 'a'],
      [1, false, undefined, '', 'a'],
    ],
    [
      ['say', '--sort=in_port', 'a'],
      [1, false, undefined, 'in_port', 'a'],
    ],
    [
      ['say', '--', '-l'],
      [1, false, undefined, undefined, '-l'],
    ],
  ];
  for (const [words, expected] of rows) test(words.join(' '), async () => expect(await run(words)).toEqual(expected));

  test('behind the first word they are the command’s own where it says so', async () => {
    expect(await run(['say', '-t', 'x', 'dump', '-m', '--loud'], true)).toEqual([
      3,
      false,
      'x',
      undefined,
      'dump',
      '-m',
      '--loud',
    ]);
  });
});

describe('mistakes', () => {
  const rows: [string[], string][] = [
    [[], 'name a command; see ctswitch --help'],
    [['sayy'], "unknown command 'sayy'; see ctswitch --help\nDid you mean say?"],
    [['nonsense'], "unknown command 'nonsense'; see ctswitch --help"],
    [['--nonsense'], "unrecognized option '--nonsense'; see ctswitch --help"],
    [['say', '--to'], "option '--to' requires an argument; see ctswitch say --help"],
    [['say', '-t', '--loud'], "option '-t' requires an argument"],
    [['say', 'a', '--to'], "option '--to' requires an argument"],
    [['say', '--loudly'], "unrecognized option '--loudly'"],
    [['say', '-x'], "unrecognized option '-x'"],
  ];
  for (const [words, message] of rows)
    test(words.join(' ') || 'no words', () => expect(run(words)).rejects.toThrow(message));
});

test('OpenFlow versions', () => {
  expect(parseProtocols('OpenFlow10,OpenFlow13')).toBe(0b10010);
  expect(() => parseProtocols('OpenFlow16')).toThrow('Unknown OpenFlow version: "OpenFlow16"');
});

test('an option given twice: the last word counts, of a list all do', async () => {
  let heard: unknown;
  const command: CliCommand<{ one?: string | undefined; many: string[] }> = {
    command: 'take',
    describe: 'takes',
    examples: [],
    options: { one: { type: 'string' }, many: { type: 'string', array: true, nargs: 1, default: [] } },
    run: async ({ one, many }) => {
      heard = { one, many };
      return undefined;
    },
  };
  await buildProgram([command], '0').run(['take', '--one', 'a', '--many', 'x', '--one', 'b', '--many=y']);
  expect(heard).toEqual({ one: 'b', many: ['x', 'y'] });
});

test('a command without verbs has no use for words', async () => {
  const { command } = say(false);
  const { verbs: _, ...silent } = command;
  await expect(buildProgram([silent], '0').run(['say', 'a', 'b'])).rejects.toThrow(
    '"a" is a word too many; see ctswitch say --help',
  );
  expect(await buildProgram([silent], '0').run(['say', '--loud'])).toBe(0);
});
