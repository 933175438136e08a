/** What the documentation points to is there: files behind links, flow programs, commands. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { appctlCommands } from '../../../scripts/docs/command-pages.js';
import { COMMANDS } from '../../../src/cli/commands/index.js';
import { VERBS } from '../../../src/cli/commands/ofctl/verbs.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const PAGES = ['README.md', ...pagesIn('docs'), ...pagesIn('flows')];

function pagesIn(folder: string): string[] {
  const files = execFileSync('find', [folder, '-name', '*.md'], { cwd: ROOT, encoding: 'utf8' });
  return files.split('\n').filter((name) => name !== '');
}

/** Options take a value of their own in the next word. */
const VALUED = new Set(['-t', '-T', '-O', '-P', '-f', '--rundir', '--target', '--timeout']);

/** The first word behind `start` that is no option; null if the line ends before. */
function firstWord(words: readonly string[], start: number): string | null {
  let i = start;
  while (i < words.length && words[i]!.startsWith('-')) i += VALUED.has(words[i]!) ? 2 : 1;
  return words[i] ?? null;
}

/** Words of the command lines in the blocks of a page, comments and the shell's punctuation left out. */
function commandLines(text: string): string[][] {
  const blocks = [...text.matchAll(/^```(?:console|sh)\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
  return blocks.flatMap((block) =>
    block
      .split('\n')
      .filter((line) => /^[#$] /.test(line))
      .flatMap((line) => line.slice(2).split(/&&|;|\|/))
      .map((line) => line.trim().split(/\s+/)),
  );
}

/** The words after `name` in every line that runs it, bare, by path or under another command. */
function usesOf(page: string, name: RegExp): string[][] {
  return commandLines(readFileSync(join(ROOT, page), 'utf8')).flatMap((words) => {
    const at = words.findIndex((word) => name.test(word));
    return at < 0 ? [] : [words.slice(at)];
  });
}

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');

  test('links lead to files', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!);
    const missing = targets.filter((target) => !/^\w+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  test('paths named in the text are there', () => {
    const named = [...text.matchAll(/`((?:datapath|src|test|scripts|flows|docs)\/[a-z0-9./-]+)`/g)].map(
      (match) => match[1]!,
    );
    const missing = named.filter((path) => !['', '.ts', '.test.ts'].some((end) => existsSync(join(ROOT, path + end))));
    expect(missing).toEqual([]);
  });

  test('flow programs are there', () => {
    const missing = (text.match(/\bflows\/[a-z0-9-]+\.(?:flows|groups)\b/g) ?? []).filter(
      (f) => !existsSync(join(ROOT, f)),
    );
    expect(missing).toEqual([]);
  });

  test('commands of the command line exist', () => {
    const known = COMMANDS.map(({ command }) => command.split(' ')[0]!);
    const used = usesOf(page, /^(scripts\/)?ctswitch$/).map((words) => firstWord(words, 1));
    expect(used.filter((word) => word !== null && !known.includes(word))).toEqual([]);
  });

  test('verbs of ovs-ofctl exist', () => {
    const used = [
      ...usesOf(page, /^ovs-ofctl$/).map((words) => firstWord(words, 1)),
      ...usesOf(page, /^ofctl$/).map((words) => firstWord(words, 1)),
    ];
    expect(used.filter((word) => word !== null && !Object.hasOwn(VERBS, word))).toEqual([]);
  });

  test('commands of ovs-appctl exist', async () => {
    const known = appctlCommands().map(([name]) => name);
    const used = [
      ...usesOf(page, /^ovs-appctl$/).map((words) => firstWord(words, 1)),
      ...usesOf(page, /^appctl$/).map((words) => firstWord(words, 1)),
    ];
    expect(used.filter((word) => word !== null && !known.includes(word))).toEqual([]);
  });
});
